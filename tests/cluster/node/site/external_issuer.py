"""An issuer outside of cert-manager, which signs what cert-manager asks it for.

The node runs those controllers of cert-manager that an ACME issuer needs, and not those of its CA
issuer. To cert-manager's Certificates it makes no difference who signs, as long as it is told by
the status of the CertificateRequest.
"""

import base64
import datetime
import json
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.cluster.harness.resources import Document
from tests.cluster.node.site.certificates import Certificates
from tests.cluster.node.site.waiting import until

_NAME: Final = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Given Root")])
_BEGUN: Final = datetime.timedelta(hours=1)
_LIFETIME: Final = datetime.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ExternalIssuer:
    """A root and its key, which are this process's alone."""

    root: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def made(cls) -> "ExternalIssuer":
        """Return one with a new root."""
        key = ec.generate_private_key(ec.SECP256R1())
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        return cls(_signed(key, _NAME, key.public_key(), constraints), key)

    @property
    def reference(self) -> Document:
        """What a Certificate's `issuerRef` is."""
        return {"group": "issuers.example.com", "kind": "ExternalIssuer", "name": "given"}

    def sign(self, certificates: Certificates, name: str) -> None:
        """Sign the request of a Certificate that awaits it, as soon as it has been made.

        Args:
            certificates: The Certificate's namespace.
            name: The Certificate.
        """
        until(lambda: _awaiting(certificates, name) != [], f"{name} is requested")
        (request,) = _awaiting(certificates, name)
        csr = x509.load_pem_x509_csr(base64.b64decode(request["spec"]["request"]))
        names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        leaf = _signed(self.key, csr.subject, csr.public_key(), names)
        issued = {
            "type": "Ready",
            "status": "True",
            "reason": "Issued",
            "message": "by a test",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        status = {
            "conditions": [*request["status"]["conditions"], issued],
            "certificate": _pem(leaf),
            "ca": _pem(self.root),
        }
        certificates.kubectl(
            *("patch", "certificaterequest", request["metadata"]["name"]),
            *(f"--namespace={certificates.namespace}", "--subresource=status", "--type=merge"),
            f"--patch={json.dumps({'status': status})}",
        ).succeeded()


def _signed(
    issuer: ec.EllipticCurvePrivateKey,
    subject: x509.Name,
    key: CertificatePublicKeyTypes,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_NAME)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEGUN)
        .not_valid_after(now + _LIFETIME)
    )
    # A root's constraints have to be critical (RFC 5280 section 4.2.1.9), and so have the names of
    # a certificate without a subject (section 4.2.1.6).
    return builder.add_extension(extension, critical=True).sign(issuer, hashes.SHA256())


def _awaiting(certificates: Certificates, name: str) -> list[Document]:
    """Return the requests that are approved and not signed yet."""
    return [each for each in certificates.requests(name) if _conditions(each) == {"Approved"}]


def _conditions(request: Document) -> set[str]:
    conditions = request.get("status", {}).get("conditions", ())
    return {each["type"] for each in conditions if each["status"] == "True"}


def _pem(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.PEM)).decode()
