"""What the web needs of the services: four calls."""

from collections.abc import Mapping
from typing import Protocol

from acme_server.protocol.replies import Reply
from acme_server.protocol.resources import Resource


class ServiceCalls(Protocol):
    """The services behind the routes. What they refuse they raise as `ACMEError`."""

    async def index_url(self, namespace: str, profile: str) -> str:
        """Return the URL of a profile's directory, whether or not there is such a profile."""
        ...

    def issue_nonce(self, *, authenticated: bool) -> str:
        """Return a fresh nonce. `authenticated` says that it answers a verified request."""
        ...

    async def directory(self, namespace: str, profile: str) -> Reply:
        """Return the directory of a profile."""
        ...

    async def handle_post(
        self,
        resource: Resource,
        parameters: Mapping[str, str],
        namespace: str,
        profile: str,
        body: bytes,
        client: str | None = None,
    ) -> Reply:
        """Answer a POST to a resource.

        `parameters` are those of the resource's path, and `cursor` of the orders list's query.
        `body` is what the client sent, `client` the address that it came from.
        """
        ...
