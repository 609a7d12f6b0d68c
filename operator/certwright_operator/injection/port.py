"""What injecting needs of an API server and of its surroundings."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from certwright.reconcile.events import Event
from certwright_operator.api.events import About
from certwright_operator.api.port import Change, Object, Resource


class IssuersAPI(Protocol):
    """An API server. Both methods raise `Refused` or `Unavailable`, and so does what is yielded."""

    def watched(self, resource: Resource) -> AbstractAsyncContextManager[AsyncIterator[Change]]:
        """Open a watch of a kind in all namespaces, which begins with all that is there.

        It ends by itself after some minutes.
        """
        ...

    async def claim(
        self, resource: Resource, namespace: str | None, name: str, body: Object, *, manager: str
    ) -> Object:
        """Apply fields on the server, without force, to an object named by its `metadata.uid`.

        Raises:
            Conflict: Another manager owns one of them, or there is no object of that name.
            Invalid: The object of that name is another one by its UID.
        """
        ...


class Trust(Protocol):
    """The roots of the ACME server's TLS, as they are published now."""

    @property
    def pem(self) -> bytes | None:
        """The roots as PEM; None while they aren't known."""
        ...

    def subscribe(self, told: Callable[[], None]) -> None:
        """Call `told` whenever `pem` has changed."""
        ...


class Herald(Protocol):
    """Tells people of what happens to objects."""

    async def post(self, about: About, event: Event) -> None:
        """Post an Event of an object, unless it was within the last hour; never raise."""
        ...


class Clock(Protocol):
    """Time that passes."""

    def monotonic(self) -> float:
        """Return seconds of a clock that is never set."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...
