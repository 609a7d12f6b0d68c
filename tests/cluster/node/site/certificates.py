"""Certificates of cert-manager, as a tenant looks at them."""

import base64
import json
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from tests.cluster.harness.resources import Document
from tests.cluster.node.site.kubectl import Kubectl

ENOUGH = 240
"""Seconds in which challenges of a dozen certificates have been met."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """The Certificates of a namespace."""

    kubectl: Kubectl
    namespace: str

    def ready(self, *names: str, enough: float = ENOUGH) -> None:
        """Return once all are Ready; raise `AssertionError` with what is known of them if not."""
        what = tuple(f"certificate/{name}" for name in names)
        self.kubectl.wait("condition=Ready", *what, namespace=self.namespace, enough=enough)

    def ready_now(self) -> set[str]:
        """Return the names of those that are Ready as one looks."""
        found = self.kubectl.list("certificate", self.namespace)
        return {each["metadata"]["name"] for each in found if condition(each, "Ready", "Ready")}

    def chain(self, name: str) -> list[x509.Certificate]:
        """Return what the Secret holds: the certificate, then its chain."""
        data = self.kubectl.get("secret", name, self.namespace)["data"]
        return x509.load_pem_x509_certificates(base64.b64decode(data["tls.crt"]))

    def verified(self, name: str, profile: str, host: str) -> x509.Certificate:
        """Return the certificate, verified for `host` as somebody does who trusts the profile.

        Args:
            name: the Certificate's.
            profile: `NAMESPACE.NAME`.
            host: a DNS name.
        """
        published = self.kubectl.get("configmap", f"trust.profile.{profile}", "certwright-acme")
        roots = x509.load_pem_x509_certificates(published["data"]["ca.crt"].encode())
        leaf, *chain = self.chain(name)
        verifier = PolicyBuilder().store(Store(roots)).build_server_verifier(x509.DNSName(host))
        verifier.verify(leaf, chain)
        return leaf

    def renew(self, name: str) -> None:
        """Ask cert-manager to renew a certificate now, as `cmctl renew` does."""
        issuing = {
            "type": "Issuing",
            "status": "True",
            "reason": "ManuallyTriggered",
            "message": "by a test",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        patch = json.dumps({"status": {"conditions": [issuing]}})
        self.kubectl(
            *("patch", "certificate", name, f"--namespace={self.namespace}"),
            *("--subresource=status", "--type=merge", f"--patch={patch}"),
        ).succeeded()

    def requests(self, name: str = "") -> list[Document]:
        """Return the CertificateRequests of a Certificate, or of all."""
        found = self.kubectl.list("certificaterequest", self.namespace)
        return [each for each in found if not name or _requested_by(each) == name]

    def failures(self) -> list[str]:
        """Return the reasons of all orders and requests that failed."""
        orders = self.kubectl.list("orders.acme.cert-manager.io", self.namespace)
        bad = ("invalid", "errored", "expired")
        return [
            *(_told(each) for each in orders if each.get("status", {}).get("state") in bad),
            *(_told(each) for each in self.requests() if condition(each, "Ready", "Failed")),
        ]


def condition(found: Document, kind: str, reason: str) -> str | None:
    """Return the message of the condition `kind` if it has that reason, else None."""
    for each in found.get("status", {}).get("conditions", ()):
        if each["type"] == kind and each["reason"] == reason:
            message: str = each.get("message", "")
            return message
    return None


def _requested_by(request: Document) -> str:
    annotations: dict[str, str] = request["metadata"].get("annotations", {})
    return annotations.get("cert-manager.io/certificate-name", "")


def _told(found: Document) -> str:
    status = found.get("status", {})
    reason = status.get("reason") or condition(found, "Ready", "Failed")
    return f"{found['kind']} {found['metadata']['name']}: {reason}"
