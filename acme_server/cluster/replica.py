"""This server as one of several: state at the API server, shared nonces, and turns at sweeping."""

from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from acme_server.assembly.beside import go_on
from acme_server.assembly.environment import Foundation
from acme_server.cluster.place import Taken
from acme_server.cluster.settings import ClusterSettings
from acme_server.cluster.start import Start, Untimely
from acme_server.kubernetes_api.connection import Connection
from acme_server.membership.holding import SWEEPER, LeaseHolding
from acme_server.nonces.replica import (
    PeerPort,
    ReplicaNonces,
    ReplicaParts,
    open_shared_nonces,
)
from acme_server.nonces.shared import SharedNonces
from acme_server.ports import Clock, Randomness
from acme_server.services.capacity import CertificateCap
from acme_server.services.sweeping import Stopped
from acme_server.services.taking_over import TakingOver
from acme_server.services.write_access import WriteAccess
from acme_server.sources.bundles.watched import WatchedBundles
from acme_server.stores.kubernetes.store import KubernetesStore
from certwright.bundles.document import BundleRefused
from certwright.bundles.nonce_keys import NonceKeysBundle

_LOOK_FOR_KEYS_EVERY: Final = 0.5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a replica is in.

    Args:
        connection: The way to the API server.
        namespace: The server's.
        bundles: Bring the keys of nonces.
    """

    connection: Connection
    namespace: str
    bundles: WatchedBundles


class AmongReplicas:
    """A `Place` among others, by Lease and peer port."""

    def __init__(
        self,
        surroundings: Surroundings,
        settings: ClusterSettings,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._connection = surroundings.connection
        self._namespace = surroundings.namespace
        self._bundles = surroundings.bundles
        self._settings = settings.peers
        self._clock = clock
        self._randomness = randomness
        self.store = KubernetesStore(self._connection, self._namespace)
        self.replica: str | None = settings.peers.identity
        self.access = WriteAccess(self.store, clock)
        self.cap = CertificateCap(self.store, clock, settings.store.cap)

    async def take(self, stack: AsyncExitStack, start: Start, foundation: Foundation) -> Taken:
        """Open the nonces, of which others know when this returns, and look for others' work.

        Raises:
            OSError: The peer port can't be listened on.
        """
        shared = await start.until("the keys of nonces", lambda: self._opened(stack))
        taking_over = TakingOver(
            foundation.documents,
            foundation.validations,
            self._clock,
            self._settings.identity,
            shared.membership,
        )
        stack.push_async_callback(taking_over.release)
        await self.access.look()
        works = (
            shared.membership.run,
            taking_over.run,
            self.cap.run,
            self.access.run,
            foundation.sweeper(self._turn(stack)).run,
            partial(self._follow_keys, shared.nonces),
        )
        return Taken(shared.nonces, works, shared.nonces.hand_over)

    async def _opened(self, stack: AsyncExitStack) -> ReplicaNonces:
        parts = ReplicaParts(
            self._connection,
            self._namespace,
            self._settings.identity,
            self._clock,
            self._randomness,
        )
        listen = self._settings.listen
        port = PeerPort(listen.host, listen.port, self._settings.advertised)
        async with AsyncExitStack() as opened:
            shared = await open_shared_nonces(opened, parts, port, self._nonce_keys())
            stack.push_async_exit(opened.pop_all())
            return shared

    def _nonce_keys(self) -> NonceKeysBundle:
        try:
            keys = self._bundles.nonce_keys
        except BundleRefused as refused:
            raise Untimely(str(refused)) from None
        if keys is None:
            raise Untimely("the operator hasn't written them yet")
        return keys

    async def _follow_keys(self, nonces: SharedNonces) -> None:
        """Use the keys of nonces that are in force, until cancelled."""
        current: NonceKeysBundle | None = None
        while True:
            # Those that are gone or can't be used leave the ones before in use.
            with suppress(Untimely):
                found = self._nonce_keys()
                if found != current:
                    current = found
                    nonces.keys_changed(found)
            await self._clock.sleep(_LOOK_FOR_KEYS_EVERY)

    def _turn(self, stack: AsyncExitStack) -> Callable[[], None]:
        """Compete for the sweeper's Lease; return what raises `Stopped` while it is another's."""
        holding = LeaseHolding(
            self._connection, self._namespace, SWEEPER, self._settings.identity, self._clock
        )
        stack.push_async_callback(holding.release)
        go_on(stack, holding.run())

        def require() -> None:
            if not holding.held:
                raise Stopped("another replica sweeps")

        return require
