"""When nothing may be swept or drawn: definitions or all objects of a kind are gone at once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Final

from certwright.reconcile.world import Kind, ObjectId
from certwright_operator.children import labels
from certwright_operator.children.child import Child
from certwright_operator.children.roles import Role

MANY: Final = 10
"""So many objects don't go at once without somebody having to say that it is meant."""

CONFIRMATION: Final = "certwright.dev/confirm-removal"
"""Annotation of the operator's Lease: kinds, with commas between, whose objects may be gone."""


def freeze_reason(
    children: Iterable[Child],
    present_counts: Mapping[Kind, int],
    definitions: Mapping[Kind, bool],
    confirmed: Set[Kind],
) -> str | None:
    """Return why nothing may be removed and no key or secret be drawn; None if all may go on.

    Args:
        children: All that are there.
        present_counts: How many objects of each kind there are.
        definitions: Whether the kind is served, and its definition not being deleted.
        confirmed: The kinds of which a person said that their objects may be gone.
    """
    # Most of the time every kind has objects, and tens of thousands of children needn't be asked.
    is_suspect = any(not present_counts.get(kind, 0) for kind in Kind if kind not in confirmed)
    owners = Counter(each.kind for each in set(_owners(children))) if is_suspect else Counter()
    found = [
        (kind, trouble)
        for kind in Kind
        if kind not in confirmed
        for trouble in _troubles(kind, definitions, present_counts, owners[kind])
    ]
    if not found:
        return None
    kinds = ",".join(dict.fromkeys(str(kind) for kind, _ in found))
    return (
        f"{'; '.join(trouble for _, trouble in found)}. Nothing is removed, and no key or secret "
        "is drawn, until the definitions and objects are restored, or it is confirmed that they "
        f"are to be gone by annotating the operator's Lease with {CONFIRMATION}: {kinds}"
    )


def confirmed_kinds(annotations: Mapping[str, str]) -> frozenset[Kind]:
    """Return the kinds that the annotations of the operator's Lease confirm the removal of.

    A word that is no kind confirms nothing.
    """
    words = {word.strip() for word in annotations.get(CONFIRMATION, "").split(",")}
    return frozenset(kind for kind in Kind if kind in words)


def _troubles(
    kind: Kind, definitions: Mapping[Kind, bool], counts: Mapping[Kind, int], owners: int
) -> Iterator[str]:
    if not definitions.get(kind, False):
        yield f"the definition of {kind} is missing or is being deleted"
    if not counts.get(kind, 0) and owners >= MANY:
        yield f"there is no {kind} any more, and what {owners} of them left is there"


def _owners(children: Iterable[Child]) -> Iterator[ObjectId]:
    """Tell of whom children show that they were there until lately.

    Retained keys outlive their objects as they should, and signers for a while; a key that a person
    put there may be ahead of its object.
    """
    for child in children:
        outlives = child.role is Role.SIGNER or labels.RETAINED_SINCE in child.annotations
        if (owner := child.owner) is not None and child.source_uid is not None and not outlives:
            yield owner
