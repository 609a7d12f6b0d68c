"""Keys, names, requests, certificates and chains: a thin, strict layer over `cryptography`.

Everything here speaks RFC 5280's language and knows nothing of ACME, Kubernetes or policy. There is
no clock: moments are arguments, aware and in UTC. Every error is a `PKIError` with a sentence.
"""
