"""A certificate that somebody else gives the server: how clients trust it, and what is wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509

from certwright.pki import chains, extensions, paths
from certwright.pki.chains import InvalidCertificate

TRUST_DATA: Final = "ca.crt"
"""Where the roots are in what is given."""

CERTIFICATE_DATA: Final = "tls.crt"
"""Where the certificate is, with its chain."""

SOON: Final = timedelta(days=7)
"""So long before its end people are told that nobody has renewed it; a tenth of its life before,
where that is less."""

_PART_LEFT: Final = 10


@dataclass(frozen=True, slots=True)
class Given:
    """What was given.

    Args:
        trust: The roots to publish, in PEM; empty if there is nothing that has to be trusted; None
            if that can't be told, so that what is published stays.
        findings: What people should see to, a sentence each.
        ends: When the certificate ends; None if there is none of use.
    """

    trust: bytes | None
    findings: tuple[str, ...]
    ends: datetime | None = None


def read_given(data: Mapping[str, bytes], host: str, now: datetime) -> Given:
    """Look at what a Secret of type `kubernetes.io/tls` holds.

    Args:
        data: Its data, decoded.
        host: DNS name or address that the server's URLs have.
        now: Aware.
    """
    trust, faults = _trust(data.get(TRUST_DATA))
    leaf, more = _leaf(data.get(CERTIFICATE_DATA))
    if leaf is None:
        return Given(trust, (*faults, *more))
    return Given(trust, (*faults, *_findings(leaf, host, now)), leaf.not_valid_after_utc)


def _trust(pem: bytes | None) -> tuple[bytes | None, tuple[str, ...]]:
    if not pem:
        return b"", (f"it has no {TRUST_DATA}, so that no roots are published for clients",)
    try:
        found = chains.certificates_from_pem(pem.decode("ascii", "replace"))
    except InvalidCertificate as invalid:
        return None, (f"its {TRUST_DATA} can't be used: {invalid}",)
    strangers = [each for each in found if not paths.is_authority(each)]
    if strangers:
        names = ", ".join(map(paths.describe, strangers))
        return None, (f"its {TRUST_DATA} holds {names}, which is no certificate authority",)
    return chains.to_pem_chain(found).encode(), ()


def _leaf(pem: bytes | None) -> tuple[x509.Certificate | None, tuple[str, ...]]:
    if not pem:
        return None, (f"it has no {CERTIFICATE_DATA}",)
    try:
        leaf, *_ = chains.certificates_from_pem(pem.decode("ascii", "replace"))
    except InvalidCertificate as invalid:
        return None, (f"its {CERTIFICATE_DATA} can't be used: {invalid}",)
    return leaf, ()


def _findings(leaf: x509.Certificate, host: str, now: datetime) -> Iterator[str]:
    if not _is_for(leaf, host):
        yield f"its certificate isn't for {host}, the host of the server's URL"
    begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if ends - now <= min(SOON, (ends - begins) / _PART_LEFT):
        word = "ended" if ends < now else "ends"
        yield f"its certificate {word} at {ends.isoformat()}"


def _is_for(leaf: x509.Certificate, host: str) -> bool:
    """Tell whether a certificate is for a host (RFC 9525 section 6.3)."""
    names = extensions.find(leaf.extensions, x509.SubjectAlternativeName)
    if names is None:
        return False
    try:
        return ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        wildcard = f"*.{host.partition('.')[2]}"
        held = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
        return not held.isdisjoint({host.lower(), wildcard.lower()})
