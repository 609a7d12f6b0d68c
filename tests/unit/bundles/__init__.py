"""Tests of certwright.bundles."""
