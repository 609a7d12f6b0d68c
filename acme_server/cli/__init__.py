"""The command line, `certwright …`: what people type, what they read, and exit statuses for CI.

`application` is the table of commands; each is a module of its own and loaded when it is asked for.
"""

from acme_server.cli.application import main

__all__ = ["main"]
