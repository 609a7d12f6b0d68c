"""Replicas in one process: real peer ports on loopback, and membership that is written down."""

import socket
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from acme_server.membership.port import Member, MembershipUnavailable
from acme_server.nonces.keyring import Keyring
from acme_server.nonces.peer_listener import PeerListener, bind
from acme_server.nonces.peers import PeerClient
from acme_server.nonces.shared import SharedNonces
from acme_server.nonces.verdicts import Moved, Verdict
from acme_server.ports import NonceRejected
from certwright.bundles.nonce_keys import NonceKey, NonceKeysBundle
from tests.fakes.clock import FakeClock
from tests.fakes.randomness import FakeRandomness

SIZE = 4096

#: Seconds for a question, on however busy a machine.
ENOUGH = 30.0


def key(letter: str, created: datetime = datetime(2026, 11, 1, tzinfo=UTC)) -> NonceKey:
    """Return a key that is all one letter."""
    return NonceKey(id=letter * 8, key=b64encode(letter.encode() * 32).decode(), created=created)


def bundle(*keys: NonceKey) -> NonceKeysBundle:
    return NonceKeysBundle(keys=keys)


class Registry:
    """What the API server would hold."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.away = False

    def require(self) -> None:
        if self.away:
            raise MembershipUnavailable("the API server is away")


class FakeMembership:
    """A `Membership` in a dict. With `stale` set, that is who was seen last."""

    def __init__(self, registry: Registry, identity: str, address: str) -> None:
        self._registry = registry
        self.own = Member(identity, address, frozenset())
        self.stale: Sequence[Member] | None = None
        self.searches = 0

    @property
    def identity(self) -> str:
        return self.own.id

    def members(self) -> Sequence[Member]:
        known = self._registry.members.values() if self.stale is None else self.stale
        return [each for each in reversed(list(known)) if each.id != self.identity]

    def alive(self, identity: str) -> bool:
        return identity == self.identity or any(each.id == identity for each in self.members())

    async def find(self, incarnation: bytes, *, other_than: str | None = None) -> Member | None:
        self.searches += 1
        for _ in range(2):
            for member in self.members():
                if incarnation in member.incarnations and member.id != other_than:
                    return member
            self._registry.require()
            self.stale = None
        return None

    async def announce(self, incarnations: Iterable[bytes], successor: str | None = None) -> None:
        self._registry.require()
        self.own = replace(self.own, incarnations=frozenset(incarnations), successor=successor)
        self._registry.members[self.identity] = self.own

    async def leave(self) -> None:
        self._registry.members.pop(self.identity, None)


class CountedPeers(PeerClient):
    """The client, and how often it was used."""

    asked = 0

    async def redeem(self, address: str, nonce: str) -> Verdict | Moved:
        self.asked += 1
        return await super().redeem(address, nonce)


@dataclass
class Replica:
    """One replica."""

    nonces: SharedNonces
    membership: FakeMembership
    keyring: Keyring
    peers: CountedPeers
    listener: PeerListener
    address: str
    bound: socket.socket = field(repr=False)

    async def accepts(self, nonce: str) -> bool:
        try:
            await self.nonces.redeem(nonce)
        except NonceRejected:
            return False
        return True

    async def close(self) -> None:
        await self.listener.close()
        await self.peers.close()
        self.bound.close()


class Replicas:
    """All replicas of a test."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.clock = FakeClock()
        self.all: list[Replica] = []

    async def start(self, keys: NonceKeysBundle | None = None) -> Replica:
        number = len(self.all)
        bound = bind("127.0.0.1", 0)
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        randomness = FakeRandomness(number)
        keyring = Keyring(keys or bundle(key("a")), self.clock)
        membership = FakeMembership(self.registry, f"replica-{number}", address)
        peers = CountedPeers.open(keyring, randomness, redeem_within=ENOUGH)
        nonces = SharedNonces(keyring, membership, peers, randomness, SIZE)
        listener = PeerListener(nonces, keyring, randomness)
        await listener.listen(bound)
        await nonces.start()
        made = Replica(nonces, membership, keyring, peers, listener, address, bound)
        self.all.append(made)
        return made

    async def close(self) -> None:
        for each in self.all:
            await each.close()
