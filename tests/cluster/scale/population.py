"""Many profiles and credentials, as a large installation has them."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.cluster.harness.client import Client
from tests.cluster.harness.resources import Document
from tests.cluster.operator import documents

AT_ONCE = 16
"""Objects that are written at a time."""


@dataclass(frozen=True, slots=True)
class Population:
    """A root, an authority below it, a template, and what hangs on them.

    Args:
        pki: The namespace of all but the credentials.
        teams: The namespaces of the credentials, each of which has its share.
        profiles: How many.
        credentials: How many.
    """

    pki: str
    teams: tuple[str, ...]
    profiles: int
    credentials: int

    @property
    def size(self) -> int:
        """How many objects there are."""
        return 3 + self.profiles + self.credentials

    def documents(self) -> Iterator[Document]:
        """Yield all documents, what others refer to first."""
        yield documents.authority(self.pki, "root")
        yield documents.intermediate(self.pki, "issuing", "root")
        yield documents.template(self.pki, "web-server")
        for number in range(self.profiles):
            yield self.profile(f"profile-{number}")
        for number in range(self.credentials):
            team = self.teams[number % len(self.teams)]
            to = f"{self.pki}/profile-{number % self.profiles}"
            yield documents.credential(team, f"credential-{number}", profile=to)

    def profile(self, name: str) -> Document:
        """Return a profile that lets every team have names of its own."""
        teams = documents.grant("teams", "**.${namespace}.example.test", team="true")
        binding = {"externalAccountBinding": "Required"}
        return documents.profile(
            self.pki, name, issuer="issuing", template="web-server", acme=binding, grants=[teams]
        )


async def written(client: Client, found: Iterable[Document]) -> None:
    """Create documents, many at a time; returns once all are there."""
    waiting = iter(found)

    async def work() -> None:
        for document in waiting:
            await client.create(document)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())
