"""Tests of what injects trust into issuers of cert-manager."""
