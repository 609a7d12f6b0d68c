"""The Lease: what it says, and what to do about it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any, Self

from certwright_operator.api.port import Object


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a Lease holds. Everybody at one Lease uses the same terms.

    Args:
        duration: How long others leave it alone after its last renewal.
        deadline: How long its holder works on without a renewal; below `duration` by more than two
            clocks can drift apart meanwhile.
        retry: How often it is renewed, or asked for.
    """

    duration: timedelta = timedelta(seconds=15)
    deadline: timedelta = timedelta(seconds=10)
    retry: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Lease:
    """What a Lease says.

    Args:
        holder: Identity of who holds it; empty when it was given back.
        version: Its resource version: any renewal changes it.
        transitions: How often it went from one to another.
        acquired: When its holder got it, as it stands there.
    """

    holder: str
    version: str
    transitions: int = 0
    acquired: str | None = None

    @classmethod
    def read(cls, body: Object) -> Self:
        """Read a Lease; what is missing or odd in it counts as not there."""
        spec: dict[str, Any] = body.get("spec") or {}
        transitions = spec.get("leaseTransitions")
        return cls(
            spec.get("holderIdentity") or "",
            body["metadata"]["resourceVersion"],
            transitions if isinstance(transitions, int) else 0,
            spec.get("acquireTime"),
        )


class Act(Enum):
    """What to do about a Lease."""

    TAKE = auto()
    RENEW = auto()
    WAIT = auto()


@dataclass(frozen=True, slots=True)
class Watched:
    """A Lease, and since when it stands as it does.

    Args:
        lease: What it says; None when there is none.
        since: Seconds of a monotonic clock when it was first seen like this. What others write
            about their clocks is not looked at: clocks differ.
    """

    lease: Lease | None
    since: float

    def followed_by(self, lease: Lease | None, now: float) -> "Watched":
        """Return what is known after another look at `now`."""
        return self if lease == self.lease else Watched(lease, now)


def decide(watched: Watched, now: float, me: str, terms: Terms) -> Act:
    """Say what to do about a Lease.

    Args:
        watched: It and since when it stands so.
        now: Seconds of the same monotonic clock.
        me: The asking replica's identity.
        terms: Of this Lease.
    """
    lease = watched.lease
    if lease is None or not lease.holder:
        return Act.TAKE
    if lease.holder == me:
        return Act.RENEW
    return Act.TAKE if now - watched.since >= terms.duration.total_seconds() else Act.WAIT


def held(lease: Lease | None, me: str, now: datetime, terms: Terms) -> Object:
    """Return the spec of the Lease as its holder writes it.

    Args:
        lease: What it says so far; None when there is none.
        me: The holder's identity.
        now: Aware; for people who look at it.
        terms: Of this Lease.
    """
    mine = lease is not None and lease.holder == me
    transitions = 0 if lease is None else lease.transitions + (not mine)
    return {
        "holderIdentity": me,
        "leaseDurationSeconds": int(terms.duration.total_seconds()),
        "acquireTime": lease.acquired if lease is not None and mine else _micro_time(now),
        "renewTime": _micro_time(now),
        "leaseTransitions": transitions,
    }


def given_back(lease: Lease, now: datetime) -> Object:
    """Return the spec of the Lease as its holder leaves it: anybody may take it at once."""
    return {
        "holderIdentity": "",
        "leaseDurationSeconds": 1,
        "acquireTime": _micro_time(now),
        "renewTime": _micro_time(now),
        "leaseTransitions": lease.transitions,
    }


def _micro_time(moment: datetime) -> str:
    """Write a time as the API's MicroTime."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
