"""Who has to be looked at again after a change: the change's fan-out, by reference.

Plans of authorities hold certificates that those below build on, so a look at one goes down to the
profiles that issue from it. Plans of credentials need of a profile only what its document says.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from certwright.reconcile.world import Kind, ObjectId
from certwright_operator.knowledge.objects import Objects


def after_change(objects: Objects, changed: ObjectId) -> set[ObjectId]:
    """Return whom a new, edited or deleted object concerns: it, and whoever refers to it."""
    found = {changed, *siblings(objects, changed)}
    match changed.kind:
        case Kind.AUTHORITY:
            found |= _below(objects, changed)
            if _may_be_root(objects, changed):
                # Its state decides whether those that it was replaced for go on trusting it.
                found |= {each for each in objects if each.kind in (Kind.AUTHORITY, Kind.PROFILE)}
        case Kind.TEMPLATE | Kind.PROFILE:
            found |= objects.users(changed)
        case Kind.CREDENTIAL:
            pass
    return found


def after_look(objects: Objects, looked_at: ObjectId) -> set[ObjectId]:
    """Return whom it concerns that something around an object is another: its time, its children.

    The object itself is as it was.
    """
    below = _below(objects, looked_at) if looked_at.kind is Kind.AUTHORITY else set()
    return {looked_at, *below}


def after_namespace_change(objects: Objects, namespace: str) -> set[ObjectId]:
    """Return whom new labels of a namespace concern: consent and grants select by them."""
    return {each for within in objects.within(namespace) for each in after_look(objects, within)}


def above(objects: Objects, which: ObjectId) -> Iterator[ObjectId]:
    """Yield what an object stands on, each once, whether it is there or not."""
    seen = {which}
    line = deque([which])
    while line:
        record = objects.record(line.popleft())
        for target in () if record is None else record.refers:
            if target not in seen:
                seen.add(target)
                line.append(target)
                yield target


def siblings(objects: Objects, which: ObjectId) -> Iterable[ObjectId]:
    """Return who names the same Secret as an object: one of them has it."""
    record = objects.record(which)
    if record is None or record.secret is None:
        return ()
    return objects.naming(record.secret)


def _below(objects: Objects, authority: ObjectId) -> set[ObjectId]:
    found: set[ObjectId] = set()
    line = deque([authority])
    while line:
        for user in objects.users(line.popleft()):
            if user not in found:
                found.add(user)
                if user.kind is Kind.AUTHORITY:
                    line.append(user)
    return found


def _may_be_root(objects: Objects, authority: ObjectId) -> bool:
    record = objects.record(authority)
    return record is None or not record.refers
