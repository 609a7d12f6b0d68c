"""Keys that nonces are sealed under, shared by all replicas of the server."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, AwareDatetime, Field

from certwright.bundles.document import Bundle
from certwright.policy.model import PolicyModel

NONCE_KEY_LENGTH: Final = 32
"""Octets of a key."""

MOST_NONCE_KEYS: Final = 2
"""Accepted at once: the one in use, and the one before it while a rotation lasts."""

KEY_LIFETIME: Final = timedelta(days=30)
"""How long nonces are sealed under a key."""

KEY_OVERLAP: Final = timedelta(days=1)
"""How long a key is accepted after the next one is there: far longer than a nonce lives."""


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


def due_keys(
    current: NonceKeysBundle | None, now: datetime, random_bytes: Callable[[int], bytes]
) -> NonceKeysBundle | None:
    """Return the keys that should take the place of the current ones; None if those may stay.

    Args:
        current: What there is; None when there is nothing yet.
        now: Aware.
        random_bytes: Returns that many bytes that nobody can guess.
    """
    if current is None:
        return NonceKeysBundle(keys=(_new_key(now, random_bytes),))
    newest, *older = current.keys
    if now - newest.created >= KEY_LIFETIME:
        return NonceKeysBundle(keys=(_new_key(now, random_bytes), newest))
    if older and now - newest.created >= KEY_OVERLAP:
        return NonceKeysBundle(keys=(newest,))
    return None


def _new_key(now: datetime, random_bytes: Callable[[int], bytes]) -> NonceKey:
    drawn = base64.b64encode(random_bytes(NONCE_KEY_LENGTH)).decode()
    return NonceKey(id=random_bytes(4).hex(), key=drawn, created=now)
