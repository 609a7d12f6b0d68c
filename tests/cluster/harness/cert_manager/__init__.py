"""cert-manager as far as the API server knows it: its definitions, and objects of its kinds."""
