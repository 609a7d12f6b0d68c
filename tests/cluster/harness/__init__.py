"""What the cluster tests stand on: programs, a control plane, and a client of its API."""
