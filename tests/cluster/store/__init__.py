"""The Kubernetes store on a real API server."""
