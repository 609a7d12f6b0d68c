"""One server in a cluster, put together from its parts: opened at the start, closed in reverse.

It answers nobody before it has its certificate, every bundle, the store and the keys of nonces;
until then it says so at its operations endpoint and tries again, for as long as that takes.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from typing import Final

from acme_server.assembly.beside import go_on, told_or_failed
from acme_server.assembly.environment import Foundation
from acme_server.assembly.given_certificate import ServedFiles, look_on
from acme_server.assembly.operations import Operations
from acme_server.cluster.alone import PATIENCE, Alone
from acme_server.cluster.place import Place, Taken
from acme_server.cluster.replica import AmongReplicas, Surroundings
from acme_server.cluster.settings import ClusterSettings
from acme_server.cluster.start import Start
from acme_server.kubernetes_api.access import Access
from acme_server.kubernetes_api.connection import Connection
from acme_server.metrics.state import BundleState
from acme_server.ports import BundlesUnavailable, Nonces
from acme_server.services.dispatch import Dispatcher
from acme_server.services.environment import Environment
from acme_server.services.told_urls import ToldUrls
from acme_server.sources.bundles.watched import WatchedBundles
from acme_server.system import SystemClock, SystemRandomness
from acme_server.validation.networks import SpecialNetwork
from acme_server.web import application, server
from acme_server.web.draining import DRAINING
from acme_server.web.readiness import Phase

GRACE: Final = 10.0
"""Seconds that requests in flight have to finish once no more are taken."""

_log = logging.getLogger(__name__)


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
        DatabaseInUse: Another server has the database, and doesn't end.
        DatabaseUnusable: The database can't be opened.
        OSError: A file of `access` can't be read, or the peers' address can't be listened on.
    """
    async with AsyncExitStack() as stack:
        bound = server.bind(settings.listen.host, settings.listen.port)
        stack.callback(bound.close)
        operations = Operations(settings, stack)
        assembly = _Assembly(access, namespace, settings, operations, stack)
        running = asyncio.create_task(assembly.run(bound, announce, stop))
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
        self._namespace = namespace
        self._settings = settings
        self._operations = operations
        self._stack = stack
        self._audit = operations.audit(stack)
        self._refused = _refused(access)
        self._connection = Connection.open(access)
        stack.push_async_callback(self._connection.close)
        self._bundles = WatchedBundles(
            self._connection, namespace, settings.bundles.stale_after.total_seconds()
        )
        self._clock = SystemClock()
        self._start = Start(operations.readiness, self._clock)

    async def run(
        self, bound: socket.socket, announce: Callable[[Ready], None], stop: asyncio.Event
    ) -> None:
        """Open everything, serve until told to stop, and leave the rest to the stack."""
        await self._operations.start(self._stack)
        beside = [go_on(self._stack, self._bundles.run())]
        served = await self._served_files()
        await self._start.until("the bundles", self._bundles.synchronised)
        place = await self._place()
        foundation = self._foundation(place)
        await self._start.until("the storage", lambda: foundation.guard.start(foundation.documents))
        taken = await place.take(self._stack, self._start, foundation)
        dispatcher = Dispatcher(self._environment(place, foundation, taken.nonces))
        told = ToldUrls(lambda: self._bundles.profiles, dispatcher.directory_url, self._clock)
        self._tell(place, foundation, told)
        beside += [
            go_on(self._stack, work()) for work in (*taken.works, foundation.guard.run, told.run)
        ]
        beside.append(go_on(self._stack, look_on(served.look, self._clock)))
        made = application.make(dispatcher, meter=self._operations.instruments)
        running = await server.start(made, bound, served.context)
        self._stack.push_async_callback(running.close, GRACE)
        self.serving = True
        self._operations.readiness.phase = Phase.SERVING
        announce(self._ready(dispatcher, running.port))
        try:
            await told_or_failed(stop, beside)
        finally:
            self._operations.readiness.phase = Phase.DRAINING
        made[DRAINING].set()
        await self._drain(taken)

    async def _served_files(self) -> ServedFiles:
        """Return the certificate's files once they can be served with."""
        served = ServedFiles(self._settings.tls.certificate, self._settings.tls.key)

        async def loaded() -> None:
            served.load()

        await self._start.until("the serving certificate", loaded)
        return served

    async def _place(self) -> Place:
        """Return where the state is kept, once that is nobody else's."""
        randomness, file = SystemRandomness(), self._settings.store.file
        if file is None:
            surroundings = Surroundings(self._connection, self._namespace, self._bundles)
            return AmongReplicas(surroundings, self._settings, self._clock, randomness)
        holder = self._settings.peers.identity
        patience = PATIENCE + self._settings.shutdown.drain.total_seconds()
        opening = partial(Alone.open_at, self._stack, file, holder, self._clock, randomness)
        return await self._start.until("the database", opening, patience)

    def _foundation(self, place: Place) -> Foundation:
        foundation = Foundation(
            self._settings,
            place.store,
            self._audit,
            self._operations.instruments,
            place.replica,
            self._refused,
        )
        foundation.cap = place.cap
        self._stack.push_async_callback(foundation.validations.close)
        return foundation

    def _environment(self, place: Place, foundation: Foundation, nonces: Nonces) -> Environment:
        checks = () if place.cap is None else (place.cap.require_room,)
        return foundation.environment(self._settings.public_url, self._bundles, nonces, checks)

    async def _drain(self, taken: Taken) -> None:
        """Let another replica have the nonces, and serve on until nobody is sent here any more."""
        seconds = self._settings.shutdown.drain.total_seconds()
        _log.info("stopping: serving on for %g seconds, and finishing what is in flight", seconds)
        await asyncio.gather(taken.hand_over(), asyncio.sleep(seconds))

    def _tell(self, place: Place, foundation: Foundation, urls: ToldUrls) -> None:
        bundles = self._bundles

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
        readiness.require("writing", place.access.lacking)
        readiness.tell(lambda: (*bundles.faults, *urls.differing.values()))
        self._operations.watch(
            foundation.documents,
            foundation.validations,
            lambda: bundles.profiles,
            state,
            lambda: urls.differing,
        )

    def _ready(self, dispatcher: Dispatcher, port: int) -> Ready:
        directories = {each.key: dispatcher.directory_url(each) for each in self._bundles.profiles}
        return Ready(directories, port, self._operations.address)


def _refused(access: Access) -> tuple[SpecialNetwork, ...]:
    """Return the API server as a network: no account holder is to reach it through this server."""
    address = access.address
    return () if address is None else (SpecialNetwork(ip_network(address), "the API server"),)
