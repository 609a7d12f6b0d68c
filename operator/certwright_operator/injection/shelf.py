"""The Issuers that ask for trust or have it, and how each of them stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from certwright_operator.api.port import Resource
from certwright_operator.injection.decision import Concern, Leave
from certwright_operator.injection.issuer import Issuer, Place
from certwright_operator.knowledge.versions import is_newer


@dataclass(slots=True)
class Kept:
    """One Issuer.

    Args:
        issuer: As it is now.
        left: Why it was left as it is when last looked at; None if it was to be written.
        since: When that reason came up, in seconds of a monotonic clock.
        told: What was logged of it; empty if nothing was.
        rests_until: When it is looked at again, whatever happens to others.
    """

    issuer: Issuer
    left: Leave | None = None
    since: float = 0.0
    told: str = ""
    rests_until: float = 0.0

    @property
    def is_right(self) -> bool:
        """Whether nothing is to be done until there is news."""
        return self.left is not None and self.left.concern is Concern.NONE


class Shelf:
    """All of them, by place. Issuers that don't concern the operator aren't kept."""

    def __init__(self) -> None:
        self._kept: dict[Place, Kept] = {}

    def put(self, issuer: Issuer) -> bool:
        """Take in an Issuer; tell whether it calls for another look."""
        before = self._kept.get(issuer.place)
        if not issuer.concerns_us:
            self.drop(issuer.place)
            return False
        if before is None or before.issuer.uid != issuer.uid:
            self._kept[issuer.place] = Kept(issuer)
            return True
        if not is_newer(issuer.version, before.issuer.version):
            return False
        is_news = issuer != before.issuer
        before.issuer = issuer
        if is_news:
            before.rests_until = 0.0
        return is_news

    def drop(self, place: Place) -> None:
        """Forget what is at a place."""
        self._kept.pop(place, None)

    def clear(self, resource: Resource) -> None:
        """Forget all of a kind."""
        for place in self.places(resource):
            self.drop(place)

    def places(self, resource: Resource) -> set[Place]:
        """Return where those of a kind are."""
        return {place for place in self._kept if place.resource == resource}

    def get(self, place: Place) -> Kept | None:
        """Return what is kept of an Issuer; None if it is gone."""
        return self._kept.get(place)

    def __iter__(self) -> Iterator[Kept]:
        return iter(tuple(self._kept.values()))
