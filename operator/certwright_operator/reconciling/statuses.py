"""Writing statuses."""

from dataclasses import dataclass
from typing import Any, Final

from certwright.reconcile.verdicts import READY, STALLED
from certwright.reconcile.world import ObjectId
from certwright.resources.kinds import AnyResource
from certwright.resources.status import Status
from certwright_operator.api.port import API, KINDS, Conflict, NotFound
from certwright_operator.knowledge.objects import Objects
from certwright_operator.knowledge.record import Record

OUR_CONDITIONS: Final = frozenset({READY, STALLED})
"""Others may add conditions of their own."""


@dataclass(frozen=True, slots=True)
class Statuses:
    """Writes statuses.

    Args:
        api: The API server.
        objects: What is known of objects; what is written is taken in.
    """

    api: API
    objects: Objects

    async def write(self, resource: AnyResource, status: Status) -> None:
        """Write an object's status, unless it says the same already or the object is gone.

        Raises:
            Refused, Unavailable: The API server can't or won't.
        """
        if _said(resource.status) == _said(status):
            return
        which, metadata = ObjectId.of(resource), resource.metadata
        body = {
            # The UID is a precondition: an object that was made anew has another one.
            "metadata": {
                "namespace": metadata.namespace,
                "name": metadata.name,
                "uid": metadata.uid,
            },
            "status": _said(status),
        }
        try:
            written = await self.api.apply(
                KINDS[which.kind], metadata.namespace, metadata.name, body, subresource="status"
            )
        except (NotFound, Conflict):
            return
        self.objects.put(Record.of(which.kind, written))


def _said(status: Status) -> dict[str, Any]:
    """Return a status as JSON: of its conditions ours, in one order."""
    ours = (each for each in status.conditions if each.type in OUR_CONDITIONS)
    conditions = tuple(sorted(ours, key=lambda each: each.type))
    said = status.model_copy(update={"conditions": conditions})
    return said.model_dump(mode="json", by_alias=True, exclude_none=True)
