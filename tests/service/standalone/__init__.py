"""Tests of what one server on one machine keeps, and how it is set up."""
