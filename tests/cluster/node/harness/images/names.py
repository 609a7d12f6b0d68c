"""What each image is called on the node. No registry answers there, so nothing else is found."""

PAUSE = "localhost/pause:test"
COREDNS = "localhost/coredns:test"
CERT_MANAGER = "localhost/cert-manager-controller:test"
ACME_SOLVER = "localhost/cert-manager-acmesolver:test"
BUSYBOX = "localhost/busybox:test"
INGRESS = "localhost/easyhaproxy:test"
PRODUCT = "localhost/certwright:test"
