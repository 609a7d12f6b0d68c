"""A watch of some kinds in some namespaces, as one embedded kopf operator."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, cast

import kopf
from kubernetes.aio.client.configuration import Configuration

from certwright_operator.api.port import Resource
from certwright_operator.settings import MANAGER
from certwright_operator.triggers import login
from certwright_operator.triggers.nothing import NoEssence, NoProgress
from certwright_operator.triggers.streams import Streams

PAGE: Final = 500
"""Objects that are listed at a time: more at once would be more memory for the same."""

_IDLE: Final = 0.02
"""Seconds that kopf keeps a task for an object after its last event. Its default of 5 would keep a
task for every object there is after a list; 0 makes it never take what is queued (Python 3.11's
`wait_for`)."""


class WatchEnded(Exception):
    """kopf has stopped, for whatever reason: nothing tells of changes any longer."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Some kinds, watched in the same namespaces by the same labels.

    Args:
        resources: The kinds.
        namespaces: Where; None means everywhere.
        labels: Selector that the API server applies; empty selects all.
        registry: The triggers.
        started: Set once kopf has started; by then it has taken the process's signals.
    """

    resources: tuple[Resource, ...]
    namespaces: frozenset[str] | None = None
    labels: str = ""
    registry: kopf.OperatorRegistry = field(default_factory=kopf.OperatorRegistry)
    started: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def paths(self) -> Iterator[str]:
        """The paths of all collections that are watched."""
        for resource in self.resources:
            for namespace in sorted(self.namespaces) if self.namespaces is not None else (None,):
                yield resource.path(namespace)

    async def run(self, configuration: Configuration, streams: Streams, me: str) -> NoReturn:
        """Watch for ever.

        Args:
            configuration: How to come to the API server.
            streams: Is told of what is watched.
            me: This replica's identity.

        Raises:
            WatchEnded: kopf has stopped.
        """

        @kopf.on.login(registry=self.registry)
        async def come(**_: Any) -> kopf.AiohttpSession:
            return await login.session(configuration, streams)

        ended = f"the watch of {', '.join(self.paths)} has ended"
        try:
            await kopf.operator(
                registry=self.registry,
                settings=self._settings(),
                # kopf would look for a name of its own in the environment and DNS.
                identity=cast("Any", me),
                standalone=True,
                clusterwide=self.namespaces is None,
                namespaces=sorted(self.namespaces or ()),
                ready_flag=self.started,
            )
        except Exception as error:
            raise WatchEnded(f"{ended}: {error!r}") from error
        raise WatchEnded(ended)

    def _settings(self) -> kopf.OperatorSettings:
        settings = kopf.OperatorSettings()
        settings.scanning.disabled = True
        settings.peering.standalone = True
        settings.posting.enabled = False
        settings.persistence.finalizer = f"certwright.dev/{MANAGER}"
        settings.persistence.diffbase_storage = NoEssence()
        settings.persistence.progress_storage = NoProgress()
        settings.watching.chunk_size = PAGE
        settings.watching.connect_timeout = 5
        settings.networking.connect_timeout = 5
        settings.networking.request_timeout = 60
        settings.queueing.idle_timeout = _IDLE
        # It kills the process; whoever runs this sees to its end.
        settings.process.ultimate_exiting_timeout = None
        if self.labels:
            for resource in self.resources:
                settings.watching.label_selectors[resource.plural] = self.labels
        return settings


def quieten() -> None:
    """Let kopf log what is wrong: not every event, nor that it was cancelled."""
    logging.getLogger("kopf").setLevel(logging.WARNING)
    logging.getLogger("kopf._core.reactor.running").setLevel(logging.ERROR)


def told_by(resource: Resource) -> tuple[str, str, str]:
    """Return how a trigger's decorator names a kind."""
    return resource.group, resource.version, resource.plural
