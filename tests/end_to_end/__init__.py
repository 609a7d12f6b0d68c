"""The running server as people meet it: a process, its command line, and ACME clients."""
