"""The TLS that the ACME server is served with: issued and rotated here, or given by somebody else.

What clients have to trust for it is published as a ConfigMap, and held for whoever needs it here.
"""
