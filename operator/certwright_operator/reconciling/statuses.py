"""Writing statuses, and what ends with one: a Secret that its credential names no more."""

from dataclasses import dataclass
from typing import Any, Final

from certwright.reconcile.verdicts import READY, STALLED
from certwright.reconcile.world import ObjectId
from certwright.resources.credential import EABCredential
from certwright.resources.kinds import AnyResource
from certwright.resources.metadata import ObjectKey
from certwright.resources.status import Status
from certwright_operator.api.port import API, KINDS, Conflict, NotFound
from certwright_operator.knowledge.objects import Objects
from certwright_operator.knowledge.record import Record
from certwright_operator.reconciling.borrowed import Borrowed
from certwright_operator.reconciling.letting_go import LettingGo

OUR_CONDITIONS: Final = frozenset({READY, STALLED})
"""Others may add conditions of their own."""


@dataclass(frozen=True, slots=True)
class Statuses:
    """Writes statuses.

    Args:
        api: The API server.
        objects: What is known of objects; what is written is taken in.
        letting_go: Takes secrets back.
    """

    api: API
    objects: Objects
    letting_go: LettingGo

    async def write(self, resource: AnyResource, status: Status, borrowed: Borrowed) -> None:
        """Write an object's status, unless it says the same already or the object is gone.

        Raises:
            Refused, Unavailable: The API server can't or won't.
        """
        await self._let_go(resource, borrowed)
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

    async def _let_go(self, resource: AnyResource, borrowed: Borrowed) -> None:
        """Take a credential's secret out of the Secret that it named before this one.

        It goes with the last status that tells of it.
        """
        former = resource.status.secret_name if isinstance(resource, EABCredential) else None
        if not isinstance(resource, EABCredential) or former in (None, resource.secret_name):
            return
        child = borrowed.tenants.get(ObjectKey(resource.metadata.namespace, former))
        if child is None or child.owner != ObjectId.of(resource):
            return
        await self.letting_go.let_go(child)


def _said(status: Status) -> dict[str, Any]:
    """Return a status as JSON: of its conditions ours, in one order."""
    ours = (each for each in status.conditions if each.type in OUR_CONDITIONS)
    conditions = tuple(sorted(ours, key=lambda each: each.type))
    said = status.model_copy(update={"conditions": conditions})
    return said.model_dump(mode="json", by_alias=True, exclude_none=True)
