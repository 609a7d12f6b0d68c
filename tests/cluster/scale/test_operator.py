"""The operator over many objects: nothing is written that is as it should be, and what it costs."""

import contextlib
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.cluster.harness import audit, definitions, programs, resources
from tests.cluster.harness import client as clients
from tests.cluster.harness.accounts import token_of
from tests.cluster.harness.audit import Request
from tests.cluster.harness.client import Client
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.control_plane import ControlPlane
from tests.cluster.harness.installation import Installation, installed
from tests.cluster.harness.kubeconfig import Access
from tests.cluster.harness.manifests import OPERATOR
from tests.cluster.harness.resources import Document
from tests.cluster.harness.waiting import eventually
from tests.cluster.operator.marks import needs_audit_log
from tests.cluster.operator.scene import ready
from tests.cluster.scale.measuring import Program, Table, measured, mib
from tests.cluster.scale.population import Population, written
from tests.cluster.scale.working import Working, all_ready, looked, looks

PROFILES = int(os.environ.get("CERTWRIGHT_PROFILES", "1000"))
CREDENTIALS = int(os.environ.get("CERTWRIGHT_CREDENTIALS", "10000"))

MOST_MEMORY = 300 * 2**20
"""What the operator may use with so many objects, in bytes."""

NEW = 20
"""New profiles whose way is timed, one after the other."""


@dataclass(frozen=True, slots=True)
class Place:
    """A control plane and an installation of this module's own."""

    control_plane: ControlPlane
    installation: Installation
    table: Table
    folder: Path

    @property
    def api_server(self) -> Program:
        """The API server's process."""
        pid = self.control_plane.api_server.pid
        assert pid is not None
        return Program(pid)

    async def operator(self, resync: str = "10m") -> Working:
        """Return an operator that isn't started yet."""
        names = self.installation.names
        token = await token_of(self.installation.client, names.operator_namespace, OPERATOR)
        admin = self.control_plane.place.access
        return Working(names, Access(admin.server, admin.authority, token), self.folder, resync)


@pytest.fixture
async def place(tmp_path: Path, tell: Callable[[str], None]) -> AsyncIterator[Place]:
    """Give a control plane with nothing else in it, and a table that is shown in the end."""
    folder = tmp_path / "control-plane"
    folder.mkdir()
    built = programs.prepared(tell)
    own = ControlPlane.prepared(folder, built, audit.flags(folder))
    rows = Table()
    with contextlib.ExitStack() as stack:
        stack.callback(own.stop)
        own.start()
        access = own.place.access
        cluster = Cluster(access, own.place.kubeconfig, built.kubectl, audit.log(folder))
        async with clients.opened(access) as client:
            await definitions.establish(client)
            async with installed(cluster, client, tmp_path, "") as made:
                yield Place(own, made, rows, tmp_path)
                # All of it ends with its control plane.
                made.namespaces.clear()
                made.shared.clear()
    tell(f"\n{rows}\n")


async def populated(installation: Installation, profiles: int, credentials: int) -> Population:
    pki = await installation.namespace("pki")
    teams = [
        await installation.namespace(f"team-{number}", {"team": "true"}) for number in range(10)
    ]
    population = Population(pki, tuple(teams), profiles, credentials)
    await written(installation.client, population.documents())
    return population


@contextlib.asynccontextmanager
async def timed(place: Place, what: str, operator: Program) -> AsyncIterator[None]:
    """Add to the table what the block took; fail if the operator took too much memory."""
    begun = time.perf_counter()
    used, served = operator.seconds, place.api_server.seconds
    yield
    assert operator.peak <= MOST_MEMORY
    elapsed = time.perf_counter() - begun
    place.table.add(
        what,
        f"{elapsed:.1f} s; CPU of the operator {operator.seconds - used:.1f} s, "
        f"of the API server {place.api_server.seconds - served:.1f} s; "
        f"operator {mib(operator.resident)} resident, {mib(operator.peak)} at its peak",
    )


