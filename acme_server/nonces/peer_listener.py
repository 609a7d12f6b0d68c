"""Answering other replicas, on a port of its own.

Whoever doesn't hold a shared key gets 401 and not a word, whatever it asked for.
"""

import asyncio
import socket
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, Protocol

from aiohttp import web

from acme_server.nonces import messages, parcel, peers, verdicts
from acme_server.nonces.keyring import Keyring
from acme_server.nonces.messages import CHALLENGE_BYTES, OVERHEAD, Unauthenticated
from acme_server.nonces.verdicts import Moved, Verdict
from acme_server.ports import NonceRejected, Randomness

#: Requests that are answered at once; one more is turned away.
MOST_AT_ONCE: Final = 128

#: Bytes of all payloads but a parcel: a nonce has 43.
_LARGEST_QUESTION: Final = 64

#: Seconds in which a request's body is there, or never.
_BODY_WITHIN: Final = 3.0

#: Seconds that a connection may be idle, more than clients keep theirs.
_IDLE: Final = 60.0

#: Seconds for which a ticket is good, and how many are out at once.
_TICKET_GOOD_FOR: Final = 10.0
_MOST_TICKETS: Final = 4


def bind(host: str, port: int) -> socket.socket:
    """Take an address; connections wait until somebody listens. Port 0 takes a free one.

    Raises OSError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen()
    except OSError:
        bound.close()
        raise
    return bound


class Respondent(Protocol):
    """The one who knows what to answer."""

    async def asked(self, nonce: str) -> Verdict | Moved:
        """Use a nonce up if it is this replica's to redeem; never ask anybody else.

        Raises `NonceRejected` for one without a seal of this server.
        """
        ...

    @property
    def takes(self) -> bool:
        """Whether it takes other replicas' incarnations."""
        ...

    def take(self, content: bytes) -> bool:
        """Take an incarnation; return whether it is redeemed here from now on."""
        ...

    async def announce(self) -> bool:
        """Tell all others what is redeemed here; return whether they can know."""
        ...


class PeerListener:
    """A port that answers the other replicas."""

    def __init__(
        self,
        respondent: Respondent,
        keyring: Keyring,
        randomness: Randomness,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Answer what `respondent` says to holders of a key of `keyring`, once it listens."""
        self._respondent = respondent
        self._keyring = keyring
        self._randomness = randomness
        self._monotonic = monotonic
        self._tickets: dict[bytes, float] = {}
        self._busy = 0
        self._runner: web.ServerRunner | None = None

    async def listen(self, bound: socket.socket) -> None:
        """Answer on a socket of `bind`."""
        self._runner = web.ServerRunner(
            web.Server(
                self._handle,
                access_log=None,
                auto_decompress=False,
                keepalive_timeout=_IDLE,
                lingering_time=0,
            )
        )
        await self._runner.setup()
        await web.SockSite(self._runner, bound).start()

    async def close(self) -> None:
        """Answer nobody any more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        if self._busy >= MOST_AT_ONCE:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        self._busy += 1
        try:
            opened = await self._opened(request)
            return web.Response(body=messages.answer(opened, await self._answer(opened)))
        except (Unauthenticated, TimeoutError, asyncio.IncompleteReadError):
            refusal = web.Response(status=HTTPStatus.UNAUTHORIZED)
            refusal.force_close()
            return refusal
        finally:
            self._busy -= 1

    async def _opened(self, request: web.BaseRequest) -> messages.Request:
        """Read a request no further than it may go, and check it."""
        length = request.content_length or 0
        if request.method != "POST" or length > OVERHEAD + self._largest(request.path):
            raise Unauthenticated("no peer sends that")
        async with asyncio.timeout(_BODY_WITHIN):
            body = await request.content.readexactly(length)
        keys = (key.messages for key in self._keyring.all)
        return messages.opened(keys, request.path, body)

    def _largest(self, path: str) -> int:
        """Return how large a payload may be. Only with a good ticket is a parcel even read."""
        return parcel.LARGEST if self._ticket(path) is not None else _LARGEST_QUESTION

    async def _answer(self, request: messages.Request) -> bytes:
        if request.path == peers.REDEEM:
            # What isn't ASCII is no nonce, and found to be none.
            return await self._verdict(request.payload.decode("ascii", "replace"))
        if request.path == peers.OFFER:
            return self._offered() if self._respondent.takes else peers.NO
        if request.path == peers.ANNOUNCE:
            return peers.YES if await self._respondent.announce() else peers.NO
        ticket = self._ticket(request.path)
        if ticket is None:
            return peers.NO
        del self._tickets[ticket]
        return peers.YES if self._respondent.take(request.payload) else peers.NO

    async def _verdict(self, nonce: str) -> bytes:
        try:
            return verdicts.written(await self._respondent.asked(nonce))
        except NonceRejected:
            return verdicts.written(Verdict.REJECTED)

    def _offered(self) -> bytes:
        """Return a ticket. A hand-over that somebody recorded is worth nothing without a new one.

        That holds after a restart too, when nothing is left of what was taken before.
        """
        now = self._monotonic()
        good = [(each, until) for each, until in self._tickets.items() if until > now]
        ticket = self._randomness.token(CHALLENGE_BYTES)
        self._tickets = {**dict(good[1 - _MOST_TICKETS :]), ticket: now + _TICKET_GOOD_FOR}
        return ticket

    def _ticket(self, path: str) -> bytes | None:
        """Return the ticket in a path if it is good."""
        try:
            ticket = bytes.fromhex(path.removeprefix(peers.TAKE))
        except ValueError:
            return None
        until = self._tickets.get(ticket)
        return ticket if until is not None and until > self._monotonic() else None
