"""The subject of a certificate beside its common name, in cert-manager's words.

Upper bounds are those of RFC 5280, appendix A, and of X.520 where it has none.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from certwright.resources.model import Items, Model

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"


CommonName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_PRINTABLE)]
"""A commonName (ub-common-name)."""

_Name64 = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_PRINTABLE)]
_Name128 = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PRINTABLE)]
_PostalCode = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=_PRINTABLE)]
_Country = Annotated[str, StringConstraints(max_length=2, pattern="^[A-Z]{2}$")]
_Printable64 = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9 '()+,./:=?-]+$")
]


class Subject(Model):
    """Attributes of a subject beside its common name."""

    organizations: Items[_Name64] = Field(default=(), max_length=8)
    """Values of organizationName (O)."""
    organizational_units: Items[_Name64] = Field(default=(), max_length=8)
    """Values of organizationalUnitName (OU)."""
    countries: Items[_Country] = Field(default=(), max_length=8)
    """Values of countryName (C): two upper-case letters each (ISO 3166)."""
    provinces: Items[_Name128] = Field(default=(), max_length=8)
    """Values of stateOrProvinceName (ST)."""
    localities: Items[_Name128] = Field(default=(), max_length=8)
    """Values of localityName (L)."""
    street_addresses: Items[_Name128] = Field(default=(), max_length=8)
    """Values of streetAddress."""
    postal_codes: Items[_PostalCode] = Field(default=(), max_length=8)
    """Values of postalCode."""
    serial_number: _Printable64 | None = None
    """Value of the subject's serialNumber: a device's, not the certificate's."""
