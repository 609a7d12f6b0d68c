"""The names a certificate is for: subject alternative names (RFC 5280 section 4.2.1.6)."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final, TypeAlias, TypeVar
from urllib.parse import urlsplit

from cryptography import x509

from certwright.pki.errors import PKIError
from certwright.pki.general_names import GeneralNames, UnsupportedGeneralName

IPAddress: TypeAlias = IPv4Address | IPv6Address

LONGEST_DNS_NAME: Final = 253
"""Characters of a DNS name in text: 255 octets (RFC 1035 section 2.3.4) less length and root."""

LONGEST_MAILBOX: Final = 254
"""Characters of a mailbox: a path of 256 octets (RFC 5321 section 4.5.3.1.3) less its brackets."""

# RFC 1123 section 2.1, RFC 5890 section 2.3.1: letters, digits, hyphens inside; at most 63.
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# RFC 5892 section 2.1, without capitals, which have no A-label; sections 2.6, 2.7 and the hyphen.
_LETTER_DIGITS: Final = frozenset({"Ll", "Lo", "Lm", "Mn", "Mc", "Nd"})
_CONTEXTUAL: Final = frozenset("-\u00b7\u0375\u05f3\u05f4\u30fb\u200c\u200d")
# RFC 5321 section 4.1.2: Dot-string. The quoted form is refused: verifiers disagree about it.
_DOT_STRING: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)
_URI_CHARACTERS: Final = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")

_Name = TypeVar("_Name", str, IPAddress)


class InvalidName(PKIError):
    """A name is not well-formed, or of a type that this package doesn't work with."""


@dataclass(frozen=True, slots=True)
class SubjectAlternativeNames:
    """The names of a certificate, each in its canonical form and once, in the order given.

    Args:
        dns_names: As `canonical_dns_name` takes them; a wildcard is the whole leftmost label.
        ip_addresses: Without a scope.
        email_addresses: As `canonical_email_address` takes them.
        uris: As `absolute_uri` takes them, kept as they come.

    Raises:
        InvalidName: One of them is not well-formed.
    """

    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[IPAddress, ...] = ()
    email_addresses: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "dns_names", _each(canonical_dns_name, self.dns_names))
        set_field(self, "ip_addresses", _each(_without_scope, self.ip_addresses))
        set_field(self, "email_addresses", _each(canonical_email_address, self.email_addresses))
        set_field(self, "uris", _each(absolute_uri, self.uris))

    @property
    def is_empty(self) -> bool:
        """True if there is no name at all."""
        return not (self.dns_names or self.ip_addresses or self.email_addresses or self.uris)

    def to_x509(self) -> x509.SubjectAlternativeName:
        """Write the extension's value: DNS names first, then addresses, mailboxes, URIs."""
        names = GeneralNames(self.dns_names, self.ip_addresses, self.email_addresses, self.uris)
        return x509.SubjectAlternativeName(names.to_x509())

    @classmethod
    def from_x509(cls, extension: Iterable[x509.GeneralName]) -> "SubjectAlternativeNames":
        """Read the extension's value.

        Raises:
            InvalidName: A name is not well-formed or of another type, such as otherName,
                directoryName or registeredID.
        """
        try:
            found: GeneralNames[IPAddress] = GeneralNames.from_x509(
                extension, (IPv4Address, IPv6Address), "a subject alternative name"
            )
        except UnsupportedGeneralName as unsupported:
            raise InvalidName(str(unsupported)) from None
        return cls(found.dns_names, found.ip_addresses, found.mailboxes, found.uris)


