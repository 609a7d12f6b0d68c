"""The server's TLS from a Secret of somebody else's, which is read and never written."""

import logging
from dataclasses import dataclass
from datetime import datetime

from certwright.serving.given import read_given
from certwright_operator.children.places import ChildKey, ChildKind
from certwright_operator.serving import objects
from certwright_operator.serving.look import Look
from certwright_operator.serving.store import InTheWay, Store
from certwright_operator.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GivenSecret:
    """Publishes what clients have to trust.

    Args:
        store: Reads and writes.
        settings: Where.
    """

    store: Store
    settings: Settings

    @property
    def keys(self) -> tuple[ChildKey, ChildKey]:
        """Where what is trusted and what is served are."""
        settings = self.settings
        return (
            objects.trust_key(settings.server_namespace),
            ChildKey(ChildKind.SECRET, settings.server_namespace, settings.serving.secret),
        )

    async def look(self, now: datetime) -> Look:
        """Publish what the Secret holds.

        Args:
            now: Aware.

        Raises:
            Conflict, AlreadyExists: Somebody else has written meanwhile.
            Refused, Unavailable: Something can't be read or written.
        """
        _, key = self.keys
        secret = await self.store.read(key)
        if secret is None:
            return Look(None, (f"{key} is missing: the server has nothing to be served with",))
        given = read_given(secret.data, self.settings.server_host, now)
        faults = tuple(f"{key}: {each}" for each in given.findings)
        try:
            if given.trust is not None:
                await self._publish(given.trust)
        except InTheWay as barred:
            faults = (*faults, str(barred))
        return Look(given.trust, faults, given.ends)

    async def _publish(self, pem: bytes) -> None:
        key, _ = self.keys
        present = await self.store.read(key)
        if pem:
            wanted = objects.wanted_trust(key, pem)
            written = await self.store.write(wanted, present)
            if present is None or written.version != present.version:
                _log.info("%s: the roots to be trusted are published", key)
        elif present is not None and present.is_ours:
            await self.store.remove(present)
            _log.info("%s: removed, as nothing has to be trusted any more", key)
