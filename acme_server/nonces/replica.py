"""A replica's nonces, put together: the peer port, membership by Lease, and what they serve."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from acme_server.kubernetes_api.connection import Connection
from acme_server.membership.leases import LeaseMembership
from acme_server.nonces.keyring import Keyring
from acme_server.nonces.peer_listener import PeerListener, bind
from acme_server.nonces.peers import PeerClient
from acme_server.nonces.shared import SharedNonces
from acme_server.ports import Clock, Randomness
from certwright.bundles.nonce_keys import NonceKeysBundle


@dataclass(frozen=True, slots=True)
class PeerPort:
    """Where a replica answers the others.

    Args:
        listen: The IPv4 or IPv6 address that is listened on.
        port: The port; 0 takes a free one.
        advertise: The address that other replicas reach it at, such as the pod's.
    """

    listen: str
    port: int
    advertise: str

    def address(self, port: int) -> str:
        """Return what is told to others, once it is clear which port was taken."""
        host = f"[{self.advertise}]" if ":" in self.advertise else self.advertise
        return f"{host}:{port}"


@dataclass(frozen=True, slots=True)
class ReplicaParts:
    """What a replica is handed from outside.

    Args:
        connection: The way to the API server; it has to outlive the nonces.
        namespace: The server's.
        identity: Unique among replicas: the pod's name.
        clock: The time.
        randomness: Unpredictable bytes.
    """

    connection: Connection
    namespace: str
    identity: str
    clock: Clock
    randomness: Randomness


@dataclass(frozen=True, slots=True)
class ReplicaNonces:
    """What was opened.

    Run `membership.run()` beside serving. When the server is told to stop: `nonces.hand_over()`
    first, then serve what is in flight, then let the stack close the rest.
    """

    nonces: SharedNonces
    membership: LeaseMembership


async def open_shared_nonces(
    stack: AsyncExitStack, parts: ReplicaParts, port: PeerPort, keys: NonceKeysBundle
) -> ReplicaNonces:
    """Open a replica's nonces; others know of it when this returns, and `stack` closes it.

    Raises:
        OSError: The peer port can't be listened on.
        MembershipUnavailable: The API server can't be asked.
        ValueError: The identity or the advertised address is none.
    """
    bound = bind(port.listen, port.port)
    stack.callback(bound.close)
    keyring = Keyring(keys, parts.clock)
    peers = PeerClient.open(keyring, parts.randomness)
    stack.push_async_callback(peers.close)
    address = port.address(bound.getsockname()[1])
    membership = LeaseMembership(
        parts.connection, parts.namespace, parts.clock, parts.identity, address
    )
    stack.push_async_callback(membership.close)
    nonces = SharedNonces(keyring, membership, peers, parts.randomness)
    listener = PeerListener(nonces, keyring, parts.randomness)
    stack.push_async_callback(listener.close)
    await listener.listen(bound)
    await membership.start()
    await nonces.start()
    return ReplicaNonces(nonces, membership)
