"""Many certificates on a real API server: what they cost, measured and shown, and the bound."""
