"""Name constraints of certificate authorities (RFC 5280 section 4.2.1.10)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509

from certwright.pki import subtrees
from certwright.pki.names import InvalidName, SubjectAlternativeNames, canonical_dns_name
from certwright.pki.subtrees import InvalidNameConstraints, NameSubtrees

__all__ = ["InvalidNameConstraints", "NameConstraints", "NameSubtrees"]

# Verifiers cut a URI's host out in different ways (OpenSSL keeps user information and a query), so
# under constraints only this plain form passes. RFC 5280: no host, or an address as host: rejected.
_URI_WITH_PLAIN_HOST: Final = re.compile(r"[^:/]+://([A-Za-z0-9.-]+)(:[0-9]*)?(/.*)?")


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one type of name is constrained.

    Args:
        words: What people call it.
        names: The field of `SubjectAlternativeNames`.
        subtrees: The field of `NameSubtrees`.
        within: Whether a name, or a subtree, lies within a subtree.
        touches: Whether any part of it does.
    """

    words: str
    names: str
    subtrees: str
    within: Callable[[Any, Any], bool]
    touches: Callable[[Any, Any], bool]


_DNS: Final = _Kind(
    "DNS name", "dns_names", "dns_domains", subtrees.dns_name_within, subtrees.dns_name_touches
)
_IP: Final = _Kind(
    "IP address",
    "ip_addresses",
    "ip_ranges",
    subtrees.ip_address_within,
    subtrees.ip_address_within,
)
_EMAIL: Final = _Kind(
    "e-mail address",
    "email_addresses",
    "email_addresses",
    subtrees.mailbox_within,
    subtrees.mailbox_within,
)
_URI: Final = _Kind("URI", "uris", "uri_domains", subtrees.host_within, subtrees.host_within)
_KINDS: Final = (_DNS, _IP, _EMAIL, _URI)


@dataclass(frozen=True, slots=True)
class NameConstraints:
    """Which names the certificates below an authority may hold.

    Args:
        permitted: Names of a type with entries here must be within one of them.
        excluded: Names must be within none of these; they win over the permitted ones.

    Raises:
        InvalidNameConstraints: Both are empty.
    """

    permitted: NameSubtrees = NameSubtrees()  # noqa: RUF009 - frozen
    excluded: NameSubtrees = NameSubtrees()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        if self.permitted.is_empty and self.excluded.is_empty:
            raise InvalidNameConstraints("name constraints must permit or exclude something")

    def to_x509(self) -> x509.NameConstraints:
        """Write the extension's value."""
        return x509.NameConstraints(self.permitted.to_x509(), self.excluded.to_x509())

    @classmethod
    def from_x509(cls, extension: x509.NameConstraints) -> "NameConstraints":
        """Read the extension's value.

        Raises:
            InvalidNameConstraints: An entry is malformed or of a type that can't be enforced.
        """
        return cls(
            NameSubtrees.from_x509(extension.permitted_subtrees or ()),
            NameSubtrees.from_x509(extension.excluded_subtrees or ()),
        )

    def violations(
        self, names: SubjectAlternativeNames, common_name: str | None = None
    ) -> tuple[str, ...]:
        """Tell which names of a certificate are not allowed, a sentence each.

        Args:
            names: Its subject alternative names.
            common_name: Its subject's common name. It counts if it has the form of a DNS name with
                a dot, as in OpenSSL: verifiers may fall back to it.
        """
        dns_names = dict.fromkeys((*names.dns_names, *_dns_names_in(common_name)))
        return (
            *(finding for name in dns_names for finding in self._findings(_DNS, name)),
            *(finding for ip in names.ip_addresses for finding in self._findings(_IP, ip)),
            *(finding for box in names.email_addresses for finding in self._findings(_EMAIL, box)),
            *(finding for uri in names.uris for finding in self._uri_findings(uri)),
        )

    def findings_within(self, outer: "NameConstraints") -> tuple[str, ...]:
        """Tell what is permitted here and not by the constraints of an issuer above.

        A verifier intersects what is permitted and unites what is excluded (RFC 5280 section
        6.1.4 (g)), so such an entry would promise names that no verifier takes. A type without
        permitted entries here promises nothing.
        """
        return tuple(
            f"permitted {finding}"
            for kind in _KINDS
            for subtree in getattr(self.permitted, kind.subtrees)
            for finding in outer._findings(kind, subtree)
        )

    def _uri_findings(self, uri: str) -> Iterator[str]:
        if not self.permitted.uri_domains and not self.excluded.uri_domains:
            return
        plain = _URI_WITH_PLAIN_HOST.fullmatch(uri)
        hosts = _dns_names_in(plain[1]) if plain else ()
        if not hosts:
            yield f"URI {uri!r} has no plain host name, so name constraints can't be applied to it"
        for host in hosts:
            yield from self._findings(_URI, host)

    def _findings(self, kind: _Kind, value: Any) -> Iterator[str]:
        permitted = getattr(self.permitted, kind.subtrees)
        if permitted and not any(kind.within(value, subtree) for subtree in permitted):
            allowed = ", ".join(map(_quoted, permitted))
            yield f"{kind.words} {_quoted(value)} is outside of what is permitted: {allowed}"
        for subtree in getattr(self.excluded, kind.subtrees):
            if kind.touches(value, subtree):
                yield f"{kind.words} {_quoted(value)} is within the excluded {_quoted(subtree)}"


def _dns_names_in(text: str | None) -> tuple[str, ...]:
    """Return a text in its canonical form if it reads as a DNS name of several labels."""
    if text is None or "." not in text:
        return ()
    try:
        return (canonical_dns_name(text),)
    except InvalidName:
        return ()


def _quoted(value: object) -> str:
    return f"'{value}'"
