"""Nonces of several replicas, over real loopback peers."""
