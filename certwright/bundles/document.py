"""What all bundles share: JSON with a schema version, read strictly, refused with a sentence."""

import json
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import Field, StringConstraints, ValidationError

from certwright.policy.model import PolicyModel

SCHEMA_VERSION: Final = 1
"""The schema that this code writes, and the newest it reads."""

Namespace = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
"""A namespace; it holds no dot, so `NAMESPACE.NAME` is unambiguous."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$")]
"""An object's name."""

_FAULTS_SHOWN: Final = 5


class BundleRefused(Exception):
    """A bundle can't be used; the sentence says why and never holds key material."""


class Bundle(PolicyModel):
    """A document of one kind, handed over whole."""

    kind: ClassVar[str]

    schema_version: int = Field(default=SCHEMA_VERSION, ge=1, le=SCHEMA_VERSION)

    def to_json(self) -> bytes:
        """Write the bundle. It may hold secrets."""
        return self.model_dump_json().encode()

    @classmethod
    def from_json(cls, text: bytes | str) -> Self:
        """Read a bundle.

        Raises:
            BundleRefused: a newer schema, or malformed.
        """
        members = _object(cls.kind, text)
        version = members.get("schemaVersion")
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise BundleRefused(
                f"the {cls.kind} bundle has schema version {version}; this program reads up to "
                f"{SCHEMA_VERSION}: update it first"
            )
        if "schemaVersion" not in members:
            raise BundleRefused(f"the {cls.kind} bundle is malformed: schemaVersion is missing")
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise BundleRefused(f"the {cls.kind} bundle is malformed: {faults_of(error)}") from None


class ProfileReference(PolicyModel):
    """A profile by name, and by the UID that tells it from a later one of the same name."""

    namespace: Namespace
    name: Name
    uid: str

    @property
    def key(self) -> str:
        """The profile as `NAMESPACE/NAME`."""
        return f"{self.namespace}/{self.name}"


def faults_of(error: ValidationError) -> str:
    """Say what is wrong and where, without the values, which may be secret."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [f"{'.'.join(map(str, each['loc'])) or 'it'}: {each['msg']}" for each in faults]
    more = f" and {len(shown) - _FAULTS_SHOWN} more" if len(shown) > _FAULTS_SHOWN else ""
    return "; ".join(shown[:_FAULTS_SHOWN]) + more


def _object(kind: str, text: bytes | str) -> dict[str, Any]:
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        raise BundleRefused(f"the {kind} bundle is not JSON") from None
    if not isinstance(members, dict):
        raise BundleRefused(f"the {kind} bundle is not a JSON object")
    return members
