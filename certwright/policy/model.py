"""What the serialisable values of policy share: frozen, strict about members, in camelCase."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from certwright.pki.subjects import Subject


class PolicyModel(BaseModel):
    """A frozen value that is written as JSON and read back as the same value."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,
    )


class SubjectValues(PolicyModel):
    """Values, or patterns of values, of a subject's attributes beside its common name."""

    organizations: tuple[str, ...] = ()
    organizational_units: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    localities: tuple[str, ...] = ()
    street_addresses: tuple[str, ...] = ()
    postal_codes: tuple[str, ...] = ()
    serial_number: tuple[str, ...] = ()


def values_of(subject: Subject, attribute: str) -> tuple[str, ...]:
    """Return the values of a subject's attribute, by its name in `SubjectValues`."""
    found: tuple[str, ...] | str | None = getattr(subject, attribute)
    if isinstance(found, str):
        return (found,)
    return found or ()


def field_name(attribute: str) -> str:
    """Return an attribute's name as documents write it."""
    return to_camel(attribute)
