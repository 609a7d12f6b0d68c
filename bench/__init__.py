"""Measurements that people run and read; no test asserts on them."""
