"""The source of bundles in a cluster: answers from memory, which follows the Secrets."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from acme_server.kubernetes_api.connection import Connection
from acme_server.kubernetes_api.following import Following, Patience, Selected
from acme_server.ports import BundlesUnavailable
from acme_server.sources.bundles.live_reads import LiveReads
from acme_server.sources.bundles.shelf import Shelf
from certwright.bundles.credential import CredentialInForce
from certwright.bundles.document import BundleRefused
from certwright.bundles.nonce_keys import NonceKeysBundle
from certwright.bundles.objects import BUNDLE_LABEL, credential_object, profile_object
from certwright.bundles.profile import ProfileInForce

STALE_AFTER: Final = 60.0
"""Seconds without a sign of life of the watch, after which nothing is issued."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How well the source sees.

    Args:
        age: Seconds since the last sign of life; None before the first list was read.
        refused: How many bundles of each kind aren't in force as they stand in their Secrets.
    """

    age: float | None
    refused: dict[str, int]


class WatchedBundles:
    """Profiles and credentials from Secrets; implements `acme_server.ports.Bundles`.

    Args:
        connection: To the API server.
        namespace: The server's own.
        stale_after: Seconds without a sign of life, after which nothing is issued.
        monotonic: Seconds on a clock that nobody sets.
    """

    def __init__(
        self,
        connection: Connection,
        namespace: str,
        stale_after: float = STALE_AFTER,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        path = f"/api/v1/namespaces/{namespace}/secrets"
        self._stale_after = stale_after
        self._shelf = Shelf()
        self._reads = LiveReads(connection, path, monotonic)
        self._following = Following(
            connection,
            Selected(path, BUNDLE_LABEL),
            self._shelf,
            # A watch that just ended and the one after it fit in before anything is stale.
            Patience(watch=max(1, int(stale_after / 3)), quiet=max(1.5, stale_after / 2)),
            monotonic,
        )

    async def run(self) -> None:
        """Follow the Secrets, until cancelled."""
        await self._following.run()

    async def synchronised(self) -> None:
        """Return once everything that there is has been read."""
        await self._following.synchronised.wait()

    def require_current(self) -> None:
        """Raise `BundlesUnavailable` when changes haven't been seen for too long."""
        age = self._following.age
        if age is None or age > self._stale_after:
            since = "yet" if age is None else f"for {age:.0f} seconds"
            raise BundlesUnavailable(
                f"changes of profiles and credentials haven't been seen {since}; nothing is "
                "issued until they are"
            )

    async def profile(self, namespace: str, name: str) -> ProfileInForce | None:
        """Return a profile as it is in force now, or None when nobody has written one."""
        secret = profile_object(namespace, name)
        if not self._shelf.knows(secret):
            await self._look_for(secret)
        awaited = self._shelf.awaited(secret)
        if awaited is not None:
            await self._look_for(awaited)
        try:
            return self._shelf.profile(secret)
        except BundleRefused as refused:
            raise _unusable(refused) from None

    async def credential(self, key_identifier: str) -> CredentialInForce | None:
        """Return the credential of a KID (`NAMESPACE.NAME`), or None."""
        namespace, _, name = key_identifier.partition(".")
        secret = credential_object(namespace, name)
        if not self._shelf.knows(secret):
            await self._look_for(secret)
        try:
            return self._shelf.credential(secret)
        except BundleRefused as refused:
            raise _unusable(refused) from None

    @property
    def profiles(self) -> tuple[ProfileInForce, ...]:
        """All profiles in force, by namespace and name."""
        return self._shelf.profiles

    @property
    def nonce_keys(self) -> NonceKeysBundle | None:
        """The keys that nonces are sealed under, None while there are none.

        Raises:
            BundleRefused: those that there are can't be used, and there were none before.
        """
        return self._shelf.nonce_keys

    @property
    def faults(self) -> tuple[str, ...]:
        """Why bundles aren't in force of which no earlier one is."""
        return self._shelf.faults

    @property
    def sight(self) -> Sight:
        """How well the source sees now."""
        refused = {str(kind): number for kind, number in self._shelf.refused.items()}
        return Sight(self._following.age, refused)

    async def _look_for(self, secret: str) -> None:
        found = await self._reads.read(secret)
        # The watch may have brought it meanwhile, newer than what was read.
        if found is not None and not self._shelf.knows(secret):
            self._shelf.seen(found)


def _unusable(refused: BundleRefused) -> BundlesUnavailable:
    return BundlesUnavailable(f"{refused}; it is not in force")
