"""Keys, authorities and leaves for these tests, made once each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certwright.pki import keys
from certwright.pki.authorities import (
    AuthorityContents,
    Issuer,
    issue_authority,
    self_signed_root,
)
from certwright.pki.certificates import LeafContents, PreparedIssuer, issue_leaf
from certwright.pki.constraints import NameConstraints, NameSubtrees
from certwright.pki.keys import KEY_TYPES, KeyAlgorithm, KeyType, PrivateKey
from certwright.pki.names import SubjectAlternativeNames
from certwright.pki.subjects import Subject
from certwright.pki.usages import ExtendedKeyUsage, KeyUsage

NOW = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
YEAR = timedelta(days=365)

RSA_2048 = KeyType(KeyAlgorithm.RSA, 2048)
P256 = KeyType(KeyAlgorithm.ECDSA, 256)
P384 = KeyType(KeyAlgorithm.ECDSA, 384)
ED25519 = KeyType(KeyAlgorithm.ED25519)

EVERY_TYPE = [(key_type, str(key_type).replace(" ", "-")) for key_type in KEY_TYPES]


@cache
def key(key_type: KeyType, owner: str) -> PrivateKey:  # noqa: ARG001 - part of the cache's key
    """Make a key once per session and owner: RSA keys take seconds."""
    return keys.generate(key_type)


def authority(
    common_name: str = "Root",
    max_path_length: int | None = None,
    constraints: NameConstraints | None = None,
    years: int = 10,
) -> AuthorityContents:
    return AuthorityContents(
        subject=Subject(common_name=common_name, organizations=("Acme",)),
        not_before=NOW - timedelta(hours=1),
        not_after=NOW + years * YEAR,
        max_path_length=max_path_length,
        name_constraints=constraints,
    )


def root(
    key_type: KeyType = P256, contents: AuthorityContents | None = None, owner: str = "root"
) -> Issuer:
    contents = contents or authority(f"Root {key_type}")
    own = key(key_type, owner)
    return Issuer(self_signed_root(own, contents, serial=1), own, ())


def below(
    issuer: Issuer,
    key_type: KeyType = P256,
    contents: AuthorityContents | None = None,
    owner: str = "intermediate",
) -> Issuer:
    contents = contents or authority(f"Below {key_type} {owner}", years=5)
    own = key(key_type, owner)
    certificate = issue_authority(issuer, own.public_key(), contents, serial=2)
    return Issuer(certificate, own, issuer.path)


LEAF = LeafContents(
    public_key=key(P256, "leaf").public_key(),
    subject=Subject(common_name="www.example.com"),
    alternative_names=SubjectAlternativeNames(dns_names=("www.example.com", "example.com")),
    not_before=NOW,
    not_after=NOW + timedelta(days=47),
    key_usages=frozenset({KeyUsage.DIGITAL_SIGNATURE}),
    extended_key_usages=frozenset({ExtendedKeyUsage.SERVER_AUTH, ExtendedKeyUsage.CLIENT_AUTH}),
)


def leaf(issuer: Issuer, contents: LeafContents = LEAF, serial: int = 3) -> x509.Certificate:
    return issue_leaf(PreparedIssuer.of(issuer), contents, serial)


def leaf_named(issuer: Issuer, names: SubjectAlternativeNames) -> x509.Certificate:
    return leaf(issuer, replace(LEAF, subject=Subject(), alternative_names=names))


def only(*dns_domains: str) -> NameConstraints:
    """Permit these domains."""
    return NameConstraints(permitted=NameSubtrees(dns_domains=dns_domains))


def pem(*certificates: x509.Certificate) -> str:
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in certificates)
