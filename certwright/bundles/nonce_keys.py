"""Keys that nonces are sealed under, shared by all replicas of the server."""

import base64
import binascii
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, AwareDatetime, Field

from certwright.bundles.document import Bundle
from certwright.policy.model import PolicyModel

NONCE_KEY_LENGTH: Final = 32
"""Octets of a key."""

MOST_NONCE_KEYS: Final = 2
"""Accepted at once: the one in use, and the one before it while a rotation lasts."""


def _checked(text: str) -> str:
    try:
        key = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("a key is base64") from None
    if len(key) != NONCE_KEY_LENGTH:
        raise ValueError(f"a key has {NONCE_KEY_LENGTH} octets")
    return text


class NonceKey(PolicyModel):
    """One key.

    Args:
        id: Tells it from others.
        key: 32 octets in base64 (RFC 4648 §4).
        created: When it was drawn.
    """

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
    key: Annotated[str, AfterValidator(_checked)] = Field(repr=False)
    created: AwareDatetime

    @property
    def octets(self) -> bytes:
        """The key itself."""
        return base64.b64decode(self.key)


class NonceKeysBundle(Bundle):
    """The keys, the newest first: new nonces are sealed under that one, all are accepted."""

    kind: ClassVar[str] = "nonce-keys"

    keys: Annotated[tuple[NonceKey, ...], Field(min_length=1, max_length=MOST_NONCE_KEYS)]
