"""States, legal transitions and what is derived from them."""
