"""Tests of where profiles and credentials come from."""
