"""Certwright with real pods: the chart, the image, cert-manager, on a node or on KUBECONFIG's."""
