"""Tests of certwright.policy."""
