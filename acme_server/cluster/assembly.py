"""One server in a cluster, put together from its parts: opened at the start, closed in reverse.

It answers nobody before it knows every bundle, the keys of nonces and the store; until then it says
so at its operations endpoint and tries again, for as long as that takes.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final, TypeVar

from acme_server.assembly.beside import go_on, told_or_failed
from acme_server.assembly.environment import Foundation
from acme_server.assembly.given_certificate import LOOK_EVERY, ServedFiles
from acme_server.assembly.operations import Operations
from acme_server.cluster.replica import Place
from acme_server.cluster.settings import ClusterSettings
from acme_server.domain.problems import ACMEError
from acme_server.kubernetes_api.access import Access
from acme_server.kubernetes_api.connection import Connection
from acme_server.membership.port import MembershipUnavailable
from acme_server.metrics.state import BundleState
from acme_server.nonces.replica import ReplicaNonces
from acme_server.ports import BundlesUnavailable, Clock
from acme_server.services.capacity import CertificateCap
from acme_server.services.dispatch import Dispatcher
from acme_server.services.environment import Environment
from acme_server.services.taking_over import TakingOver
from acme_server.sources.bundles.watched import WatchedBundles
from acme_server.stores.kubernetes.store import KubernetesStore
from acme_server.validation.networks import SpecialNetwork
from acme_server.web import application, server
from acme_server.web.draining import DRAINING
from acme_server.web.readiness import Phase
from acme_server.web.tls import InvalidServingCertificate
from certwright.bundles.document import BundleRefused
from certwright.bundles.nonce_keys import NonceKeysBundle

GRACE: Final = 10.0
"""Seconds that requests in flight have to finish once no more are taken."""

_RETRY: Final = 1.0
_LOOK_FOR_KEYS_EVERY: Final = 0.5

_log = logging.getLogger(__name__)

T = TypeVar("T")


class Untimely(Exception):
    """What the start needs isn't there yet; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What a server tells when it answers requests.

    Args:
        directories: URL of each profile's directory, by `NAMESPACE/NAME`.
        port: The port that is listened on.
        operations: URL of the endpoint for those who run the server; None where there is none.
    """

    directories: Mapping[str, str]
    port: int
    operations: str | None = None


async def serve(
    access: Access,
    namespace: str,
    settings: ClusterSettings,
    announce: Callable[[Ready], None],
    stop: asyncio.Event,
) -> None:
    """Serve until `stop` is set, then go on for a while and finish what is in flight.

    Args:
        access: How to come to the API server.
        namespace: The server's own, with its bundles and its documents.
        settings: The settings.
        announce: Called once, when requests are answered.
        stop: Ends it, at any time.

    Raises:
        CannotListen: An address is taken, or not ours.
        AuditFileUnusable: The audit log's file can't be written to.
        InvalidServingCertificate: The certificate and key can't be served with.
        OSError: A file of `access` can't be read, or the peers' address can't be listened on.
    """
    async with AsyncExitStack() as stack:
        bound = server.bind(settings.listen.host, settings.listen.port)
        stack.callback(bound.close)
        operations = Operations(settings, stack)
        served = ServedFiles(settings.tls.certificate, settings.tls.key)
        served.load()
        assembly = _Assembly(access, namespace, settings, operations, stack)
        running = asyncio.create_task(assembly.run(bound, served, announce, stop))
        told = asyncio.create_task(stop.wait())
        await asyncio.wait({running, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not assembly.serving:
            running.cancel()
        try:
            await running
        except asyncio.CancelledError:
            if not stop.is_set():
                raise


class _Assembly:
    """The parts of one server."""

    def __init__(
        self,
        access: Access,
        namespace: str,
        settings: ClusterSettings,
        operations: Operations,
        stack: AsyncExitStack,
    ) -> None:
        self.serving = False
        self._settings = settings
        self._operations = operations
        self._stack = stack
        self._audit = operations.audit(stack)
        self._connection = Connection.open(access)
        stack.push_async_callback(self._connection.close)
        store = KubernetesStore(self._connection, namespace)
        self._foundation = Foundation(
            settings,
            store,
            self._audit,
            operations.instruments,
            settings.peers.identity,
            _refused(access),
        )
        clock, randomness = self._foundation.clock, self._foundation.randomness
        self._cap = CertificateCap(store, clock, settings.store.max_certificates)
        self._foundation.cap = self._cap
        self._bundles = WatchedBundles(
            self._connection, namespace, settings.bundles.stale_after.total_seconds()
        )
        self._place = Place(self._connection, namespace, settings.peers, clock, randomness)

    async def run(
        self,
        bound: socket.socket,
        served: ServedFiles,
        announce: Callable[[Ready], None],
        stop: asyncio.Event,
    ) -> None:
        """Open everything, serve until told to stop, and leave the rest to the stack."""
        await self._operations.start(self._stack)
        beside = [go_on(self._stack, self._bundles.run())]
        await self._bundles.synchronised()
        foundation = self._foundation
        await self._until(lambda: foundation.guard.start(foundation.documents))
        shared = await self._until(self._open_nonces)
        environment = self._environment(shared)
        self._tell()
        beside += self._work(shared)
        beside.append(go_on(self._stack, _renewed(served, foundation.clock)))
        made = application.make(Dispatcher(environment), meter=self._operations.instruments)
        running = await server.start(made, bound, served.context)
        self._stack.push_async_callback(running.close, GRACE)
        self.serving = True
        self._operations.readiness.phase = Phase.SERVING
        announce(self._ready(Dispatcher(environment), running.port))
        try:
            await told_or_failed(stop, beside)
        finally:
            self._operations.readiness.phase = Phase.DRAINING
        made[DRAINING].set()
        await self._drain(shared)

    async def _drain(self, shared: ReplicaNonces) -> None:
        """Let another replica have the nonces, and serve on until nobody is sent here any more."""
        seconds = self._settings.shutdown.drain.total_seconds()
        _log.info("stopping: serving on for %g seconds, and finishing what is in flight", seconds)
        await asyncio.gather(shared.nonces.hand_over(), asyncio.sleep(seconds))

    async def _open_nonces(self) -> ReplicaNonces:
        async with AsyncExitStack() as opened:
            shared = await self._place.open_nonces(opened, self._nonce_keys())
            self._stack.push_async_exit(opened.pop_all())
            return shared

    def _nonce_keys(self) -> NonceKeysBundle:
        try:
            keys = self._bundles.nonce_keys
        except BundleRefused as refused:
            raise Untimely(str(refused)) from None
        if keys is None:
            raise Untimely("the operator hasn't written the keys of nonces yet")
        return keys

    def _environment(self, shared: ReplicaNonces) -> Environment:
        self._stack.push_async_callback(self._foundation.validations.close)
        return self._foundation.environment(
            self._settings.public_url, self._bundles, shared.nonces, (self._cap.require_room,)
        )

    def _work(self, shared: ReplicaNonces) -> list[asyncio.Task[None]]:
        """Begin what goes on beside serving."""
        foundation, stack = self._foundation, self._stack
        taking_over = TakingOver(
            foundation.documents,
            foundation.validations,
            foundation.clock,
            self._settings.peers.identity,
            shared.membership,
        )
        stack.push_async_callback(taking_over.release)
        sweeper = foundation.sweeper(self._place.turn(stack))
        works = (
            shared.membership.run(),
            taking_over.run(),
            foundation.guard.run(),
            self._cap.run(),
            sweeper.run(),
            self._follow_keys(shared),
        )
        return [go_on(stack, each) for each in works]

    async def _follow_keys(self, shared: ReplicaNonces) -> None:
        """Use the keys of nonces that are in force, until cancelled."""
        current: NonceKeysBundle | None = None
        while True:
            # Those that are gone or can't be used leave the ones before in use.
            with suppress(Untimely):
                found = self._nonce_keys()
                if found != current:
                    current = found
                    shared.nonces.keys_changed(found)
            await self._foundation.clock.sleep(_LOOK_FOR_KEYS_EVERY)

    def _tell(self) -> None:
        bundles, foundation = self._bundles, self._foundation

        async def current() -> str | None:
            try:
                bundles.require_current()
            except BundlesUnavailable as told:
                return str(told)
            return None

        def state() -> BundleState:
            return BundleState(bundles.sight.age, bundles.sight.refused)

        readiness = self._operations.readiness
        readiness.require("bundles", current)
        readiness.tell(lambda: bundles.faults)
        self._operations.watch(
            foundation.documents, foundation.validations, lambda: bundles.profiles, state
        )

    def _ready(self, dispatcher: Dispatcher, port: int) -> Ready:
        directories = {each.key: dispatcher.directory_url(each) for each in self._bundles.profiles}
        return Ready(directories, port, self._operations.address)

    async def _until(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return what an attempt does, once it does; why it doesn't is told when it changes."""
        told = ""
        while True:
            try:
                return await attempt()
            except (ACMEError, MembershipUnavailable, Untimely) as error:
                if str(error) != told:
                    _log.warning("the start waits: %s", error)
                told = str(error)
            await self._foundation.clock.sleep(_RETRY)


async def _renewed(served: ServedFiles, clock: Clock) -> None:
    """Go on looking at the certificate's files, until cancelled."""
    while True:
        await clock.sleep(LOOK_EVERY)
        try:
            await asyncio.to_thread(served.look)
        except (InvalidServingCertificate, OSError) as error:
            _log.error("the serving certificate stays as it is: %s", error)


def _refused(access: Access) -> tuple[SpecialNetwork, ...]:
    """Return the API server as a network: no account holder is to reach it through this server."""
    address = access.address
    return () if address is None else (SpecialNetwork(ip_network(address), "the API server"),)
