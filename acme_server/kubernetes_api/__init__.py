"""The way to an API server over plain aiohttp, for every adapter that has business there.

`access` says how to come to it, `connection` sends requests, `answers` reads what came back. What
an answer means to a store, a source or a member is said there, not here.
"""