@pytest.mark.soak
async def test_a_thousand_profiles_and_ten_thousand_credentials(place: Place) -> None:
    begun = time.perf_counter()
    population = await populated(place.installation, PROFILES, CREDENTIALS)
    elapsed = time.perf_counter() - begun
    place.table.add(f"{population.size} objects written by people", f"{elapsed:.1f} s")
    await create(place, population)

    start = place.installation.audit.position()
    operator = await place.operator("1m")
    process = operator.start()
    async with timed(place, "restart, until all were looked at", process):
        await all_ready(operator, population.size)
    place.table.add("restart, requests", counted(place.installation.requests(start)))
    rested = looks(operator)
    await resync_begun(operator, population)
    async with timed(place, "resync of all that is unchanged", process):
        await looked(operator, rested + population.size)
    assert [str(each) for each in place.installation.writes(start)] == []
    place.table.add("restart and resync, writes", "0")
    await hear_of_new_profiles(place, operator, population)
    await operator.stop()


async def create(place: Place, population: Population) -> None:
    """Have an operator create everything."""
    start, operator = place.installation.audit.position(), await place.operator()
    process, begun = operator.start(), time.perf_counter()
    async with timed(place, "first creation", process):
        await all_ready(operator, population.size)
    rate = population.size / (time.perf_counter() - begun)
    place.table.add("first creation, rate", f"{rate:.0f} objects/s")
    place.table.add("first creation, requests", counted(place.installation.requests(start)))
    await operator.stop()


async def resync_begun(operator: Working, population: Population) -> None:
    """Return once an operator, which rests, looks at everything anew."""
    # Some objects are looked at by their own times; never so many at once.
    await looked(operator, looks(operator) + population.size // 100)


async def hear_of_new_profiles(place: Place, operator: Working, population: Population) -> None:
    """Time how long a new profile takes to be ready, in peace and while all is looked at."""
    idle = await new_profiles(place.installation, population, "idle")
    place.table.add("new profile, idle", idle)
    await resync_begun(operator, population)
    busy = await new_profiles(place.installation, population, "busy")
    place.table.add("new profile, while all is looked at", busy)


async def new_profiles(installation: Installation, population: Population, name: str) -> str:
    """Create profiles one after the other; return how long each took to be ready."""

    async def new(number: int) -> None:
        await is_ready(installation.client, population.profile(f"{name}-{number}"))

    return str(await measured((partial(new, number) for number in range(NEW)), at_once=1))


async def is_ready(client: Client, document: Document) -> None:
    """Create an object, and return at the moment at which it is told to be ready."""
    metadata = (await client.create(document))["metadata"]
    options = {
        "fieldSelector": f"metadata.name={metadata['name']}",
        "resourceVersion": metadata["resourceVersion"],
    }
    changes = client.watch(resources.of(document), metadata["namespace"], **options)
    async with contextlib.aclosing(changes):
        async for change in changes:
            if ready(change.object).startswith("True"):
                return
    raise AssertionError(f"{metadata['name']} was not ready within a minute")


def counted(requests: Iterable[Request]) -> str:
    """Return how many requests there were of each sort, most first."""
    sorts = Counter(f"{each.verb} {each.resource}" for each in requests)
    return ", ".join(f"{number} {sort}" for sort, number in sorts.most_common())


@needs_audit_log
async def test_nothing_is_written_for_a_thousand_objects_that_are_as_they_should_be(
    installation: Installation,
) -> None:
    population = await populated(installation, 100, 897)
    assert population.size == 1000
    operator = await installation.operator(resync="10s")
    operator.start()
    await all_ready(operator, population.size)
    await operator.stop()

    before = installation.audit.position()
    operator.start()
    # At its start, and once more in a resync.
    await looked(operator, 2 * population.size)
    assert [str(each) for each in installation.writes(before)] == []

    # It isn't that nothing is ever written.
    profile = population.profile("profile-7")
    profile["spec"]["acme"]["externalAccountBinding"] = "Optional"
    await installation.client.apply(profile, force=True)

    async def bundle_written() -> None:
        bundle = f"profile.{population.pki}.profile-7"
        assert bundle in [each.name for each in installation.writes(before)]

    await eventually(bundle_written)
