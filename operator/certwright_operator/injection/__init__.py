"""Trust for cert-manager: keeps `spec.acme.caBundle` of the Issuers that ask for it by annotation.

Nothing here ends the operator: cert-manager may be absent, come later, and go. So these watches are
the operator's own rather than kopf's, which ends when one of them does.
"""
