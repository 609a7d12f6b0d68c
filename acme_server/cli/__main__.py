"""`python -m acme_server.cli`: the command line, also where `certwright` is not on the PATH."""

from acme_server.cli import main

main(prog_name="certwright")
