"""One server, put together from its parts: what is opened at the start, and closed in reverse.

Nothing is changed before what can be wrong with the arguments has been looked at: the address is
taken and the documents are read before the data folder is touched.
"""

import asyncio
import logging
import secrets
import socket
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from acme_server.metrics.measured import MeasuredNonces, MeasuredStore, MeasuredValidator
from acme_server.nonces.local import LocalNonces
from acme_server.ports import Audit
from acme_server.services.dispatch import Dispatcher
from acme_server.services.documents import Documents
from acme_server.services.environment import Environment
from acme_server.services.validations import Validations
from acme_server.signers.local import LocalSigner
from acme_server.sources.folder import FolderBroken, FolderSource
from acme_server.sources.loading import load
from acme_server.standalone import data
from acme_server.standalone.apply import DataFolder
from acme_server.standalone.files import Files
from acme_server.standalone.lock import check_apart, locked, prepare
from acme_server.standalone.operations import Operations
from acme_server.standalone.serving import Serving, require_usable
from acme_server.standalone.settings import Settings
from acme_server.stores.sql.sqlite import SQLiteStore
from acme_server.system import SystemClock, SystemRandomness
from acme_server.validation.schedule import next_attempt
from acme_server.validation.validator import ChallengeValidator
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
        environment = self._environment(stack, store, source, audit)
        self._operations.watch(environment.documents, environment.validations, source)
        serving = Serving(self._settings, self._files, self._effects, self._base_url)
        serving.start(source.hostnames, self._clock.now())
        dispatcher = Dispatcher(environment)
        await environment.validations.resume()
        made = application.make(dispatcher, meter=self._instruments)
        running = await server.start(made, self._bound, serving.context)
        stack.push_async_callback(running.close, GRACE)
        beside = [
            self._go_on(stack, source.run()),
            self._go_on(stack, serving.run(lambda: source.hostnames, self._clock)),
        ]
        self._operations.readiness.phase = Phase.SERVING
        if self._settings.listens_everywhere and self._settings.public_url is None:
            _log.warning(
                "other machines are told URLs under %s, which is themselves: set publicURL",
                self._base_url,
            )
        announce(self._ready(source, dispatcher, serving))
        try:
            await told_or_failed(stop, beside)
        finally:
            self._operations.readiness.phase = Phase.DRAINING
        _log.info("stopping: requests in flight have %g seconds to finish", GRACE)

    async def _source(self) -> FolderSource:
        keeper = DataFolder(self._files)
        source = FolderSource(self._documents, keeper, self._effects, self._clock, self._base_url)
        await source.start()
        return source

    def _environment(
        self, stack: AsyncExitStack, store: SQLiteStore, source: FolderSource, audit: Audit
    ) -> Environment:
        randomness = SystemRandomness()
        nonces = LocalNonces(randomness.token(32), randomness)
        nonces.take_up(self._files.root / data.NONCES)
        stack.callback(nonces.hand_over, self._files.root / data.NONCES)
        documents = Documents(MeasuredStore(store, self._instruments), randomness)
        validations = self._validations(documents, audit)
        stack.push_async_callback(validations.close)
        return Environment(
            base_url=self._base_url,
            documents=documents,
            bundles=source,
            nonces=MeasuredNonces(nonces, self._instruments),
            validations=validations,
            signer=LocalSigner(),
            clock=self._clock,
            randomness=randomness,
            audit=audit,
            lifetimes=self._settings.service_lifetimes,
        )

    def _validations(self, documents: Documents, audit: Audit) -> Validations:
        settings = self._settings.validation
        agent = version("certwright")
        validator = ChallengeValidator.from_settings(settings, self._clock, agent)
        return Validations(
            documents,
            MeasuredValidator(validator, self._instruments),
            self._clock,
            self._settings.service_lifetimes,
            partial(next_attempt, retry_for=settings.retry_for),
            audit,
        )

    def _go_on(self, stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something beside serving, until the end."""
        task = asyncio.create_task(work)
        stack.push_async_callback(_ended, task)
        return task

    def _ready(self, source: FolderSource, dispatcher: Dispatcher, serving: Serving) -> Ready:
        directories = {each.key: dispatcher.directory_url(each) for each in source.profiles}
        return Ready(directories, serving.trust, self._operations.address)


async def told_or_failed(stop: asyncio.Event, beside: list[asyncio.Task[None]]) -> None:
    """Wait until the server is told to stop, or what runs beside it fails: raise that.

    A server that no longer sees its documents change must not go on as if it did.
    """
    told = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({told, *beside}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    for task in beside:
        if task in done:
            task.result()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
