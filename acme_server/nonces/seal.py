"""What a nonce is, and the seal that only holders of a shared key can make or check.

A nonce is 32 bytes as base64url: who issued it (8), a counter (8) and a tag (16) that seals both.
The tag is AES-GCM's over no plaintext, under a key of one incarnation alone. The counter is the IV;
since it never repeats within an incarnation, neither does the IV under its key.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from acme_server.ports import NonceRejected

IDENTITY_BYTES = 8
KEY_BYTES = 32
_COUNTER_BYTES = 8
_HEAD = IDENTITY_BYTES + _COUNTER_BYTES
_TEXT_LENGTH = 43

#: An AES-GCM IV has 12 bytes (NIST SP 800-38D §8.2.1): nothing, and the counter.
_IV_PREFIX = bytes(4)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A nonce, taken apart but not checked: `head` is its issuer's identity and a counter."""

    head: bytes
    tag: bytes

    @property
    def identity(self) -> bytes:
        """Who claims to have issued it."""
        return self.head[:IDENTITY_BYTES]

    @property
    def number(self) -> int:
        """The counter."""
        return int.from_bytes(self.head[IDENTITY_BYTES:])


def parse(nonce: str) -> Sealed:
    """Take a nonce apart; raise `NonceRejected` for text that no server of ours has ever sent."""
    if len(nonce) != _TEXT_LENGTH:
        raise NonceRejected("the nonce has another length than any of this server's")
    try:
        content = urlsafe_b64decode(nonce + "=")
    except (ValueError, binascii.Error) as error:
        raise NonceRejected("the nonce is not base64url") from error
    # The decoder skips what it doesn't know and ignores spare bits: two texts would be one nonce.
    if _text(content) != nonce:
        raise NonceRejected("the nonce is not base64url as this server writes it")
    return Sealed(content[:_HEAD], content[_HEAD:])


@dataclass(frozen=True, slots=True, eq=False)
class Seal:
    """The seal of one incarnation, by its own key."""

    identity: bytes
    key: bytes = field(repr=False)
    _cipher: AESGCM = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Prepare the cipher."""
        object.__setattr__(self, "_cipher", AESGCM(self.key))

    @classmethod
    def derive(cls, shared_key: bytes, identity: bytes) -> Self:
        """Return the seal of an incarnation: whoever holds the shared key can make and check it."""
        derivation = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"certwright nonces" + identity)
        return cls(identity, derivation.derive(shared_key))

    def close(self, number: int) -> str:
        """Return the nonce of a counter."""
        counter = number.to_bytes(_COUNTER_BYTES)
        head = self.identity + counter
        return _text(head + self._cipher.encrypt(_IV_PREFIX + counter, b"", head))

    def fits(self, nonce: Sealed) -> bool:
        """Tell, in constant time, whether a nonce of this identity was made by this seal."""
        try:
            self._cipher.decrypt(_IV_PREFIX + nonce.head[IDENTITY_BYTES:], nonce.tag, nonce.head)
        except InvalidTag:
            return False
        return True


def _text(content: bytes) -> str:
    """Return base64url without padding (RFC 8555 §6.5.1)."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()
