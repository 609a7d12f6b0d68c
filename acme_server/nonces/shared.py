"""The nonces of a server with several replicas: each is redeemed once, by the one that issued it.

A nonce tells its issuer's incarnation, and a seal under a key that all replicas share tells whether
it is worth a question. The issuer is found through membership and asked over its peer port. One
that is to end hands its rings to another; until that has them, and after, nobody else accepts its
nonces, and if it fails midway nobody at all does.
"""

import asyncio
import logging

from acme_server.membership.port import Member, Membership, MembershipUnavailable
from acme_server.nonces import packing, parcel
from acme_server.nonces.holdings import Holdings
from acme_server.nonces.keyring import Keyring
from acme_server.nonces.peers import Peers, PeerUnavailable
from acme_server.nonces.ring import RING_SIZE
from acme_server.nonces.rings import Reserved, Rings
from acme_server.nonces.seal import IDENTITY_BYTES, parse
from acme_server.nonces.verdicts import Moved, Verdict
from acme_server.ports import NonceRejected, NoncesUnavailable, Randomness
from certwright.bundles.nonce_keys import NonceKeysBundle

logger = logging.getLogger(__name__)

#: The part of a ring that is kept for the answers given after its hand-over: a million nonces.
_RESERVED_PART = 8


class SharedNonces:
    """`Nonces` of a replica, and what it answers the others (`peer_listener.Respondent`).

    `start` when the peer port listens and before the first nonce is issued; `hand_over` when the
    server is told to stop, before it stops serving. The peer port stays open until the end.
    """

    def __init__(
        self,
        keyring: Keyring,
        membership: Membership,
        peers: Peers,
        randomness: Randomness,
        size: int = RING_SIZE,
    ) -> None:
        """Begin an incarnation.

        Args:
            keyring: The shared keys, which `peers` and the listener use too.
            membership: The other replicas.
            peers: The way to them.
            randomness: Draws the incarnation's identity.
            size: Nonces that can be outstanding in each of the two rings, a multiple of 8.
        """
        self._keyring = keyring
        self._membership = membership
        self._peers = peers
        self._identity = randomness.token(IDENTITY_BYTES)
        self._reserve = max(size // _RESERVED_PART // 8, 1) * 8
        rings = Rings.begin(size)
        self._rings: Rings | Reserved = rings
        self._holdings = Holdings(self._identity, rings)
        self._draining = False

    async def start(self) -> None:
        """Let all others know of this incarnation; raise `MembershipUnavailable`."""
        await self._membership.announce(self._holdings.identities)

    def keys_changed(self, bundle: NonceKeysBundle) -> None:
        """Use these keys from now on.

        Incarnation and counters stay: its nonces have another seal, and those under a key that is
        no longer in the bundle are rejected.
        """
        self._keyring.change(bundle)

    def issue(self, *, authenticated: bool) -> str:
        """Return a fresh nonce, base64url, from the ring of answers to verified requests or not."""
        number = self._rings.issue(authenticated=authenticated)
        return self._keyring.in_use.seal(self._identity).close(number)

    async def redeem(self, nonce: str) -> None:
        """Use a nonce up; raise `NonceRejected` or `NoncesUnavailable`."""
        verdict = await self.asked(nonce)
        if isinstance(verdict, Moved):
            verdict = await self._ask(verdict.address, nonce)
            if isinstance(verdict, Moved):
                verdict = await self._ask(verdict.address, nonce)
        elif verdict is Verdict.UNKNOWN:
            verdict = await self._elsewhere(parse(nonce).identity, nonce)
        if isinstance(verdict, Moved):
            raise NoncesUnavailable("the nonce's issuer handed it on, and that one did too")
        if verdict is Verdict.UNKNOWN:
            raise NonceRejected("the nonce was issued by a replica whose nonces nobody has")
        if verdict is Verdict.REJECTED:
            raise NonceRejected("the nonce was used before or has expired")

    async def asked(self, nonce: str) -> Verdict | Moved:
        """Use a nonce up if this replica redeems it; nobody else is asked.

        Raises `NonceRejected` for what no replica of this server has sealed, which costs nothing
        but the look at its seal.
        """
        sealed = parse(nonce)
        if not self._keyring.fits(sealed):
            raise NonceRejected("the nonce was not issued by this server, or too long ago")
        return await self._holdings.use(sealed)

    @property
    def takes(self) -> bool:
        """Whether this replica takes what others hand over: until it hands its own over."""
        return not self._draining

    def take(self, content: bytes) -> bool:
        """Redeem an incarnation that another replica hands over."""
        if self._draining:
            return False
        try:
            identity, rings = parcel.unwrapped(content)
        except parcel.ParcelDamaged as error:
            logger.warning("nonces that a replica handed over are lost: %s", error)
            return False
        return self._holdings.adopt(identity, rings)

    async def announce(self) -> bool:
        """Tell all others what is redeemed here; return whether they can know."""
        try:
            await self._membership.announce(self._holdings.identities)
        except MembershipUnavailable as error:
            logger.warning("that nonces were taken over is told later: %s", error)
            return False
        return True

    async def hand_over(self) -> None:
        """Have another replica redeem what is outstanding, and leave membership if it does.

        Requests can still be answered after it: nonces for them were reserved. Never raises; what
        can't be handed over is lost, and clients will retry.
        """
        self._draining = True
        candidates = [each for each in self._membership.members() if each.successor is None]
        successors: dict[str, Member] = {}
        for identity in self._holdings.identities:
            while candidates and not await self._moved(identity, candidates[0]):
                candidates.pop(0)
            if candidates:
                successors[candidates[0].id] = candidates[0]
        if self._holdings.identities:
            logger.warning("no other replica takes outstanding nonces: they are lost with this one")
        await self._conclude(list(successors.values()))

    async def _moved(self, identity: bytes, successor: Member) -> bool:
        """Hand an incarnation over; return False if the other surely hasn't got it."""
        try:
            ticket = await self._peers.offer(successor.address)
        except PeerUnavailable:
            return False
        if ticket is None:
            return False
        with self._holdings.leaving(identity) as (rings, leaving):
            if identity == self._identity:
                self._rings = rings.reserve(self._reserve)
            content = packing.packed(rings)
            wrapped = await asyncio.to_thread(parcel.wrapped, identity, content)
            leaving.successor = successor.address
            try:
                taken = await self._peers.take(successor.address, ticket, wrapped)
            except PeerUnavailable as error:
                taken = error.reached
            if not taken:
                leaving.successor = None
                if identity == self._identity:
                    self._rings = rings
        return taken

    async def _conclude(self, successors: list[Member]) -> None:
        """Leave when all others can know who redeems now; else tell them as well as possible."""
        if not successors:
            return
        logger.info("outstanding nonces are with %s now", ", ".join(each.id for each in successors))
        told = [await self._announced(each) for each in successors]
        if all(told) and not self._holdings.identities:
            await self._membership.leave()
            return
        try:
            await self._membership.announce(self._holdings.identities, successors[0].id)
        except MembershipUnavailable as error:
            logger.warning("who has the nonces is told by the successor alone: %s", error)

    async def _announced(self, successor: Member) -> bool:
        try:
            return await self._peers.announce(successor.address)
        except PeerUnavailable:
            return False

    async def _elsewhere(self, identity: bytes, nonce: str) -> Verdict | Moved:
        """Ask the replica that redeems an incarnation.

        If that one can't be reached or knows nothing of it, a fresh look at the members may show
        that it has a successor; that one is asked, once. Nothing is accepted twice by that: what
        the first one used up before its hand-over is used up with the second.
        """
        member = await self._find(identity, None)
        if member is None:
            raise NonceRejected("the nonce was issued by a replica that is gone")
        try:
            verdict = await self._peers.redeem(member.address, nonce)
        except PeerUnavailable as error:
            another = await self._find(identity, member.id)
            if another is None:
                raise NoncesUnavailable(str(error)) from error
            return await self._ask(another.address, nonce)
        if isinstance(verdict, Moved):
            return await self._ask(verdict.address, nonce)
        if verdict is Verdict.UNKNOWN:
            another = await self._find(identity, member.id)
            return verdict if another is None else await self._ask(another.address, nonce)
        return verdict

    async def _find(self, identity: bytes, other_than: str | None) -> Member | None:
        try:
            return await self._membership.find(identity, other_than=other_than)
        except MembershipUnavailable as error:
            raise NoncesUnavailable(str(error)) from error

    async def _ask(self, address: str, nonce: str) -> Verdict | Moved:
        try:
            return await self._peers.redeem(address, nonce)
        except PeerUnavailable as error:
            raise NoncesUnavailable(str(error)) from error
