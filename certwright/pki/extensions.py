"""Extensions: finding one's value, and writing those that several kinds of certificate share."""

from typing import TypeVar

from cryptography import x509

from certwright.pki import keys
from certwright.pki.keys import PublicKey

_Value = TypeVar("_Value", bound=x509.ExtensionType)


def find(extensions: x509.Extensions, kind: type[_Value]) -> _Value | None:
    """Return the value of the extension of this kind; None without one."""
    for extension in extensions:
        if isinstance(extension.value, kind):
            return extension.value
    return None


def subject_key_identifier(public_key: PublicKey) -> x509.SubjectKeyIdentifier:
    """Write the extension that a key is known by (RFC 5280 section 4.2.1.2)."""
    return x509.SubjectKeyIdentifier(keys.subject_key_identifier(public_key))


def authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Write the extension that points at an issuer's key (RFC 5280 section 4.2.1.1).

    The issuer's own identifier is repeated, whatever method its signer made it with.

    Raises:
        x509.ExtensionNotFound: The issuer has none.
    """
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier.value)


def crl_distribution_points(url: str) -> x509.CRLDistributionPoints:
    """Write the extension that says where the issuer's CRL is (RFC 5280 section 4.2.1.13)."""
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return x509.CRLDistributionPoints([point])
