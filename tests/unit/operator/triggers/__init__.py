"""What is watched, and what becomes of it."""
