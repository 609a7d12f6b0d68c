"""Puts the operator together: waits for the Lease, works while it holds it, and ends."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Final

from kubernetes.aio.client.configuration import Configuration

from certwright.pki.certificates import random_serial
from certwright.pki.keys import generate
from certwright.reconcile.effects import Effects
from certwright_operator import endpoint, health
from certwright_operator.api.events import Events
from certwright_operator.api.kubernetes import KubernetesAPI
from certwright_operator.injection.injector import Injector
from certwright_operator.leading.election import Election
from certwright_operator.metrics import Metrics, Standing
from certwright_operator.nonce_keys import NonceKeys
from certwright_operator.reconciling.reconciler import Reconciler
from certwright_operator.serving.keeping import Serving
from certwright_operator.serving.trust import Trust
from certwright_operator.settings import Settings
from certwright_operator.signals import Signals
from certwright_operator.system import SystemClock
from certwright_operator.triggers import definitions, watch
from certwright_operator.triggers.inbox import Inbox, Inboxes
from certwright_operator.triggers.reach import within_reach
from certwright_operator.triggers.streams import Streams
from certwright_operator.triggers.watch import Watch

logger = logging.getLogger(__name__)

Watches = Callable[[Settings, Inbox], tuple[Watch, ...]]
"""Makes the watches, and says whom they tell."""

_OPENING: Final = 60.0
"""Seconds in which a list or a watch has to be answered, until all watches are open."""


class NotWatched(Exception):
    """The API server doesn't let something be watched that has to be."""


class Operator:
    """One replica.

    Args:
        settings: The settings.
        configuration: How to come to the API server.
        watches: Makes the watches.
    """

    def __init__(self, settings: Settings, configuration: Configuration, watches: Watches) -> None:
        self._settings = settings
        self._configuration = configuration
        self._watches = watches
        self._clock = SystemClock()
        self._metrics = Metrics()
        self._reconciler: Reconciler | None = None
        self._serving: Serving | None = None
        self._injector: Injector | None = None
        self._leading = False
        self._signals = Signals(None)

    async def run(self) -> None:
        """Work until a signal says to stop.

        Whatever ends the work otherwise is raised: a process that lost its Lease, or no longer
        hears of changes, is started anew rather than mended.

        Raises:
            LeaseLost: another replica may work now.
            WatchEnded, NotWatched: nothing tells of changes.
            PortTaken: probes can't be answered.
        """
        running = asyncio.create_task(self._run())
        signals = self._signals = Signals(running)
        signals.listen()
        try:
            await running
        except BaseException:
            # What fails while everything is being stopped is no news.
            if not signals.came:
                raise
        logger.info("stopped")

    async def _run(self) -> None:
        api = KubernetesAPI.open(self._configuration, self._metrics.requested)
        settings = self._settings
        election = Election(api, settings.operator_namespace, settings.identity, self._clock)
        self._metrics.ask(self._stands)
        try:
            async with endpoint.serving(settings.listen, self._metrics, self._alive, self._ready):
                await election.win()
                self._leading = True
                try:
                    await self._lead(api, election)
                except BaseExceptionGroup as group:
                    raise _cause(group) from None
                finally:
                    self._leading = False
                    await election.give_back()
        finally:
            await api.close()

    async def _lead(self, api: KubernetesAPI, election: Election) -> None:
        settings, clock = self._settings, self._clock
        events = Events(api, settings.identity, clock.now, clock.monotonic)
        effects = Effects(generate, secrets.token_bytes, random_serial)
        reconciler = Reconciler(api, settings, clock, effects, self._metrics, events)
        self._reconciler = reconciler
        trust = Trust()
        nonce_keys = NonceKeys(api, settings.server_namespace, clock, secrets.token_bytes)
        serving = Serving(api, settings, clock, effects, reconciler.hostnames, trust)
        self._serving = serving
        inbox = Inboxes(reconciler, serving)
        watches = self._watches(await within_reach(api, settings), inbox)
        async with asyncio.TaskGroup() as group:

            def read_anew() -> None:
                group.create_task(reconciler.resync())

            streams = Streams([path for each in watches for path in each.paths], read_anew)
            group.create_task(election.keep())
            group.create_task(nonce_keys.run())
            await definitions.served(api, clock)
            watch.quieten()
            for each in watches:
                group.create_task(each.run(self._configuration, streams, settings.identity))
            for each in watches:
                await each.started.wait()
            # kopf takes the signals for itself when it starts.
            self._signals.listen()
            await _opened(streams)
            await reconciler.start()
            group.create_task(reconciler.run())
            # What profiles have is known from here on.
            group.create_task(serving.run())
            if settings.inject_ca:
                self._injector = injector = Injector(
                    api, trust, reconciler.directory_url, events, clock
                )
                group.create_task(injector.run())

    def _stands(self) -> Standing:
        if self._reconciler is None or self._serving is None or not self._leading:
            return Standing()
        ends = self._serving.ends
        return Standing(
            leading=True,
            pending=self._reconciler.pending,
            failing=self._reconciler.failing,
            frozen=self._reconciler.frozen is not None,
            objects=self._reconciler.counts(),
            serving_faults=len(self._serving.faults),
            serving_ends=None if ends is None else ends.timestamp(),
            serving_losses=self._serving.losses,
            issuers=self._injector.counts() if self._injector is not None else {},
        )

    def _alive(self) -> str | None:
        return health.what_is_dead(self._reconciler, self._clock.monotonic())

    def _ready(self) -> str | None:
        return health.what_is_awaited(self._reconciler)


async def _opened(streams: Streams) -> None:
    """Return once all watches are open, however long lists take that go on.

    Raises:
        NotWatched: nothing was answered for a while.
    """
    heard = -1
    while heard < streams.answers:
        heard = streams.answers
        try:
            async with asyncio.timeout(_OPENING):
                return await streams.all_open()
        except TimeoutError:
            continue
    raise NotWatched(
        f"not watched, and no list answered for {_OPENING:g} seconds: "
        f"{', '.join(streams.awaited)}; are the operator's roles in the cluster?"
    )


def _cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first of the failures that came together: the others followed from it."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
