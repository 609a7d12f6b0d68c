"""Bundles as the operator hands them over in a cluster: Secrets of the server's own namespace.

`secrets` reads one, `shelf` holds what is in force, `live_reads` asks for what isn't known, and
`watched` is the source: it follows the Secrets and answers from memory.
"""
