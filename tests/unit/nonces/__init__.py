"""Nonces: rings, seals, and what happens to them over restarts."""
