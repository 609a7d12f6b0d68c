"""A server in a cluster: documents and bundles at the API server, beside other replicas.

`settings` says what can be set, `assembly` puts it together, `replica` is this one among others.
"""
