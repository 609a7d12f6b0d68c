"""What the server does, one module an ACME verb group, and `documents`, which all of them keep by.

Every step has the same shape: load, decide, one store verb, return a value to render. The services
know the ports only; nothing here knows HTTP, a database or the time by itself.
"""
