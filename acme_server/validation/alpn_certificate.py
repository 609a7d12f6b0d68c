"""What the certificate of a tls-alpn-01 answer must hold (RFC 8737 §3): pure decisions."""

import hashlib
from datetime import datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from certwright.policy.identifiers import Identifier, IdentifierType

#: id-pe-acmeIdentifier (RFC 8737 §6.1).
ACME_IDENTIFIER = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")

# DER of `Authorization ::= OCTET STRING (SIZE (32))`, without the octets.
_OCTET_STRING_OF_32 = b"\x04\x20"


def objection(
    der: bytes, identifier: Identifier, key_authorization: str, now: datetime
) -> str | None:
    """Return why a certificate proves nothing about `identifier`, or None when it does."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        extensions = certificate.extensions
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return "its certificate can't be parsed"
    return (
        _about_signature(certificate)
        or _about_expiry(certificate, now)
        or _about_names(extensions, identifier)
        or _about_digest(extensions, key_authorization)
    )


def _about_signature(certificate: x509.Certificate) -> str | None:
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return "its certificate is not self-signed"
    return None


def _about_expiry(certificate: x509.Certificate, now: datetime) -> str | None:
    # A beginning in the future is let pass: the certificate is made for this moment, and the
    # target's clock may run ahead of ours.
    return "its certificate has expired" if certificate.not_valid_after_utc < now else None


def _about_names(extensions: x509.Extensions, identifier: Identifier) -> str | None:
    try:
        names = list(extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return "its certificate has no subjectAltName"
    if len(names) != 1:
        return f"its certificate has {len(names)} names in subjectAltName, not one"
    if not _is(names[0], identifier):
        return "its certificate is for another name"
    return None


def _is(name: x509.GeneralName, identifier: Identifier) -> bool:
    match name:
        case x509.DNSName(value=value) if identifier.type is IdentifierType.DNS:
            return value.lower() == identifier.value
        case x509.IPAddress(value=value) if identifier.type is IdentifierType.IP:
            return value == ip_address(identifier.value)
    return False


def _about_digest(extensions: x509.Extensions, key_authorization: str) -> str | None:
    try:
        extension = extensions.get_extension_for_oid(ACME_IDENTIFIER)
    except x509.ExtensionNotFound:
        return "its certificate has no acmeIdentifier extension"
    if not extension.critical:
        return "its certificate's acmeIdentifier extension is not critical"
    digest = hashlib.sha256(key_authorization.encode()).digest()
    if extension.value.public_bytes() != _OCTET_STRING_OF_32 + digest:
        return "its certificate's acmeIdentifier extension is not the digest of this challenge"
    return None
