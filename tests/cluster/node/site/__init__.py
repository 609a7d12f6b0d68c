"""Certwright as its users have it: installed by Helm, beside cert-manager and an ingress."""
