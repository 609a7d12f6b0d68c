"""One server, put together from its parts: what is opened at the start, and closed in reverse.

Nothing is changed before what can be wrong with the arguments has been looked at: the address is
taken and the documents are read before the data folder is touched.
"""

import asyncio
import logging
import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from acme_server.assembly.beside import go_on, told_or_failed
from acme_server.assembly.environment import Foundation
from acme_server.assembly.operations import Operations
from acme_server.nonces.local import LocalNonces
from acme_server.services.dispatch import Dispatcher
from acme_server.services.environment import Environment
from acme_server.services.write_access import WriteAccess
from acme_server.sources.folder import FolderBroken, FolderSource
from acme_server.sources.loading import load
from acme_server.standalone import data
from acme_server.standalone.apply import DataFolder
from acme_server.standalone.files import Files
from acme_server.standalone.lock import check_apart, locked, prepare
from acme_server.standalone.serving import Serving, require_usable
from acme_server.standalone.settings import Settings
from acme_server.stores.sql.sqlite import SQLiteStore
from acme_server.system import SystemClock
from acme_server.web import application, server
from acme_server.web.readiness import Phase
from certwright.pki.certificates import random_serial
from certwright.pki.keys import generate
from certwright.reconcile.effects import Effects

GRACE: Final = 10.0
"""Seconds that requests in flight have to finish once the server is told to stop."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ready:
    """What a server tells when it answers requests.

    Args:
        directories: URL of each profile's directory, by `NAMESPACE/NAME`.
        trust: PEM file with the root of the serving certificate; None where that was given.
        operations: URL of the endpoint for those who run the server; None where there is none.
    """

    directories: Mapping[str, str]
    trust: Path | None
    operations: str | None = None


async def serve(
    documents: Path,
    folder: Path,
    settings: Settings,
    announce: Callable[[Ready], None],
    stop: asyncio.Event,
) -> None:
    """Serve a folder of documents until `stop` is set, then finish what is in flight.

    Args:
        documents: The folder of documents.
        folder: The data folder; made if its parent is there.
        settings: The settings.
        announce: Called once, when requests are answered.
        stop: Ends it.

    Raises:
        CannotListen: An address is taken, or not ours.
        FolderBroken: Some document can't be used.
        DataFolderError: The data folder can't be used, or another server uses it.
        AuditFileUnusable: The audit log's file can't be written to.
        KeepingFailed: A file of the data folder can't be read or written.
        DatabaseUnusable: The database can't be opened.
        InvalidServingCertificate: The given certificate and key can't be served with.
    """
    async with AsyncExitStack() as stack:
        bound = server.bind(settings.listen.host, settings.listen.port)
        stack.callback(bound.close)
        operations = Operations(settings, stack)
        check_apart(documents, folder)
        _require_sound(documents)
        require_usable(settings)
        folder = prepare(folder)
        stack.enter_context(locked(folder))
        assembly = _Assembly(documents, Files(folder), settings, bound, operations)
        await assembly.run(stack, announce, stop)


def _require_sound(documents: Path) -> None:
    loaded = load(documents)
    if loaded.errors:
        raise FolderBroken(loaded.errors)


class _Assembly:
    """The parts of one server."""

    def __init__(
        self,
        documents: Path,
        files: Files,
        settings: Settings,
        bound: socket.socket,
        operations: Operations,
    ) -> None:
        self._documents = documents
        self._files = files
        self._settings = settings
        self._bound = bound
        self._operations = operations
        self._instruments = operations.instruments
        self._base_url = settings.base_url(bound.getsockname()[1])
        self._clock = SystemClock()
        self._effects = Effects(generate, secrets.token_bytes, random_serial)

    async def run(
        self, stack: AsyncExitStack, announce: Callable[[Ready], None], stop: asyncio.Event
    ) -> None:
        """Open everything, serve until told to stop, and leave the rest to the stack."""
        audit = self._operations.audit(stack)
        await self._operations.start(stack)
        self._files.sweep()
        store = SQLiteStore.open(self._files.root / data.DATABASE)
        stack.push_async_callback(store.close)
        source = await self._source()
        foundation = Foundation(self._settings, store, audit, self._instruments)
        await foundation.guard.start(foundation.documents)
        environment = self._environment(stack, foundation, source)
        self._operations.watch(
            foundation.documents, foundation.validations, lambda: source.profiles
        )
        access = WriteAccess(store, self._clock)
        serving = Serving(self._settings, self._files, self._effects, self._base_url)
        serving.start(source.hostnames, self._clock.now())
        dispatcher = Dispatcher(environment)
        await environment.validations.resume()
        made = application.make(dispatcher, meter=self._instruments)
        running = await server.start(made, self._bound, serving.context)
        stack.push_async_callback(running.close, GRACE)
        beside = [
            go_on(stack, source.run()),
            go_on(stack, serving.run(lambda: source.hostnames, self._clock)),
            go_on(stack, foundation.guard.run()),
            go_on(stack, access.run()),
            go_on(stack, foundation.sweeper().run()),
        ]
        self._operations.readiness.require("writing", access.lacking)
        self._operations.readiness.phase = Phase.SERVING
        self._warn()
        announce(self._ready(source, dispatcher, serving))
        try:
            await told_or_failed(stop, beside)
        finally:
            self._operations.readiness.phase = Phase.DRAINING
        _log.info("stopping: requests in flight have %g seconds to finish", GRACE)

    def _warn(self) -> None:
        if self._settings.listens_everywhere and self._settings.public_url is None:
            _log.warning(
                "other machines are told URLs under %s, which is themselves: set publicURL",
                self._base_url,
            )

    async def _source(self) -> FolderSource:
        keeper = DataFolder(self._files)
        source = FolderSource(self._documents, keeper, self._effects, self._clock, self._base_url)
        await source.start()
        return source

    def _environment(
        self, stack: AsyncExitStack, foundation: Foundation, source: FolderSource
    ) -> Environment:
        nonces = LocalNonces(foundation.randomness.token(32), foundation.randomness)
        nonces.take_up(self._files.root / data.NONCES)
        stack.callback(nonces.hand_over, self._files.root / data.NONCES)
        stack.push_async_callback(foundation.validations.close)
        return foundation.environment(self._base_url, source, nonces)

    def _ready(self, source: FolderSource, dispatcher: Dispatcher, serving: Serving) -> Ready:
        directories = {each.key: dispatcher.directory_url(each) for each in source.profiles}
        return Ready(directories, serving.trust, self._operations.address)
