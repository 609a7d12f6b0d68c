"""The tests, one package a layer; each test's name is a statement about the product."""
