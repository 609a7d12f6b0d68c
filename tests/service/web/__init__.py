"""The web over real sockets, in front of a written fake of the services."""
