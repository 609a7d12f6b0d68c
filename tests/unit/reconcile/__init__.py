"""Tests of reconciling: resources and what exists go in, plans come out."""
