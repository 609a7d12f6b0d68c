"""The TLS of the ACME server itself, pure: its certificate, its root, and the root's rotation.

Whoever keeps them (files on a laptop, Secrets in a cluster) is told what should be stored next.
"""
