"""What the operator knows of the world: the objects of the four kinds, and the namespaces.

Kept as compact records with an index of who refers to whom, so that ten thousand of them are cheap
to keep and a change tells at once what depends on it. Pure: nothing here speaks to an API server.
"""
