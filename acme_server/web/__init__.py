"""HTTP: routes, what every answer carries, limits and TLS. The only package that knows aiohttp.

A handler reads bytes, makes one call of a service and turns its reply into a response; everything
else that HTTP wants is added in one place, whatever the handler did.
"""
