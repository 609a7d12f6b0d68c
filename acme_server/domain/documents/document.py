"""What all documents have in common, and their kinds."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

SCHEMA = 1


class Kind(StrEnum):
    """The kinds of documents, by the names that stores know them by."""

    ACCOUNT = "account"
    ACCOUNT_KEY = "accountkey"
    ENROLLMENT = "enrollment"
    AUTHORIZATION = "authorization"
    ORDER = "order"
    CERTIFICATE = "certificate"
    ISSUER_CHAIN = "issuerchain"


class Part(BaseModel):
    """A member of a document; like the document, it keeps members it doesn't know."""

    model_config = ConfigDict(
        frozen=True, extra="allow", alias_generator=to_camel, populate_by_name=True
    )

    def but(self, **changes: Any) -> Self:
        """Return a copy with some members changed, by their attributes' names."""
        if unknown := changes.keys() - type(self).model_fields.keys():
            raise TypeError(f"{type(self).__name__} has no member {', '.join(sorted(unknown))}")
        return self.model_copy(update=changes)


class Document(Part):
    """What all documents have: an id, the schema of their writer and their last operation."""

    kind: ClassVar[Kind]

    id: str
    # The member is called `schema`; the attribute is not, since a model has a method of that name.
    schema_version: int = Field(default=SCHEMA, alias="schema")
    last_operation: str = ""

    @property
    def owner(self) -> str | None:
        """The account that a list of this kind is asked for by."""
        return None

    @property
    def work(self) -> str | None:
        """The name of pending work that another replica may have to take over."""
        return None

    @property
    def due(self) -> datetime | None:
        """When the document has expired; retention counts from here."""
        return None

    @property
    def written(self) -> datetime | None:
        """A time at which it was certainly there already, where it tells."""
        return None
