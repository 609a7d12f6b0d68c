"""Tests on a real Kubernetes API server: KUBECONFIG's, or one that is built and started here."""
