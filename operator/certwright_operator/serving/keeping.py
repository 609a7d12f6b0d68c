"""The part of the operator that keeps the server's TLS, beside the reconciler."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Set
from datetime import datetime
from typing import Any, Final

from certwright.bundles.objects import BundleKind
from certwright.pki.errors import PKIError
from certwright.reconcile.effects import Effects
from certwright_operator.api.port import (
    API,
    PROFILES,
    SECRETS,
    AlreadyExists,
    Conflict,
    Refused,
    Unavailable,
)
from certwright_operator.children.places import Namespaces
from certwright_operator.reconciling.clock import Clock
from certwright_operator.serving.given import GivenSecret
from certwright_operator.serving.issued import Issued
from certwright_operator.serving.look import Look
from certwright_operator.serving.names import Names
from certwright_operator.serving.store import RESOURCES, Store
from certwright_operator.serving.trust import Trust
from certwright_operator.settings import ServingSource, Settings

_log = logging.getLogger(__name__)

SETTLING: Final = 1.0
"""Seconds after news in which more of it may come: it costs one look then."""

AGAIN: Final = 10.0
"""Seconds until what failed is tried again."""

GIVEN_EVERY: Final = 60.0
"""Seconds between two looks at a Secret of somebody else's, which no watch tells of."""

_ISSUED_EVERY: Final = 600.0
"""Seconds between two looks, in which time may have made something due."""

_PROFILE_BUNDLE: Final = f"{BundleKind.PROFILE}."

Hostnames = Callable[[], Set[str] | None]
"""Returns the hosts of their own that profiles have; None while that can't be told."""


class Serving:
    """Keeps the server's TLS, and what is published for its clients.

    Args:
        api: The API server.
        settings: Who makes the certificate, and where everything is.
        clock: The time.
        effects: Keys and serial numbers.
        hostnames: Tells what profiles have.
        trust: Is told what is published.
    """

    def __init__(
        self,
        api: API,
        settings: Settings,
        clock: Clock,
        effects: Effects,
        hostnames: Hostnames,
        trust: Trust,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._hostnames = hostnames
        self._trust = trust
        store = Store(api, Namespaces(settings.operator_namespace, settings.server_namespace))
        self._given = GivenSecret(store, settings)
        self._issued = Issued(store, settings, effects)
        self._names = Names({settings.server_host, *settings.serving.names})
        source = self._given if self._is_given else self._issued
        self._places = {
            (RESOURCES[key.kind].plural, key.namespace, key.name) for key in source.keys
        }
        self._looked_with: Set[str] | None = None
        self._touched = False
        self._woken = asyncio.Event()
        self._last = Look(None)

    @property
    def faults(self) -> tuple[str, ...]:
        """What people have to see to, a sentence each."""
        return self._last.faults

    @property
    def ends(self) -> datetime | None:
        """When the server's certificate ends; None if there is none, or it isn't known yet."""
        return self._last.ends

    @property
    def losses(self) -> int:
        """How often a root was made anew because the former one was lost."""
        return self._issued.losses

    def seen(self, plural: str, type: str | None, body: Mapping[str, Any]) -> None:  # noqa: A002, ARG002
        """Take in an event of a watch: see `Reconciler.seen`, which has to hear of it before."""
        metadata = body["metadata"]
        if (plural, metadata.get("namespace"), metadata["name"]) in self._places:
            self._touched = True
            self._woken.set()
        elif plural == PROFILES.plural or (
            plural == SECRETS.plural and metadata["name"].startswith(_PROFILE_BUNDLE)
        ):
            self._woken.set()

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._wait(await self._attempt())

    async def keep(self) -> None:
        """Look once, and carry out what is due.

        Raises:
            PKIError: Nothing can be issued: the clock, say, stands before the root's beginning.
            Conflict, AlreadyExists: Somebody else has written meanwhile.
            Refused, Unavailable: Something can't be read or written.
        """
        self._touched = False
        now = self._clock.now()
        if self._is_given:
            look = await self._given.look(now)
        else:
            look = await self._issued.look(self._hosts, now)
        self._note(look)

    @property
    def _is_given(self) -> bool:
        return self._settings.serving.source is ServingSource.GIVEN

    async def _attempt(self) -> float:
        """Look once, whatever comes of it; return the seconds until another look is due."""
        try:
            await self.keep()
        except (AlreadyExists, Conflict) as overtaken:
            _log.info("the server's TLS has changed, and is looked at again: %s", overtaken)
            return SETTLING
        except (PKIError, Refused, Unavailable) as failure:
            _log.warning("the server's TLS can't be kept up yet: %s", failure)
            return AGAIN
        every = GIVEN_EVERY if self._is_given else _ISSUED_EVERY
        return min(every, self._settings.resync.total_seconds())

    async def _wait(self, seconds: float) -> None:
        """Wait for news that matters, or until a time has passed."""
        try:
            async with asyncio.timeout(seconds):
                while not self._is_concerned:
                    self._woken.clear()
                    await self._woken.wait()
        except TimeoutError:
            return
        await self._clock.sleep(SETTLING)

    @property
    def _is_concerned(self) -> bool:
        return self._touched or (not self._is_given and self._hostnames() != self._looked_with)

    def _hosts(self, held: Set[str]) -> Set[str]:
        self._looked_with = self._hostnames()
        return self._names.wanted(self._looked_with, held, self._clock.monotonic())

    def _note(self, look: Look) -> None:
        before, self._last = self._last, look
        for fault in look.faults:
            if fault not in before.faults:
                _log.error("the server's TLS: %s", fault)
        if before.faults and not look.faults:
            _log.info("the server's TLS is as it should be again")
        if look.trust is not None:
            self._trust.published(look.trust or None)
