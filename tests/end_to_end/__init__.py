"""Tests of the running server with ACME clients that nobody here wrote."""
