"""The certificate that the ACME server is served with: what is in it, and when it is due."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final, Self

from cryptography import x509

from certwright.pki import chains, extensions, keys, paths
from certwright.pki.authorities import Issuer
from certwright.pki.certificates import LeafContents, PreparedIssuer, issue_leaf
from certwright.pki.errors import PKIError
from certwright.pki.keys import KeyAlgorithm, KeyType, PrivateKey
from certwright.pki.names import SubjectAlternativeNames
from certwright.pki.subjects import Subject
from certwright.pki.usages import ExtendedKeyUsage, KeyUsage
from certwright.reconcile.effects import Effects

DURATION: Final = timedelta(days=90)
"""How long a certificate is valid; it is renewed when a third of that is left."""

BACKDATE: Final = timedelta(minutes=5)
"""So much earlier validity begins, for clients whose clocks are late."""

KEY_TYPE: Final = KeyType(KeyAlgorithm.ECDSA, 256)
"""Of certificates and of roots: every TLS client knows it."""

_RENEWED_WITH_LEFT: Final = 3
"""One part in so many of its life is left when a certificate is renewed."""


@dataclass(frozen=True, slots=True)
class ServingCertificate:
    """A certificate and its private key; the root isn't part of what is served."""

    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate

    @classmethod
    def read(cls, key: bytes, certificate: bytes) -> Self | None:
        """Read what is stored, both in PEM; None if it has to be made anew."""
        try:
            return cls(
                keys.private_key_from_pem(key),
                chains.certificate_from_pem(certificate.decode("ascii", "replace")),
            )
        except PKIError:
            return None

    @property
    def key_pem(self) -> bytes:
        """The private key in PEM."""
        return keys.private_key_to_pem(self.key)

    @property
    def certificate_pem(self) -> bytes:
        """The certificate in PEM."""
        return chains.to_pem_chain([self.certificate]).encode()

    @property
    def hosts(self) -> frozenset[str]:
        """The DNS names and addresses that it is for."""
        found = extensions.find(self.certificate.extensions, x509.SubjectAlternativeName)
        if found is None:
            return frozenset()
        names = found.get_values_for_type(x509.DNSName)
        return frozenset((*names, *map(str, found.get_values_for_type(x509.IPAddress))))


def issue(
    issuer: Issuer, hosts: Iterable[str], effects: Effects, now: datetime
) -> ServingCertificate:
    """Make a key, and a certificate for it that ends no later than its issuer's.

    Args:
        issuer: A root of the server's own.
        hosts: DNS names and addresses that clients know the server by, at least one.
        effects: Keys and serial numbers.
        now: Aware.

    Raises:
        InvalidName: A host is neither a DNS name nor an address.
    """
    prepared = PreparedIssuer.of(issuer)
    key = effects.generate_key(KEY_TYPE)
    contents = LeafContents(
        public_key=key.public_key(),
        subject=Subject(),
        alternative_names=alternative_names(hosts),
        not_before=max(now - BACKDATE, prepared.limits.not_before),
        not_after=_end(issuer, now),
        key_usages=frozenset({KeyUsage.DIGITAL_SIGNATURE}),
        extended_key_usages=frozenset({ExtendedKeyUsage.SERVER_AUTH}),
    )
    return ServingCertificate(key, issue_leaf(prepared, contents, effects.random_serial()))


def is_due(found: ServingCertificate, issuer: Issuer, hosts: Iterable[str], now: datetime) -> bool:
    """Tell whether a certificate has to be issued anew.

    It is when it isn't the issuer's, nor for exactly these hosts, nor of its own key, and when a
    third of its life is left, unless a new one would end no later.
    """
    certificate = found.certificate
    held = extensions.find(certificate.extensions, x509.SubjectAlternativeName)
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return (
        certificate.public_key() != found.key.public_key()
        or not paths.was_issued_by(certificate, issuer.certificate)
        or held != alternative_names(hosts).to_x509()
        or (now >= ends - (ends - begins) / _RENEWED_WITH_LEFT and _end(issuer, now) > ends)
    )


def alternative_names(hosts: Iterable[str]) -> SubjectAlternativeNames:
    """Sort hosts into DNS names and addresses.

    Raises:
        InvalidName: A host is neither.
    """
    dns_names: list[str] = []
    addresses = []
    for host in sorted(set(hosts)):
        try:
            addresses.append(ip_address(host))
        except ValueError:
            dns_names.append(host)
    return SubjectAlternativeNames(tuple(dns_names), tuple(addresses))


def _end(issuer: Issuer, now: datetime) -> datetime:
    """Return when a certificate ends that is issued now."""
    return min(now + DURATION, issuer.certificate.not_valid_after_utc).replace(microsecond=0)
