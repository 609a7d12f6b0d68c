"""What every model of this package shares: frozen, strict, in camelCase, documented.

A model's field is described by the string below it; that text is also its description in the CRD.
"""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Strict

T = TypeVar("T")

GROUP = "certwright.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

OneOf = Annotated[T, Strict(False)]
"""An enum whose member may also be given as its word, as documents do."""

Items = Annotated[tuple[T, ...], Strict(False)]
"""A tuple that may also be given as a list, as documents do."""

_INITIALISMS = frozenset({"id", "url"})


def camel_case(name: str) -> str:
    """Return a Python field name as the API conventions spell it: `directory_url`, directoryURL."""
    first, *others = name.split("_")
    return first + "".join(w.upper() if w in _INITIALISMS else w.title() for w in others)


class Model(BaseModel):
    """A frozen value that refuses unknown fields and values of a wrong type."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=camel_case,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )


class ObservedModel(Model):
    """A value that others may extend: fields it doesn't know are dropped, not refused."""

    model_config = ConfigDict(extra="ignore")
