"""This server as one of several: its nonces, its membership, and what only one of them may do."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from acme_server.assembly.beside import go_on
from acme_server.cluster.settings import PeerSettings
from acme_server.kubernetes_api.connection import Connection
from acme_server.membership.holding import SWEEPER, LeaseHolding
from acme_server.nonces.replica import (
    PeerPort,
    ReplicaNonces,
    ReplicaParts,
    open_shared_nonces,
)
from acme_server.ports import Clock, Randomness
from acme_server.services.sweeping import Stopped
from certwright.bundles.nonce_keys import NonceKeysBundle


@dataclass(frozen=True, slots=True)
class Place:
    """Where a replica lives."""

    connection: Connection
    namespace: str
    settings: PeerSettings
    clock: Clock
    randomness: Randomness

    async def open_nonces(self, stack: AsyncExitStack, keys: NonceKeysBundle) -> ReplicaNonces:
        """Open the nonces; others know of them when this returns, and `stack` closes them.

        Raises:
            OSError: The peer port can't be listened on.
            MembershipUnavailable: The API server can't be asked.
        """
        parts = ReplicaParts(
            self.connection, self.namespace, self.settings.identity, self.clock, self.randomness
        )
        listen = self.settings.listen
        port = PeerPort(listen.host, listen.port, self.settings.advertised)
        return await open_shared_nonces(stack, parts, port, keys)

    def turn(self, stack: AsyncExitStack) -> Callable[[], None]:
        """Compete for the sweeper's Lease; return what raises `Stopped` while it is another's."""
        holding = LeaseHolding(
            self.connection, self.namespace, SWEEPER, self.settings.identity, self.clock
        )
        stack.push_async_callback(holding.release)
        go_on(stack, holding.run())

        def require() -> None:
            if not holding.held:
                raise Stopped("another replica sweeps")

        return require
