"""Asking other replicas: to use a nonce up, and to redeem this one's nonces from now on."""

import asyncio
import logging
from typing import Final, Protocol, Self

import aiohttp

from acme_server.nonces import messages, verdicts
from acme_server.nonces.keyring import Keyring
from acme_server.nonces.messages import CHALLENGE_BYTES, Unauthenticated
from acme_server.nonces.verdicts import Moved, Verdict
from acme_server.ports import Randomness

logger = logging.getLogger(__name__)

REDEEM: Final = "/redeem"
OFFER: Final = "/offer"
TAKE: Final = "/take/"
ANNOUNCE: Final = "/announce"

YES: Final = b"yes"
NO: Final = b"no"

#: Seconds of a question about a nonce, from connecting to the last byte of the answer.
REDEEM_WITHIN = 0.3

#: Seconds of each step of a hand-over, on the way of nobody's request.
HAND_OVER_WITHIN = 5.0

_CONNECTIONS_PER_PEER = 32

#: Seconds that an idle connection is kept: far fewer than the listener keeps it, so that no
#: question meets a connection that is just being closed.
_KEPT = 10.0

#: An answer is a word, an address at most.
_LARGEST_ANSWER = 1024


class PeerUnavailable(Exception):
    """The peer gave no answer that counts.

    Args:
        reached: Whether it may have got the request all the same.
    """

    def __init__(self, sentence: str, *, reached: bool) -> None:
        super().__init__(sentence)
        self.reached = reached


class Peers(Protocol):
    """The other replicas, by address. Every verb sends one request and raises `PeerUnavailable`."""

    async def redeem(self, address: str, nonce: str) -> Verdict | Moved:
        """Have a peer use a nonce up, within 300 ms."""
        ...

    async def offer(self, address: str) -> bytes | None:
        """Ask a peer whether it takes incarnations: a ticket for one, or None."""
        ...

    async def take(self, address: str, ticket: bytes, parcel: bytes) -> bool:
        """Hand an incarnation over; False if the peer hasn't taken it and never will."""
        ...

    async def announce(self, address: str) -> bool:
        """Have a peer tell all others what it took; return whether it has."""
        ...


class PeerClient:
    """`Peers` over HTTP. It belongs to the event loop it was opened on."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        keyring: Keyring,
        randomness: Randomness,
        redeem_within: float,
    ) -> None:
        """Take a session as `open` makes it."""
        self._redeem_within = redeem_within
        self._session = session
        self._keyring = keyring
        self._randomness = randomness
        self._silent: set[str] = set()

    @classmethod
    def open(
        cls, keyring: Keyring, randomness: Randomness, *, redeem_within: float = REDEEM_WITHIN
    ) -> Self:
        """Return a client, on a running loop; nothing is sent yet.

        `redeem_within` is how many seconds a question about a nonce may take in all.
        """
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit_per_host=_CONNECTIONS_PER_PEER, keepalive_timeout=_KEPT
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        return cls(session, keyring, randomness, redeem_within)

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def redeem(self, address: str, nonce: str) -> Verdict | Moved:
        """Have a peer use a nonce up, within 300 ms."""
        payload = await self._ask(address, REDEEM, nonce.encode(), self._redeem_within)
        try:
            return verdicts.read(payload)
        except ValueError:
            # One of a newer version may say what this one can't read.
            raise PeerUnavailable("the peer's verdict is unknown", reached=True) from None

    async def offer(self, address: str) -> bytes | None:
        """Ask a peer whether it takes incarnations: a ticket for one, or None."""
        payload = await self._ask(address, OFFER, b"", HAND_OVER_WITHIN)
        return None if payload == NO else payload

    async def take(self, address: str, ticket: bytes, parcel: bytes) -> bool:
        """Hand an incarnation over; False if the peer hasn't taken it and never will."""
        return await self._ask(address, TAKE + ticket.hex(), parcel, HAND_OVER_WITHIN) == YES

    async def announce(self, address: str) -> bool:
        """Have a peer tell all others what it took; return whether it has."""
        return await self._ask(address, ANNOUNCE, b"", HAND_OVER_WITHIN) == YES

    async def _ask(self, address: str, path: str, payload: bytes, within: float) -> bytes:
        """Return the payload of a peer's answer, and tell the log once when it falls silent."""
        try:
            answer = await self._answer(address, path, payload, within)
        except PeerUnavailable as error:
            if address not in self._silent:
                logger.warning("the replica at %s can't be asked: %s", address, error)
                self._silent = {*list(self._silent)[-100:], address}
            raise
        self._silent.discard(address)
        return answer

    async def _answer(self, address: str, path: str, payload: bytes, within: float) -> bytes:
        key = self._keyring.in_use.messages
        challenge = self._randomness.token(CHALLENGE_BYTES)
        message = messages.request(key, path, challenge, payload)
        try:
            async with asyncio.timeout(within):
                status, answer = await self._post(f"http://{address}{path}", message)
            if status != 200:
                raise PeerUnavailable(f"it answered with status {status}", reached=True)
            return messages.answered(key, path, challenge, answer)
        except (Unauthenticated, asyncio.IncompleteReadError) as error:
            raise PeerUnavailable(str(error), reached=True) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Without a connection nothing was sent. A time-out, an OSError too, has no text.
            reached = not isinstance(error, aiohttp.ClientConnectorError)
            sentence = str(error) or "it didn't answer in time"
            raise PeerUnavailable(sentence, reached=reached) from error

    async def _post(self, url: str, message: bytes) -> tuple[int, bytes]:
        async with self._session.post(url, data=message, allow_redirects=False) as response:
            length = response.content_length or 0
            if length > _LARGEST_ANSWER:
                raise ValueError("its answer is larger than any")
            return response.status, await response.content.readexactly(length)
