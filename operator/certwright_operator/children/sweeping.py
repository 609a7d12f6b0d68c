"""What is to be done about children whose object is gone, or whom nobody uses any more.

What refers to something goes before it: a profile's bundle before the signer that it names. Nobody
waits for an object's deletion with a finalizer, so that nothing is left stuck where the operator
isn't any more. Tenants' Secrets are their credentials': the garbage collector sees to them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import datetime, timedelta
from typing import Final

from certwright.bundles.objects import BUNDLE_KEY
from certwright.reconcile.world import ObjectId
from certwright.resources.times import TimeError, format_time, parse_time
from certwright_operator.children import labels
from certwright_operator.children.actions import Action, Annotate, Remove
from certwright_operator.children.child import Child
from certwright_operator.children.existing_keys import is_to_be_deleted
from certwright_operator.children.roles import Role

UNUSED_FOR: Final = timedelta(minutes=10)
"""How long a signer that no profile names stays: a server may still be issuing from it."""

_PLACES: Final[Mapping[Role | None, int]] = {
    role: place
    for place, role in enumerate((Role.CREDENTIAL, Role.PROFILE, Role.TRUST, Role.SIGNER, Role.KEY))
}


def sweep(
    children: Iterable[Child],
    present: Mapping[ObjectId, str],
    used_signers: Set[str],
    now: datetime,
) -> tuple[Action, ...]:
    """Return what to do, in order.

    Args:
        children: All that are there.
        present: The UIDs of the objects that are there, those that can't be used included.
        used_signers: The names of the signers that some profile's bundle names (`used_signers`).
        now: Aware.
    """
    found = sorted(
        (child for child in children if child.role in _PLACES),
        key=lambda each: (_PLACES[each.role], each.key),
    )
    return tuple(
        action for child in found for action in _actions(child, present, used_signers, now)
    )


def used_signers(children: Iterable[Child]) -> frozenset[str]:
    """Return the names of the signers that profiles' bundles name.

    While one of the bundles can't be read, every signer counts as used.
    """
    found = tuple(children)
    try:
        named = {_named_signer(child) for child in found if child.role is Role.PROFILE}
    except ValueError:
        named = {child.signer for child in found}
    return frozenset(signer for signer in named if signer is not None)


def _actions(
    child: Child,
    present: Mapping[ObjectId, str],
    used: Set[str],
    now: datetime,
) -> Iterator[Action]:
    match child.role:
        case Role.KEY:
            yield from _of_key(child, present, now)
        case Role.SIGNER:
            yield from _of_signer(child, used, now)
        case _ if _is_gone(child, present):
            yield Remove.of(child, f"{child.owner} is gone")


def _is_gone(child: Child, present: Mapping[ObjectId, str]) -> bool:
    """Tell whether the object is gone that a child came of, or is another one of that name."""
    if child.owner is None:
        return False
    uid = present.get(child.owner)
    return uid is None or child.source_uid not in (None, uid)


def _of_key(child: Child, present: Mapping[ObjectId, str], now: datetime) -> Iterator[Action]:
    """A key that tells of no object was put there by a person, maybe ahead of its object."""
    owner = child.owner
    if owner is None or child.source_uid is None:
        return
    is_marked = labels.RETAINED_SINCE in child.annotations
    if is_to_be_deleted(child, present.get(owner)):
        yield Remove.of(child, f"{owner} is gone, and its deletionPolicy was Delete")
    elif _is_gone(child, present) and not is_marked:
        since = format_time(now.replace(microsecond=0))
        reason = f"{owner} is gone, and its key is retained"
        yield Annotate.of(child, {labels.RETAINED_SINCE: since}, reason)
    elif not _is_gone(child, present) and is_marked:
        yield Annotate.of(child, {labels.RETAINED_SINCE: None}, f"{owner} is there")


def _of_signer(child: Child, used: Set[str], now: datetime) -> Iterator[Action]:
    since = child.annotations.get(labels.UNUSED_SINCE)
    if child.signer in used:
        if since is not None:
            yield Annotate.of(child, {labels.UNUSED_SINCE: None}, "a profile issues from it again")
        return
    marked = _time(since)
    # What lies further ahead than clocks differ was written by nobody who meant it.
    if marked is None or marked - now > UNUSED_FOR:
        today = format_time(now.replace(microsecond=0))
        yield Annotate.of(child, {labels.UNUSED_SINCE: today}, "no profile issues from it")
    elif now - marked >= UNUSED_FOR:
        yield Remove.of(child, f"no profile has issued from it since {since}")


def _named_signer(profile: Child) -> str | None:
    """Return the signer that a profile's bundle names.

    Raises:
        ValueError: It can't be read.
    """
    bundle = json.loads(profile.data.get(BUNDLE_KEY, b""))
    signer = bundle.get("signer", "") if isinstance(bundle, dict) else ""
    if signer is None or (isinstance(signer, str) and signer):
        return signer
    raise ValueError(f"{profile.key} names no signer")


def _time(text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_time(text)
    except TimeError:
        return None