def canonical_dns_name(name: str, *, wildcard: bool = True) -> str:
    """Bring a DNS name to its one form: lower case, without a final dot.

    The name has the preferred syntax (RFC 1034 section 3.5, RFC 1123 section 2.1), A-labels
    (RFC 5890) included; a name of U-labels must be given as A-labels.

    Args:
        name: Such as `www.example.com` or `*.example.com`.
        wildcard: Whether the leftmost label may be `*`.

    Raises:
        InvalidName: It has another form.
    """
    # Before lower(), which makes the Kelvin sign an ASCII k.
    if not name.isascii():
        raise InvalidName(f"DNS name {name!r} is not ASCII; write it in A-labels (xn--…)")
    lower = name.lower()
    if not 0 < len(lower) <= LONGEST_DNS_NAME:
        raise InvalidName(
            f"DNS name {name!r} has {len(lower)} characters; allowed: 1 to {LONGEST_DNS_NAME}"
        )
    labels = lower.split(".")
    if labels[-1] == "":
        raise InvalidName(f"DNS name {name!r} ends with a dot; write it without")
    checked = labels[1:] if wildcard and len(labels) > 1 and labels[0] == "*" else labels
    for label in checked:
        _check_label(label, name)
    if checked[-1].isdigit():
        raise InvalidName(f"DNS name {name!r} ends with a number, as only an IP address does")
    return lower


def _check_label(label: str, name: str) -> None:
    if not _LABEL.fullmatch(label):
        raise InvalidName(
            f"DNS name {name!r} has the label {label!r}; allowed: 1 to 63 letters, digits and "
            "hyphens, no hyphen at either end, and * as the whole first label where a wildcard "
            "is allowed"
        )
    if label[2:4] == "--" and not _is_a_label(label):
        raise InvalidName(f"DNS name {name!r} has the label {label!r}, which is no valid A-label")


def _is_a_label(label: str) -> bool:
    """Tell an A-label from a fake one: it is what its own Unicode form encodes to.

    Of RFC 5892 only the general categories are looked at; the full tables are the registry's.
    """
    if not label.startswith("xn--"):
        return False
    try:
        unicode = label[4:].encode().decode("punycode")
    except UnicodeError:
        return False
    return (
        not unicode.isascii()
        and all(c in _CONTEXTUAL or unicodedata.category(c) in _LETTER_DIGITS for c in unicode)
        and unicodedata.normalize("NFC", unicode) == unicode
        and unicode.encode("punycode").decode() == label[4:]
    )


def canonical_email_address(address: str) -> str:
    """Bring a mailbox to its one form: the domain in lower case, the local part as it is.

    Raises:
        InvalidName: It is no Mailbox of RFC 5321 with a Dot-string and a domain, in ASCII.
    """
    local, at, domain = address.rpartition("@")
    if not at or not _DOT_STRING.fullmatch(local) or len(local) > 64:
        raise InvalidName(
            f"e-mail address {address!r} is not of the form local-part@domain, in ASCII, without "
            "quotes, the local part at most 64 characters"
        )
    if len(address) > LONGEST_MAILBOX:
        raise InvalidName(
            f"e-mail address {address!r} has {len(address)} characters; "
            f"at most {LONGEST_MAILBOX} are allowed"
        )
    return f"{local}@{canonical_dns_name(domain, wildcard=False)}"


def absolute_uri(uri: str) -> str:
    """Check that a URI has the form that RFC 5280 section 4.2.1.6 asks for, and return it.

    Raises:
        InvalidName: It is not absolute, holds a character outside RFC 3986, or lacks its host.
    """
    scheme, colon, rest = uri.partition(":")
    if not colon or not _SCHEME.fullmatch(scheme) or not _URI_CHARACTERS.fullmatch(rest):
        raise InvalidName(
            f"URI {uri!r} is not absolute, with a scheme, in the characters of RFC 3986"
        )
    try:
        host = urlsplit(uri).hostname
    except ValueError:
        raise InvalidName(f"URI {uri!r} has a malformed host") from None
    if rest.startswith("//") and not host:
        raise InvalidName(f"URI {uri!r} has an empty host")
    return uri


def _without_scope(address: IPAddress) -> IPAddress:
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise InvalidName(f"IP address {address} has a scope, which a certificate can't hold")
    return address


def _each(canonical: Callable[[_Name], _Name], names: Iterable[_Name]) -> tuple[_Name, ...]:
    return tuple(dict.fromkeys(map(canonical, names)))
