"""The server's TLS from roots of its own: each look carries out what is due, step by step."""

import logging
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from certwright.pki import paths
from certwright.reconcile.effects import Effects
from certwright.serving.plan import (
    PublishTrust,
    Step,
    StoreAuthority,
    Stored,
    StoreServed,
    after,
    due_steps,
)
from certwright_operator.children import labels
from certwright_operator.children.child import Child
from certwright_operator.children.places import ChildKey, ChildKind
from certwright_operator.children.wanted import Wanted
from certwright_operator.serving import objects
from certwright_operator.serving.look import Look
from certwright_operator.serving.objects import Unusable
from certwright_operator.serving.store import InTheWay, Store
from certwright_operator.settings import Settings

_log = logging.getLogger(__name__)

_MOST_STEPS: Final = 10
"""In one look. From nothing to the end of any phase takes less than half of that."""

Hosts = Callable[[Set[str]], Set[str]]
"""Returns the names that the certificate has to be for, from those that it is for."""


@dataclass(slots=True)
class Issued:
    """Keeps the server's TLS.

    Args:
        store: Reads and writes.
        settings: Where.
        effects: Keys and serial numbers.
        losses: How often a root was made anew because the former one was lost.
    """

    store: Store
    settings: Settings
    effects: Effects
    losses: int = 0
    _present: dict[ChildKey, Child | None] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[ChildKey, ChildKey, ChildKey]:
        """Where the roots, their trust, and what is served are."""
        settings = self.settings
        return (
            objects.authority_key(settings.operator_namespace),
            objects.trust_key(settings.server_namespace),
            ChildKey(ChildKind.SECRET, settings.server_namespace, settings.serving.secret),
        )

    async def look(self, hosts: Hosts, now: datetime) -> Look:
        """Carry out what is due.

        Args:
            hosts: Tells what the certificate has to be for.
            now: Aware.

        Raises:
            Conflict, AlreadyExists: Somebody else has written meanwhile.
            Refused, Unavailable: Something can't be read or written.
        """
        self._present = {key: await self.store.read(key) for key in self.keys}
        faults = [
            str(InTheWay(key))
            for key, child in self._present.items()
            if child is not None and not child.is_ours
        ]
        try:
            stored = self._stored()
        except Unusable as unusable:
            what = f"{self.keys[0]} can't be used and is left as it is: {unusable}"
            return Look(None, (*faults, f"{what}; delete it, and a new root is made"))
        if self._is_barred(self.keys[0]):
            return Look(None, tuple(faults))
        if stored.authority is None and (stored.trust is not None or stored.served is not None):
            self.losses += 1
            _log.warning(
                "%s is lost; a new root is made, and clients have to trust that", self.keys[0]
            )
        try:
            stored = await self._settle(stored, hosts(_held(stored)), now)
        except InTheWay as barred:
            faults.append(str(barred))
        return _look(stored, faults)

    async def _settle(self, stored: Stored, hosts: Set[str], now: datetime) -> Stored:
        """Carry out what is due until nothing is, and return what is stored then."""
        for _ in range(_MOST_STEPS):
            due = due_steps(stored, hosts, self.effects, now)
            step = next((each for each in due if not self._is_barred(self._key(each))), None)
            if step is None:
                break
            await self._carry_out(step)
            stored = after(stored, step)
        return stored

    def _stored(self) -> Stored:
        authority, trust, served = (self._ours(key) for key in self.keys)
        return Stored(
            authority=None if authority is None else objects.authority_in(authority),
            request="" if authority is None else authority.annotations.get(objects.ROTATE, ""),
            trust=None if trust is None else trust.data.get(labels.TRUST_DATA),
            served=None if served is None else objects.served_in(served),
            served_trust=None if served is None else served.data.get(labels.TRUST_DATA),
        )

    def _ours(self, key: ChildKey) -> Child | None:
        child = self._present[key]
        return child if child is not None and child.is_ours else None

    def _is_barred(self, key: ChildKey) -> bool:
        return self._present[key] is not None and self._ours(key) is None

    def _key(self, step: Step) -> ChildKey:
        authority, trust, served = self.keys
        match step:
            case StoreAuthority():
                return authority
            case PublishTrust():
                return trust
            case StoreServed():
                return served

    async def _carry_out(self, step: Step) -> None:
        key = self._key(step)
        self._present[key] = await self.store.write(_wanted(key, step), self._present[key])
        _log.info("%s: %s", key, _told(step))


def _wanted(key: ChildKey, step: Step) -> Wanted:
    match step:
        case StoreAuthority(authority):
            return objects.wanted_authority(key, authority)
        case PublishTrust(pem):
            return objects.wanted_trust(key, pem)
        case StoreServed(served, trust):
            return objects.wanted_served(key, served, trust)


def _told(step: Step) -> str:
    match step:
        case StoreAuthority(authority, reason):
            return f"{reason}; trusted: {', '.join(map(paths.describe, authority.trusted))}"
        case PublishTrust():
            return "the roots to be trusted are published"
        case StoreServed(served):
            ends = served.certificate.not_valid_after_utc.isoformat()
            return f"a certificate until {ends} for {', '.join(sorted(served.hosts))}"


def _held(stored: Stored) -> frozenset[str]:
    """Return what the present certificate is for, if it is one of ours."""
    if stored.authority is None or stored.served is None:
        return frozenset()
    found = stored.served.certificate
    ours = any(paths.was_issued_by(found, root) for root in stored.authority.trusted)
    return stored.served.hosts if ours else frozenset()


def _look(stored: Stored, faults: list[str]) -> Look:
    return Look(
        None if stored.authority is None else stored.authority.trust,
        tuple(faults),
        None if stored.served is None else stored.served.certificate.not_valid_after_utc,
    )
