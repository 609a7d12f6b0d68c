"""Key usages and extended key usages: their words, their extensions, what a key type can have."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from certwright.pki.errors import PKIError
from certwright.pki.keys import KeyAlgorithm, KeyType


class UnsupportedUsage(PKIError):
    """An extended key usage that this package has no word for."""


class KeyUsage(StrEnum):
    """The bits of the key usage extension (RFC 5280 section 4.2.1.3), in cert-manager's words."""

    DIGITAL_SIGNATURE = "digital signature"
    CONTENT_COMMITMENT = "content commitment"
    KEY_ENCIPHERMENT = "key encipherment"
    DATA_ENCIPHERMENT = "data encipherment"
    KEY_AGREEMENT = "key agreement"
    CERT_SIGN = "cert sign"
    CRL_SIGN = "crl sign"
    ENCIPHER_ONLY = "encipher only"
    DECIPHER_ONLY = "decipher only"


class ExtendedKeyUsage(StrEnum):
    """Purposes of a key (RFC 5280 section 4.2.1.12), in cert-manager's words."""

    ANY = "any"
    SERVER_AUTH = "server auth"
    CLIENT_AUTH = "client auth"
    CODE_SIGNING = "code signing"
    EMAIL_PROTECTION = "email protection"
    TIMESTAMPING = "timestamping"
    OCSP_SIGNING = "ocsp signing"


AUTHORITY_USAGES: Final = frozenset({KeyUsage.CERT_SIGN, KeyUsage.CRL_SIGN})
"""What only a certificate authority may do."""

_ONLY_WITH_KEY_AGREEMENT: Final = frozenset({KeyUsage.ENCIPHER_ONLY, KeyUsage.DECIPHER_ONLY})
_SIGNING: Final = AUTHORITY_USAGES | {KeyUsage.DIGITAL_SIGNATURE, KeyUsage.CONTENT_COMMITMENT}
_POSSIBLE: Final[Mapping[KeyAlgorithm, frozenset[KeyUsage]]] = MappingProxyType(
    {
        # RFC 3279 section 2.3.1: RSA agrees on no keys.
        KeyAlgorithm.RSA: _SIGNING | {KeyUsage.KEY_ENCIPHERMENT, KeyUsage.DATA_ENCIPHERMENT},
        # RFC 8813 section 3: no keyEncipherment, no dataEncipherment with an elliptic curve key.
        KeyAlgorithm.ECDSA: _SIGNING | {KeyUsage.KEY_AGREEMENT} | _ONLY_WITH_KEY_AGREEMENT,
        # RFC 8410 section 5, made sharper by RFC 9295 section 3: Ed25519 only signs.
        KeyAlgorithm.ED25519: _SIGNING,
    }
)
_FLAGS: Final[Mapping[KeyUsage, str]] = MappingProxyType(
    {
        KeyUsage.DIGITAL_SIGNATURE: "digital_signature",
        KeyUsage.CONTENT_COMMITMENT: "content_commitment",
        KeyUsage.KEY_ENCIPHERMENT: "key_encipherment",
        KeyUsage.DATA_ENCIPHERMENT: "data_encipherment",
        KeyUsage.KEY_AGREEMENT: "key_agreement",
        KeyUsage.CERT_SIGN: "key_cert_sign",
        KeyUsage.CRL_SIGN: "crl_sign",
        KeyUsage.ENCIPHER_ONLY: "encipher_only",
        KeyUsage.DECIPHER_ONLY: "decipher_only",
    }
)
_OIDS: Final[Mapping[ExtendedKeyUsage, x509.ObjectIdentifier]] = MappingProxyType(
    {
        ExtendedKeyUsage.ANY: ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        ExtendedKeyUsage.SERVER_AUTH: ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsage.CLIENT_AUTH: ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsage.CODE_SIGNING: ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsage.EMAIL_PROTECTION: ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsage.TIMESTAMPING: ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsage.OCSP_SIGNING: ExtendedKeyUsageOID.OCSP_SIGNING,
    }
)
_USAGES_BY_OID: Final = MappingProxyType({oid: usage for usage, oid in _OIDS.items()})


def fitting(usages: Iterable[KeyUsage], key_type: KeyType) -> frozenset[KeyUsage]:
    """Drop the usages that a key of this type can't have.

    Also dropped are encipherOnly and decipherOnly without keyAgreement: RFC 5280 section 4.2.1.3
    leaves their meaning undefined then.
    """
    possible = _POSSIBLE[key_type.algorithm].intersection(usages)
    return possible if KeyUsage.KEY_AGREEMENT in possible else possible - _ONLY_WITH_KEY_AGREEMENT


def key_usage_extension(usages: Iterable[KeyUsage]) -> x509.KeyUsage:
    """Write usages as the extension's value. RFC 5280 wants at least one bit set."""
    wanted = frozenset(usages)
    return x509.KeyUsage(**{flag: usage in wanted for usage, flag in _FLAGS.items()})


def key_usages_of(extension: x509.KeyUsage) -> frozenset[KeyUsage]:
    """Read the extension's value."""
    readable = (
        _FLAGS if extension.key_agreement else _FLAGS.keys() - _ONLY_WITH_KEY_AGREEMENT
    )  # The library refuses to tell the two bits without keyAgreement.
    return frozenset(usage for usage in readable if getattr(extension, _FLAGS[usage]))


def extended_key_usage_extension(usages: Iterable[ExtendedKeyUsage]) -> x509.ExtendedKeyUsage:
    """Write extended usages as the extension's value, in the order of `ExtendedKeyUsage`."""
    wanted = frozenset(usages)
    return x509.ExtendedKeyUsage([oid for usage, oid in _OIDS.items() if usage in wanted])


def extended_key_usages_of(extension: x509.ExtendedKeyUsage) -> frozenset[ExtendedKeyUsage]:
    """Read the extension's value.

    Raises:
        UnsupportedUsage: It holds a purpose that there is no word for here.
    """
    unknown = [oid.dotted_string for oid in extension if oid not in _USAGES_BY_OID]
    if unknown:
        allowed = ", ".join(ExtendedKeyUsage)
        raise UnsupportedUsage(
            f"extended key usage {', '.join(unknown)} is not supported; possible: {allowed}"
        )
    return frozenset(_USAGES_BY_OID[oid] for oid in extension)
