"""Tests of the four kinds, the loader, the rules between fields and the CRDs."""
