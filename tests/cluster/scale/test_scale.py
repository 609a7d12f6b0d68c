"""Twenty thousand live certificates: nothing fails, and what it costs is shown for the docs."""

import itertools
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.documents.document import Document, Kind
from acme_server.domain.documents.models import MODELS
from acme_server.domain.documents.orders import Order
from acme_server.domain.problems import ACMEError
from acme_server.domain.retention import Retention
from acme_server.kubernetes_api.access import Access
from acme_server.ports import Select, Selection
from acme_server.services.documents import Documents, hour
from acme_server.services.sweeping import Sweeper
from acme_server.stores.kubernetes.store import KubernetesStore
from acme_server.system import SystemClock, SystemRandomness
from tests.cluster.harness.accounts import token_of
from tests.cluster.harness.control_plane import ControlPlane
from tests.cluster.harness.manifests import SERVER
from tests.cluster.harness.waiting import eventually
from tests.cluster.replicas.conftest import standard
from tests.cluster.replicas.harness import site as sites
from tests.cluster.replicas.harness.site import Site
from tests.cluster.scale import state
from tests.cluster.scale.measuring import (
    Program,
    Table,
    costing,
    etcd_bytes,
    measured,
    mib,
)
from tests.end_to_end.harness import load, webroot

pytestmark = pytest.mark.soak

