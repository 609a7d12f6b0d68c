"""What is counted of reconciling, and whom people are told by: ports of this package."""

from typing import Protocol

from certwright.reconcile.events import Event
from certwright.reconcile.world import Kind
from certwright.resources.kinds import AnyResource


class Meter(Protocol):
    """The one who counts."""

    def looked(self, objects: int, seconds: float) -> None:
        """Count a look at some objects, and what it took."""
        ...

    def failed(self, kind: Kind) -> None:
        """Count a look at an object that will be repeated, since something couldn't be written."""
        ...


class Herald(Protocol):
    """The one who posts Events."""

    async def tell(self, resource: AnyResource, event: Event) -> None:
        """Tell of an object; never raises, since what it tells of has happened already."""
        ...
