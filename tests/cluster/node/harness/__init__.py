"""A cluster with one node, made of programs and Debian packages, which leaves nothing behind."""
