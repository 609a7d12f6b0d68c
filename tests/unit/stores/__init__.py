"""The Kubernetes store without a cluster: what is pure, and faults that no real one has at will."""
