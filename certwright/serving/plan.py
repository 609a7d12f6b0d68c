"""What is to be stored next for the server's TLS, from what is stored now.

One step follows from what is stored, and nothing is remembered in between. So whoever carries steps
out may die after any of them, and whoever comes next goes on; and no step is of any use that was
planned from what is no longer so.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from certwright.reconcile.effects import Effects
from certwright.serving import authority as roots
from certwright.serving.authority import ServingAuthority
from certwright.serving.certificate import ServingCertificate, is_due, issue


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored.

    Args:
        authority: The roots, with their keys; None if there are none.
        request: What a person asks for a rotation with; empty asks for none.
        trust: What is published for clients to trust, in PEM; None if nothing is.
        served: What the server serves with; None if there is nothing of use.
        served_trust: The roots beside it, in PEM; None if there are none.
    """

    authority: ServingAuthority | None = None
    request: str = ""
    trust: bytes | None = None
    served: ServingCertificate | None = None
    served_trust: bytes | None = None


@dataclass(frozen=True, slots=True)
class StoreAuthority:
    """Store the roots, where only who signs can read them."""

    authority: ServingAuthority
    reason: str


@dataclass(frozen=True, slots=True)
class PublishTrust:
    """Publish what clients have to trust, in PEM."""

    pem: bytes


@dataclass(frozen=True, slots=True)
class StoreServed:
    """Store what the server serves with, and the roots beside it in PEM."""

    served: ServingCertificate
    trust: bytes


Step: TypeAlias = StoreAuthority | PublishTrust | StoreServed


def due_steps(stored: Stored, hosts: Set[str], effects: Effects, now: datetime) -> Iterator[Step]:
    """Yield what is due: the first is to be carried out, and then it is asked anew.

    A later one may be carried out instead where somebody stands in the way of the first; none of
    them needs it. Keys are made as steps are asked for.

    Args:
        stored: What is stored.
        hosts: DNS names and addresses that the server's certificate has to be for.
        effects: Keys and serial numbers.
        now: Aware.
    """
    authority = stored.authority
    if authority is None:
        founded = roots.founded(effects, now)
        yield StoreAuthority(founded.authority, founded.reason)
        return
    change = roots.due_change(authority, stored.request, effects, now)
    if change is not None:
        yield StoreAuthority(change.authority, change.reason)
        return
    is_all_stored = True
    for step in _of_authority(stored, authority, hosts, effects, now):
        is_all_stored = False
        yield step
    record = roots.due_record(authority, now) if is_all_stored else None
    if record is not None:
        yield StoreAuthority(record.authority, record.reason)


def after(stored: Stored, step: Step) -> Stored:
    """Return what is stored once a step has been carried out."""
    match step:
        case StoreAuthority(authority):
            return replace(stored, authority=authority)
        case PublishTrust(pem):
            return replace(stored, trust=pem)
        case StoreServed(served, trust):
            return replace(stored, served=served, served_trust=trust)


def _of_authority(
    stored: Stored, authority: ServingAuthority, hosts: Set[str], effects: Effects, now: datetime
) -> Iterator[PublishTrust | StoreServed]:
    """Yield what has to follow from the roots: clients learn of them before they are served."""
    if stored.trust != authority.trust:
        yield PublishTrust(authority.trust)
    served = stored.served
    if served is None or is_due(served, authority.current, hosts, now):
        yield StoreServed(issue(authority.current, hosts, effects, now), authority.trust)
    elif stored.served_trust != authority.trust:
        yield StoreServed(served, authority.trust)
