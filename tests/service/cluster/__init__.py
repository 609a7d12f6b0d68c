"""A server in a cluster, without one."""
