"""What a look at some objects takes in: they themselves, and what they stand on.

An authority is planned together with all above it: what those hold now, its own certificate is made
from. Nothing else is, so that ten thousand objects needn't be planned because of one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from certwright.reconcile.world import Kind, ObjectId, World
from certwright.resources.collection import Resources
from certwright.resources.kinds import AnyResource
from certwright.resources.validation import InvalidResource
from certwright_operator.knowledge.dependence import above, siblings
from certwright_operator.knowledge.objects import Objects


@dataclass(frozen=True, slots=True)
class Scope:
    """The objects of a look.

    Args:
        planned: Those to be planned, of which everything is written.
        issuing: The world in which authorities, templates and profiles are planned.
        binding: The world in which credentials are planned.
        unusable: What is wrong with objects that can't be used, by object.
    """

    planned: frozenset[ObjectId]
    issuing: World
    binding: World
    unusable: Mapping[ObjectId, str]

    @property
    def resources(self) -> Iterator[AnyResource]:
        """The objects that are planned."""
        found = (*self.issuing.objects, *self.binding.resources.credentials.values())
        return (each for each in found if ObjectId.of(each) in self.planned)

    def world_of(self, which: ObjectId) -> World:
        """Return the world in which an object is planned."""
        return self.binding if which.kind is Kind.CREDENTIAL else self.issuing


def scope(objects: Objects, looked_at: Iterable[ObjectId]) -> Scope:
    """Return what a look at some objects takes in; those that are gone are left out."""
    present = {each for each in looked_at if each in objects}
    credentials = {
        near
        for each in _of(present, Kind.CREDENTIAL)
        for near in _of({each, *siblings(objects, each)}, Kind.CREDENTIAL)
    }
    others = present - credentials
    under_others = {each for found in others for each in above(objects, found)}
    under_credentials = {each for found in credentials for each in above(objects, found)}
    planned = present | credentials | _of(under_others, Kind.AUTHORITY)
    issuing = others | under_others | set(_withdrawn(objects))
    binding = credentials | _of(under_credentials, Kind.PROFILE)
    reading = _Reading(objects, issuing | binding)
    return Scope(
        frozenset(each for each in planned if each in objects),
        reading.world(issuing),
        reading.world(binding),
        reading.unusable,
    )


def _of(found: Iterable[ObjectId], kind: Kind) -> set[ObjectId]:
    return {each for each in found if each.kind is kind}


def _withdrawn(objects: Objects) -> Iterator[ObjectId]:
    """Yield the roots that a person took out of trust, wherever they stand."""
    return (record.id for record in objects.of_kind(Kind.AUTHORITY) if record.withdrawn)


class _Reading:
    """Objects, read once for both worlds."""

    def __init__(self, objects: Objects, wanted: Iterable[ObjectId]) -> None:
        self._objects = objects
        self.unusable: dict[ObjectId, str] = {}
        self._resources: dict[ObjectId, AnyResource] = {}
        for each in wanted:
            record = objects.record(each)
            if record is None:
                continue
            try:
                self._resources[each] = record.resource()
            except InvalidResource as invalid:
                self.unusable[each] = str(invalid)

    def world(self, which: Iterable[ObjectId]) -> World:
        found = (self._resources[each] for each in which if each in self._resources)
        resources = Resources.of(found)
        with_namespaces = Resources(
            resources.authorities,
            resources.templates,
            resources.profiles,
            resources.credentials,
            self._objects.namespaces,
        )
        return World(with_namespaces, unusable=self.unusable)
