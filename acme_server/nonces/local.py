"""The nonces of a server that stands alone: in memory, and on disk between two processes."""

import logging
from collections.abc import Iterable
from pathlib import Path

from acme_server.nonces import hand_over
from acme_server.nonces.incarnation import Incarnation
from acme_server.nonces.ring import RING_SIZE
from acme_server.nonces.seal import IDENTITY_BYTES, parse
from acme_server.ports import NonceRejected, Randomness

logger = logging.getLogger(__name__)

#: How many incarnations are known: this one, and those of the restarts before. A nonce that three
#: restarts passed by is as good as expired.
MAX_INCARNATIONS = 4


class LocalNonces:
    """`Nonces` that only this process issues and only it, or its successor, accepts."""

    def __init__(self, shared_key: bytes, randomness: Randomness, size: int = RING_SIZE) -> None:
        """Begin an incarnation. It stays unknown to all who don't have the secret `shared_key`.

        `size` is how many nonces can be outstanding in each of the two rings, a multiple of 8.
        """
        self._shared_key = shared_key
        self._randomness = randomness
        self._size = size
        self._begin()

    def issue(self, *, authenticated: bool) -> str:
        """Return a fresh nonce, base64url, from the ring of answers to verified requests or not."""
        return self._current.issue(authenticated=authenticated)

    async def redeem(self, nonce: str) -> None:
        """Use a nonce up; raise `NonceRejected`."""
        sealed = parse(nonce)
        issuer = self._known.get(sealed.identity)
        if issuer is None:
            raise NonceRejected("the nonce was not issued by this server, or too long ago")
        issuer.redeem(sealed)

    def hand_over(self, path: Path) -> None:
        """Leave what is outstanding in a file for the next process, and begin anew.

        Call it when the last request has been answered. What was issued before is the next one's
        from now on, and nothing that is issued after will be accepted by it. A file that can't be
        written costs clients a retry, so it is only warned of.
        """
        content = hand_over.encode(self._known.values())
        self._begin()
        try:
            hand_over.write(path, content)
        except OSError as error:
            logger.warning("outstanding nonces are lost; clients will retry: %s", error)

    def take_up(self, path: Path) -> None:
        """Accept what the last process left in a file, which is gone once this returns.

        Call it at the start. No file is as good as an empty one. One that is damaged, or can't be
        removed, is only warned of: its nonces are lost, and clients will retry.
        """
        try:
            content = hand_over.take(path)
            taken = [] if content is None else hand_over.decode(content)
        except (OSError, hand_over.HandOverDamaged) as error:
            logger.warning("the nonces in %s are lost; clients will retry: %s", path, error)
        else:
            self._know([*taken, *self._known.values()])

    def _begin(self) -> None:
        identity = self._randomness.token(IDENTITY_BYTES)
        self._current = Incarnation.begin(self._shared_key, identity, self._size)
        self._know([self._current])

    def _know(self, incarnations: Iterable[Incarnation]) -> None:
        """Accept the nonces of these and no others; the newest comes last."""
        newest = tuple(incarnations)[-MAX_INCARNATIONS:]
        self._known = {each.seal.identity: each for each in newest}
