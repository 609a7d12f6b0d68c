"""Validation: which addresses, redirects and certificates count, without a network."""
