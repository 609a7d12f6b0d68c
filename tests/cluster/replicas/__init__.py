"""Several servers over one real API server: what clients see of replicas that come, go and die."""
