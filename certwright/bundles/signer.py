"""Signers: an issuing authority's certificate, chain and key, checked when loaded."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import Field

from certwright.bundles.document import Bundle, BundleRefused
from certwright.pki.authorities import Issuer
from certwright.pki.certificates import PreparedIssuer
from certwright.pki.chains import certificate_from_pem, certificates_from_pem, to_pem_chain
from certwright.pki.errors import PKIError
from certwright.pki.keys import PrivateKey, private_key_from_pem, private_key_to_pem

DIGITS_IN_NAME: Final = 16
"""How many hexadecimal digits of its certificate's digest a signer's name ends in."""


def certificate_digest(certificate: x509.Certificate) -> str:
    """Return the SHA-256 digest of a certificate's DER in lower-case hexadecimal."""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def signer_name(namespace: str, name: str, certificate: x509.Certificate) -> str:
    """Return the name of the signer that an authority's certificate makes.

    Args:
        namespace: That of the authority, or of the profile that is its own issuer.
        name: Likewise.
        certificate: The authority's; its digest ends the name, so that one name is one signer.
    """
    return f"{namespace}.{name}.{certificate_digest(certificate)[:DIGITS_IN_NAME]}"


class SignerBundle(Bundle):
    """A signer, immutable: its name ends in its certificate's digest.

    Args:
        name: As `signer_name` makes it.
        certificate: The authority's, in PEM.
        chain: From its issuer up to the root, in PEM; empty for a root.
        key: Its private key, PKCS #8 in PEM.
        crl_url: Where its revocation list is; None: certificates don't say.
    """

    kind: ClassVar[str] = "signer"

    name: str = Field(max_length=253)
    certificate: str
    chain: str = ""
    key: str = Field(repr=False)
    crl_url: str | None = None

    @classmethod
    def of(cls, name: str, issuer: Issuer, crl_url: str | None = None) -> Self:
        """Write a signer down."""
        return cls(
            name=name,
            certificate=to_pem_chain([issuer.certificate]),
            chain=to_pem_chain(issuer.chain),
            key=private_key_to_pem(issuer.key).decode(),
            crl_url=crl_url,
        )


@dataclass(frozen=True, slots=True)
class SignerInForce:
    """A signer whose key, certificate and chain fit, prepared for signing.

    Args:
        name: The bundle's.
        issuer: Prepared; holds certificate, chain and key.
        digest: SHA-256 of its certificate, in lower-case hexadecimal.
        crl_url: Where its revocation list is, if anywhere.
    """

    name: str
    issuer: PreparedIssuer
    digest: str
    crl_url: str | None = None

    @classmethod
    def load(cls, bundle: SignerBundle) -> Self:
        """Check a signer and prepare it.

        Raises:
            BundleRefused: a part can't be read, the name is another certificate's, or the key, the
                certificate and the chain don't fit together.
        """
        try:
            issuer = Issuer(
                certificate_from_pem(bundle.certificate),
                private_key_from_pem(bundle.key.encode()),
                certificates_from_pem(bundle.chain) if bundle.chain else (),
            )
            prepared = PreparedIssuer.of(issuer)
        except PKIError as error:
            raise BundleRefused(f"signer {bundle.name} can't sign: {error}") from None
        digest = certificate_digest(issuer.certificate)
        if not bundle.name.endswith(digest[:DIGITS_IN_NAME]):
            raise BundleRefused(
                f"signer {bundle.name} holds another certificate than its name says: the digest "
                f"begins with {digest[:DIGITS_IN_NAME]}"
            )
        return cls(bundle.name, prepared, digest, bundle.crl_url)

    @property
    def certificate(self) -> x509.Certificate:
        """The authority's certificate."""
        return self.issuer.issuer.certificate

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """From the certificate's issuer up to the root; empty for a root."""
        return self.issuer.issuer.chain

    @property
    def key(self) -> PrivateKey:
        """The private key."""
        return self.issuer.issuer.key

    @property
    def chain_pem(self) -> str:
        """What is served behind a leaf, in PEM: the path without its root, which clients have."""
        return to_pem_chain(self.issuer.issuer.path[:-1])

    @property
    def not_before(self) -> datetime:
        """When the last certificate of the chain begins to be good."""
        return self.issuer.limits.not_before

    @property
    def earliest_expiry(self) -> datetime:
        """When the first certificate of the chain expires."""
        return self.issuer.limits.not_after
