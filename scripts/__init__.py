"""The small tools behind the Makefile; nothing here is part of the product."""