CERTIFICATES = int(os.environ.get("CERTIFICATES", "20000"))
EXPIRED = max(CERTIFICATES // 20, 1)
"""As many more, long expired, for the sweeper."""

NAMESPACE = "certwright-acme"
READS = 2000
ISSUED = 200
CLIENTS = 8


@pytest.fixture
async def site(
    control_plane: ControlPlane, tmp_path: Path, name_server_port: int
) -> AsyncIterator[Site]:
    """Give bundles and what stands around servers, but no server yet."""
    access = control_plane.place.access
    async with sites.alone(access, NAMESPACE, tmp_path, name_server_port) as running:
        await running.hand_over(standard())
        yield running


@pytest.fixture
async def store(
    control_plane: ControlPlane, site: Site, tmp_path: Path
) -> AsyncIterator[KubernetesStore]:
    """Give the server's store, past the gate."""
    admin, token = control_plane.place.access, tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text(await token_of(site.client, NAMESPACE, SERVER))
    opened = KubernetesStore.open(Access(admin.server, admin.authority, token), NAMESPACE)
    yield opened
    await opened.close()


@pytest.fixture
def table(tell: Callable[[str], None]) -> Iterator[Table]:
    """Give a table that is shown at the end of the test."""
    rows = Table()
    yield rows
    tell(f"\n{rows}\n")


async def test_twenty_thousand_live_certificates(
    site: Site, store: KubernetesStore, control_plane: ControlPlane, table: Table
) -> None:
    documents = Documents(store, SystemRandomness())
    await fill(site, documents, control_plane, table)
    await read(documents, store, control_plane, table)
    await issue(site, control_plane, table)
    await restart(documents, control_plane, table)
    await sweep(documents, control_plane, table)
    left = [each async for each in store.scan(Selection(Kind.CERTIFICATE, limit=10**6))]
    assert len(left) == CERTIFICATES + ISSUED


def api_server(control_plane: ControlPlane) -> Program:
    pid = control_plane.api_server.pid
    assert pid is not None
    return Program(pid)


def sizes(control_plane: ControlPlane) -> str:
    whole, used = etcd_bytes(control_plane.place.etcd_url)
    resident = api_server(control_plane).resident
    return f"etcd {mib(whole)} ({mib(used)} in use), API server {mib(resident)} resident"


async def create(documents: Documents, written: Iterable[Document]) -> str:
    return str(await measured(partial(documents.create, each) for each in written))


async def fill(site: Site, documents: Documents, control_plane: ControlPlane, table: Table) -> None:
    """Write the state of all certificates."""
    leaf = site.identity.certificate.read_text()
    table.add("empty", sizes(control_plane))
    await create(documents, state.accounts())
    first, last = CERTIFICATES // 10, CERTIFICATES - CERTIFICATES // 10
    for what, numbers in (
        (f"create, the first {first}", range(first)),
        ("create, between", range(first, last)),
        (f"create, the last {first}", range(last, CERTIFICATES)),
    ):
        table.add(what, await create(documents, all_of(numbers, leaf)))
    table.add(f"{CERTIFICATES} certificates, orders, authorizations", sizes(control_plane))
    expired = range(CERTIFICATES, CERTIFICATES + EXPIRED)
    await create(
        documents,
        itertools.chain.from_iterable(
            state.issued(each, leaf, state.LONG_EXPIRED) for each in expired
        ),
    )


def all_of(numbers: Iterable[int], leaf: str) -> Iterator[Document]:
    return itertools.chain.from_iterable(state.issued(each, leaf) for each in numbers)


async def read(
    documents: Documents, store: KubernetesStore, control_plane: ControlPlane, table: Table
) -> None:
    """Read as requests do, and list as work beside them does."""
    serials = (state.serial(each * 7 % CERTIFICATES) for each in range(READS))
    calls = (partial(documents.get, Certificate, serial) for serial in serials)
    table.add("live read of a certificate", str(await measured(calls)))
    program = api_server(control_plane)
    account = state.account_id(7)
    mine = 0
    async with costing(program) as cost:
        async for _ in store.scan(Selection(Kind.ORDER, Select.OWNED_BY, account)):
            mine += 1
    assert mine >= CERTIFICATES // state.ACCOUNTS
    table.add(f"list of an account's {mine} orders", str(cost))
    async with costing(program) as cost:
        async for _ in store.scan(Selection(Kind.AUTHORIZATION, Select.PENDING_WORK, "validation")):
            pytest.fail("nothing is under way")
    table.add("look for challenges to take over", str(cost))
    async with costing(program) as cost:
        assert await store.count(Kind.CERTIFICATE) == CERTIFICATES + EXPIRED
    table.add("count of certificates", str(cost))
    everything = 0
    async with costing(program) as cost:
        async for _ in store.scan(Selection(Kind.CERTIFICATE, limit=10**6)):
            everything += 1
    table.add(f"scan of all {everything} certificates", str(cost))


async def issue(site: Site, control_plane: ControlPlane, table: Table) -> None:
    """Start a server over all that, and let clients come."""
    begun = time.perf_counter()
    replica = await site.start()
    table.add("start of a server until it is ready", f"{time.perf_counter() - begun:.1f} s")
    with webroot.serving(site.webroot, site.solvers.http_01):
        async with AsyncExitStack() as stack:
            working = await load.clients(stack, site.directory(), CLIENTS)
            for client in working:
                (await client.session.register(site.binding())).accepted()
            async with costing(api_server(control_plane)) as cost:
                issuing = await measured(
                    (
                        partial(working[each % CLIENTS].issue, site.webroot, name(each))
                        for each in range(ISSUED)
                    ),
                    CLIENTS,
                )
    table.add("issuance, one server, 8 clients, all on the same cores", str(issuing))
    table.add("API server CPU of an issuance", f"{cost.used / ISSUED * 1000:.1f} ms")
    table.add("server, resident", mib(Program(replica.pid).resident))
    await site.retire(replica)


def name(number: int) -> str:
    return f"new{number}.team-a.example.test"


async def restart(documents: Documents, control_plane: ControlPlane, table: Table) -> None:
    """Restart the API server, which reads all of it anew."""
    control_plane.api_server.stop()
    begun = time.perf_counter()
    control_plane.start_api_server()
    ready = time.perf_counter() - begun
    assert await documents.get(Certificate, state.serial(1)) is not None
    answered = time.perf_counter() - begun
    await eventually(partial(listed, documents))
    lists = time.perf_counter() - begun
    used = api_server(control_plane).seconds
    table.add(
        "restart of the API server",
        f"ready after {ready:.1f} s, first read after {answered:.1f} s, first list after "
        f"{lists:.1f} s, {used:.1f} s of CPU",
    )
    table.add("after the restart", sizes(control_plane))


async def listed(documents: Documents) -> None:
    """List as the sweeper does: the API server refuses to until it has read all of a kind."""
    for model in MODELS.values():
        try:
            await documents.any_of(model, Select.OWNED_BY, state.account_id(1))
        except ACMEError as error:
            raise AssertionError(str(error)) from error


async def sweep(documents: Documents, control_plane: ControlPlane, table: Table) -> None:
    """Sweep what has long expired, without its pace: what is measured is the work."""
    program = api_server(control_plane)
    keep = Retention()
    async with costing(program) as cost:
        for model in (Order, Authorization, Certificate):
            async for _ in documents.scan_all(model, Select.DUE_BEFORE, hour(state.LONG_EXPIRED)):
                pytest.fail("nothing has expired that early")
    table.add("an idle sweep's three lists", str(cost))
    sweeper = Sweeper(documents, SystemClock(), keep, pace=1e9)
    async with costing(program) as cost:
        swept = await sweeper.sweep(SystemClock().now())
    gone = {kind: swept.counts[kind] for kind in (Kind.ORDER, Kind.AUTHORIZATION, Kind.CERTIFICATE)}
    assert set(gone.values()) == {EXPIRED}
    table.add(f"sweep of {swept}", str(cost))
