"""Distinguished names of the attributes that certificates of this product carry (RFC 5280).

Which attribute is which field, how long it may be and how it is encoded stands in one table.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from certwright.pki.errors import Refused

# X.680 section 41.4: the characters of PrintableString.
_PRINTABLE_STRING: Final = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]*")
# A control character in a name only serves to deceive who reads it.
_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class InvalidSubject(Refused):
    """A subject has an attribute that can't stand in a certificate, or that is not known here."""


@dataclass(frozen=True, slots=True)
class _Attribute:
    """How one field of a subject stands in a distinguished name.

    Args:
        oid: The attribute type.
        words: What people call it.
        longest: The upper bound of RFC 5280 appendix A.1; of X.520 (2001) for the two that the
            RFC leaves open, streetAddress and postalCode.
        shortest: The least length.
        printable: Encoded as PrintableString, as X.520 demands of these; else as UTF8String.
    """

    oid: x509.ObjectIdentifier
    words: str
    longest: int
    shortest: int = 1
    printable: bool = False

    def findings(self, value: str) -> Iterator[str]:
        # The library counts a common name in octets: UTF-8 may not outgrow the bound either.
        counted = value.encode() if self.oid == NameOID.COMMON_NAME else value
        if not self.shortest <= len(counted) <= self.longest:
            bounds = (
                f"exactly {self.longest}"
                if self.shortest == self.longest
                else f"{self.shortest} to {self.longest}"
            )
            yield f"{self.words} {value!r} has {len(counted)} characters; allowed: {bounds}"
        if self.printable and not _PRINTABLE_STRING.fullmatch(value):
            yield (
                f"{self.words} {value!r} holds a character outside PrintableString; "
                "allowed: letters and digits of ASCII, space and '()+,-./:=?"
            )
        elif _CONTROL_CHARACTER.search(value):
            yield f"{self.words} {value!r} holds a control character"


# In the order in which they are written: from the widest to the narrowest, as X.500 has it.
_ATTRIBUTES: Final[Mapping[str, _Attribute]] = MappingProxyType(
    {
        "countries": _Attribute(NameOID.COUNTRY_NAME, "country", 2, 2, printable=True),
        "provinces": _Attribute(NameOID.STATE_OR_PROVINCE_NAME, "province", 128),
        "localities": _Attribute(NameOID.LOCALITY_NAME, "locality", 128),
        "street_addresses": _Attribute(NameOID.STREET_ADDRESS, "street address", 128),
        "postal_codes": _Attribute(NameOID.POSTAL_CODE, "postal code", 40),
        "organizations": _Attribute(NameOID.ORGANIZATION_NAME, "organization", 64),
        "organizational_units": _Attribute(
            NameOID.ORGANIZATIONAL_UNIT_NAME, "organizational unit", 64
        ),
        "common_name": _Attribute(NameOID.COMMON_NAME, "common name", 64),
        "serial_number": _Attribute(NameOID.SERIAL_NUMBER, "serial number", 64, printable=True),
    }
)
_FIELDS_BY_OID: Final = MappingProxyType({a.oid: field for field, a in _ATTRIBUTES.items()})
_SINGLE: Final = frozenset({"common_name", "serial_number"})


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject's attributes, in cert-manager's words. All absent: the empty name.

    Args:
        common_name: At most 64 octets of UTF-8.
        organizations: Each at most 64 characters.
        countries: Each two characters, the letters of ISO 3166.
        organizational_units: Each at most 64 characters.
        localities: Each at most 128 characters.
        provinces: States or provinces, each at most 128 characters.
        street_addresses: Each at most 128 characters.
        postal_codes: Each at most 40 characters.
        serial_number: Of the subject, not of its certificate: at most 64 characters.

    Raises:
        InvalidSubject: With every value that is empty, too long or not encodable.
    """

    common_name: str | None = None
    organizations: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    organizational_units: tuple[str, ...] = ()
    localities: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    street_addresses: tuple[str, ...] = ()
    postal_codes: tuple[str, ...] = ()
    serial_number: str | None = None

    def __post_init__(self) -> None:
        InvalidSubject.raise_for(
            finding for attribute, value in self._values() for finding in attribute.findings(value)
        )

    @property
    def is_empty(self) -> bool:
        """True if no attribute is present."""
        return next(self._values(), None) is None

    def to_x509(self) -> x509.Name:
        """Write it as a distinguished name, each value an RDN of its own."""
        return x509.Name(
            [x509.NameAttribute(attribute.oid, value) for attribute, value in self._values()]
        )

    def _values(self) -> Iterator[tuple[_Attribute, str]]:
        for field, attribute in _ATTRIBUTES.items():
            found = getattr(self, field)
            for value in (found,) if isinstance(found, str) else found or ():
                yield attribute, value

    @classmethod
    def from_x509(cls, name: x509.Name) -> "Subject":
        """Read a distinguished name, whatever the order and encoding of its attributes.

        Raises:
            InvalidSubject: An attribute of another type, a second common name or serial number,
                or a value out of bounds.
        """
        found: dict[str, list[str]] = {}
        for attribute in name:
            field = _FIELDS_BY_OID.get(attribute.oid)
            if field is None or not isinstance(attribute.value, str):
                raise InvalidSubject(_unknown(attribute.oid))
            found.setdefault(field, []).append(attribute.value)
        InvalidSubject.raise_for(
            f"the subject has {len(values)} attributes of type {_ATTRIBUTES[field].words}; "
            "at most one is allowed"
            for field, values in found.items()
            if field in _SINGLE and len(values) > 1
        )
        return cls(
            common_name=_first(found.get("common_name")),
            organizations=tuple(found.get("organizations", ())),
            countries=tuple(found.get("countries", ())),
            organizational_units=tuple(found.get("organizational_units", ())),
            localities=tuple(found.get("localities", ())),
            provinces=tuple(found.get("provinces", ())),
            street_addresses=tuple(found.get("street_addresses", ())),
            postal_codes=tuple(found.get("postal_codes", ())),
            serial_number=_first(found.get("serial_number")),
        )


def _first(values: list[str] | None) -> str | None:
    return values[0] if values else None


def _unknown(oid: x509.ObjectIdentifier) -> str:
    allowed = ", ".join(attribute.words for attribute in _ATTRIBUTES.values())
    return f"the subject has an attribute of type {oid.dotted_string}; possible: {allowed}"
