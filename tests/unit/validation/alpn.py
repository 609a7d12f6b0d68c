"""Certificates for tls-alpn-01, right ones and wrong ones."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.unit.validation.fakes import NOW

KEY_AUTHORIZATION = "token.thumbprint"
NAME = "www.example.com"

ACME_IDENTIFIER = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")
DIGEST = b"\x04\x20" + hashlib.sha256(KEY_AUTHORIZATION.encode()).digest()

Extension = tuple[x509.ExtensionType, bool]


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    """Return the key of that name, the same within a run."""
    del name
    return ec.generate_private_key(ec.SECP256R1())


def names(*names: x509.GeneralName) -> Extension:
    return x509.SubjectAlternativeName(names), False


def digest(value: bytes = DIGEST, *, critical: bool = True) -> Extension:
    return x509.UnrecognizedExtension(ACME_IDENTIFIER, value), critical


def certificate(
    extensions: Sequence[Extension] | None = None,
    *,
    until: datetime = NOW + timedelta(days=1),
    signer: str = "target",
    issuer: str = "target",
) -> x509.Certificate:
    """Return a certificate of the target's key: by default the one that meets the challenge."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name("target"))
        .issuer_name(_name(issuer))
        .public_key(key("target").public_key())
        .serial_number(1)
        .not_valid_before(until - timedelta(days=2))
        .not_valid_after(until)
    )
    for extension, critical in extensions or (names(x509.DNSName(NAME)), digest()):
        builder = builder.add_extension(extension, critical)
    return builder.sign(key(signer), hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def pem(shown: x509.Certificate) -> bytes:
    """Return the certificate and the target's key, as `SSLContext.load_cert_chain` takes them."""
    private = key("target").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return shown.public_bytes(Encoding.PEM) + private
