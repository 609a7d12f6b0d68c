"""Validation against targets, name servers and TLS servers on loopback, hostile ones included."""
