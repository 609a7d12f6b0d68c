"""What every server is put together from, on one machine or in a cluster.

Settings, logs, what is told to those who run it, the services' environment, a given serving
certificate, and what goes on beside serving. `standalone` and `cluster` add what only they have.
"""
