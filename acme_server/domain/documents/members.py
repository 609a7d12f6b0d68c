"""Members that documents of several kinds have."""

from typing import Self

from acme_server.domain.documents.document import Part
from acme_server.domain.problems import ErrorType
from certwright.policy.identifiers import Identifier, IdentifierType


class StoredProblem(Part):
    """A problem that is shown again each time its challenge or order is read."""

    type: ErrorType
    detail: str


class StoredIdentifier(Part):
    """An identifier as a document holds it."""

    type: IdentifierType
    value: str

    @classmethod
    def of(cls, identifier: Identifier) -> Self:
        """Return an identifier as documents hold it."""
        return cls(type=identifier.type, value=identifier.value)

    @property
    def identifier(self) -> Identifier:
        """The identifier, as policy and validation take it."""
        return Identifier(self.type, self.value)
