"""What the end-to-end tests stand on: the server as a process, a name server, ACME clients."""
