"""Documents as Kubernetes objects: a kind each of `acme.certwright.dev`, in the server's namespace.

`kinds` names them, `definitions` makes their CRDs, `objects` and `selecting` turn records and
selections into what the API takes, all without I/O. `connection` comes to the API server over plain
aiohttp, and `store` is the store. `manifests/` holds who may write these objects.
"""
