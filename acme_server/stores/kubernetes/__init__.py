"""Documents as Kubernetes objects: a kind each of `acme.certwright.dev`, in the server's namespace.

`kinds` names them, `definitions` makes their CRDs, `objects` and `selecting` turn records and
selections into what the API takes, all without I/O. `store` is the store, and comes to the API
server by `acme_server.kubernetes_api`. Who may write these objects, the repository's `manifests/`
say.
"""
