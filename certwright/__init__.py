"""The core of Certwright: resources, PKI, policy, bundles and reconciling.

Pure Python: no network, no clock, no Kubernetes. The time and the caller's randomness come in as
arguments, and what should happen comes out as values.
"""
