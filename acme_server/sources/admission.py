"""What an API server would do with documents: identities, generations, and edits it refuses.

Pure: the objects as they were, and the documents as they are, make the objects in force.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from certwright.reconcile.world import ObjectId, World
from certwright.resources.collection import Resources
from certwright.resources.errors import Place
from certwright.resources.folder import Identity
from certwright.resources.folder import identity as identity_of
from certwright.resources.kinds import AnyResource
from certwright.resources.validation import InvalidResource, check_change


@dataclass(frozen=True, slots=True)
class Admission:
    """How documents become objects.

    Args:
        known: The objects as they were, with their metadata and status.
        new_uid: Draws a UID, for an object that is seen for the first time.
        now: Aware.
        places: Where each document stands, for what is said of it; those unknown go unsaid.
    """

    known: Mapping[ObjectId, AnyResource]
    new_uid: Callable[[], str]
    now: datetime
    places: Mapping[Identity, Place] = field(default_factory=dict)

    def admit(self, documents: Resources) -> World:
        """Return the objects in force.

        A document that has gone and come back is another object, with another UID. An edit of what
        never changes is refused as a whole: the object stays as it was, and its status will say so.
        """
        refused: dict[ObjectId, str] = {}
        admitted = [self._admitted(document, refused) for document in World(documents).objects]
        return World(Resources.of([*admitted, *documents.namespaces.values()]), refused)

    def _admitted(self, document: AnyResource, refused: dict[ObjectId, str]) -> AnyResource:
        identity = ObjectId.of(document)
        before = self.known.get(identity)
        if before is None:
            return self._created(document)
        try:
            check_change(before, document)
        except InvalidResource as invalid:
            place = self.places.get(identity_of(document))
            where = "" if place is None else f"{place}: "
            refused[identity] = f"the edited document is refused: {where}{invalid}"
            return before
        changed = document.spec != before.spec
        metadata = document.metadata.model_copy(
            update={
                "uid": before.metadata.uid,
                "generation": before.metadata.generation + changed,
                "creation_timestamp": before.metadata.creation_timestamp,
            }
        )
        return document.model_copy(update={"metadata": metadata, "status": before.status})

    def _created(self, document: AnyResource) -> AnyResource:
        metadata = document.metadata.model_copy(
            update={
                "uid": self.new_uid(),
                "generation": 1,
                "creation_timestamp": self.now.replace(microsecond=0),
            }
        )
        return document.model_copy(update={"metadata": metadata})
