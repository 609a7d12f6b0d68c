"""Certificate signing requests (PKCS #10, RFC 2986): what they ask for, once they can be trusted.

A request that `parse` returns is signed with its own key, the key is sound, and what it asks for
is something that a leaf certificate may hold. Whether its asker may have it is not decided here.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from certwright.pki import extensions, keys, usages, weak_keys
from certwright.pki.errors import MALFORMED, PKIError
from certwright.pki.keys import KeyType, PublicKey, UnsupportedKey
from certwright.pki.names import InvalidName, SubjectAlternativeNames
from certwright.pki.subjects import InvalidSubject, Subject
from certwright.pki.usages import ExtendedKeyUsage, KeyUsage, UnsupportedUsage

_SIGNATURE_HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
# What may be critical: what is acted on, and must-staple, which is passed over like the unknown.
_UNDERSTOOD: Final = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
    x509.TLSFeature,
)


class InvalidRequest(PKIError):
    """A certificate signing request is malformed, forged, or asks for what no leaf can have."""


@dataclass(frozen=True, slots=True)
class CertificateSigningRequest:
    """What a request asks for.

    Args:
        public_key: The key to certify; the request is signed with its private half.
        key_type: Its type.
        subject: May be empty; a common name need not be among the alternative names.
        alternative_names: May be empty.
        key_usages: None if the request doesn't say. They may not fit the key's type.
        extended_key_usages: None if the request doesn't say.
        digest: SHA-256 of the DER, in lower-case hexadecimal.
    """

    public_key: PublicKey
    key_type: KeyType
    subject: Subject
    alternative_names: SubjectAlternativeNames
    key_usages: frozenset[KeyUsage] | None
    extended_key_usages: frozenset[ExtendedKeyUsage] | None
    digest: str


def parse(der: bytes) -> CertificateSigningRequest:
    """Read and check a request.

    Unknown extensions that are not critical are passed over, and so is TLS Feature (must-staple).

    Args:
        der: The request in DER.

    Raises:
        InvalidRequest: It is not DER; its signature is wrong or over SHA-1 or MD5; its key is weak
            or of an unsupported type; its subject has more than one common name or an attribute
            that is not supported; it asks for names of other types than DNS, IP, e-mail and URI,
            or to be an authority; an extension is malformed, or critical and not understood.
    """
    try:
        return _checked(_load(der), hashlib.sha256(der).hexdigest())
    except (UnsupportedKey, InvalidName, InvalidSubject, UnsupportedUsage) as refused:
        raise InvalidRequest(str(refused)) from None


def _load(der: bytes) -> x509.CertificateSigningRequest:
    if der.lstrip().startswith(b"-----BEGIN"):
        raise InvalidRequest("the request is PEM; DER is needed")
    try:
        return x509.load_der_x509_csr(der)
    except MALFORMED:
        raise InvalidRequest("the request is not a PKCS #10 request in DER") from None


def _checked(request: x509.CertificateSigningRequest, digest: str) -> CertificateSigningRequest:
    # The key comes before the signature: a weak one may be costly to verify with.
    public_key = _sound_key(request)
    _check_signature(request)
    wanted = _extensions(request)
    return CertificateSigningRequest(
        public_key=public_key,
        key_type=keys.key_type_of(public_key),
        subject=_subject(request),
        alternative_names=SubjectAlternativeNames.from_x509(
            extensions.find(wanted, x509.SubjectAlternativeName) or ()
        ),
        key_usages=_key_usages(wanted),
        extended_key_usages=_extended_key_usages(wanted),
        digest=digest,
    )


def _sound_key(request: x509.CertificateSigningRequest) -> PublicKey:
    try:
        public_key = keys.as_public_key(request.public_key())
    except MALFORMED:
        raise InvalidRequest("the request's public key is malformed or not supported") from None
    if weaknesses := weak_keys.weaknesses(public_key):
        raise InvalidRequest(f"the request's public key is weak: {'; '.join(weaknesses)}")
    return public_key


def _check_signature(request: x509.CertificateSigningRequest) -> None:
    try:
        algorithm = request.signature_hash_algorithm
        if algorithm is not None and algorithm.name not in _SIGNATURE_HASHES:
            raise InvalidRequest(
                f"the request is signed over {algorithm.name}; possible: SHA-256, SHA-384, SHA-512"
            )
        valid = request.is_signature_valid
    except MALFORMED:
        raise InvalidRequest("the request's signature algorithm is not supported") from None
    if not valid:
        raise InvalidRequest("the request's signature does not verify with its own public key")


def _subject(request: x509.CertificateSigningRequest) -> Subject:
    try:
        name = request.subject
    except MALFORMED as malformed:
        raise InvalidRequest(f"the request's subject is malformed: {malformed}") from None
    return Subject.from_x509(name)


def _extensions(request: x509.CertificateSigningRequest) -> x509.Extensions:
    try:
        found = request.extensions
    except MALFORMED as malformed:
        raise InvalidRequest(f"the request's extensions are malformed: {malformed}") from None
    for extension in found:
        if extension.critical and not isinstance(extension.value, _UNDERSTOOD):
            raise InvalidRequest(
                f"the request's critical extension {extension.oid.dotted_string} is not supported"
            )
    constraints = extensions.find(found, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise InvalidRequest("the request asks to be a certificate authority (CA:TRUE)")
    return found


def _key_usages(wanted: x509.Extensions) -> frozenset[KeyUsage] | None:
    extension = extensions.find(wanted, x509.KeyUsage)
    if extension is None:
        return None
    found = usages.key_usages_of(extension)
    if found & usages.AUTHORITY_USAGES:
        asked = ", ".join(sorted(found & usages.AUTHORITY_USAGES))
        raise InvalidRequest(f"the request asks for key usages of a certificate authority: {asked}")
    return found


def _extended_key_usages(wanted: x509.Extensions) -> frozenset[ExtendedKeyUsage] | None:
    extension = extensions.find(wanted, x509.ExtendedKeyUsage)
    return None if extension is None else usages.extended_key_usages_of(extension)
