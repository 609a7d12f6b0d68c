"""The examples on a real API server: applied as their pages say, with the operator at work."""
