"""A namespace with bundles and servers, a balancer before them, and a gate to the API server."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from acme_server.domain.documents.document import Kind
from acme_server.stores.kubernetes.kinds import path
from certwright.resources.metadata import ObjectKey
from tests.cluster.harness import accounts, definitions, kubeconfig, manifests
from tests.cluster.harness import client as clients
from tests.cluster.harness.client import Client, Refused
from tests.cluster.harness.kubeconfig import Access
from tests.cluster.harness.resources import SECRETS, Document
from tests.cluster.harness.waiting import eventually
from tests.cluster.replicas.harness import balancer, gate, identities
from tests.cluster.replicas.harness.background import Identity
from tests.cluster.replicas.harness.balancer import Balancer
from tests.cluster.replicas.harness.bundles import Planner
from tests.cluster.replicas.harness.gate import Gate
from tests.cluster.replicas.harness.replica import Place, Replica
from tests.end_to_end.harness import ports
from tests.end_to_end.harness.clients.account import Binding, Directory, Solvers

Ask = Callable[[str], Awaitable[tuple[int, Mapping[str, str]]]]
"""Gets a URL; returns status and headers."""

_ENOUGH_LINES = 4000


@dataclass(slots=True)
class Site:
    """Everything that one test has to do with.

    Args:
        namespace: The server's.
        client: Comes as the administrator.
        kubeconfig: How servers come to the API server: through the gate, by their account.
        solvers: Where challenges are answered.
        webroot: Folder for answers to http-01; a test serves it when it wants to.
    """

    namespace: str
    client: Client
    folder: Path
    identity: Identity
    balancer: Balancer
    gate: Gate
    kubeconfig: Path
    solvers: Solvers
    planner: Planner
    replicas: list[Replica] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def hand_over(self, documents: Iterable[Document]) -> None:
        """Write the bundles that documents lead to, and delete those that they lead to no more."""
        before = set(self.planner.secrets)
        self.planner.plan(documents)
        for secret in self.planner.secrets.values():
            await self.put(secret)
        for name in before - self.planner.secrets.keys():
            await self.client.delete(SECRETS, name, self.namespace)

    async def put(self, secret: Document) -> None:
        """Write a Secret of the server's namespace, whether it is there or not."""
        metadata = secret["metadata"] | {"namespace": self.namespace}
        try:
            await self.client.create(secret | {"metadata": metadata})
        except Refused as refused:
            if refused.reason != "AlreadyExists":
                raise
            await self.client.replace(secret | {"metadata": metadata})

    async def start(self, **settings: Any) -> Replica:
        """Start a server more, and send it requests once it is ready."""
        written = self._shared() | self.settings | settings
        folder = self.folder / f"replica-{next(self._numbers)}"
        arguments = (f"--namespace={self.namespace}", f"--kubeconfig={self.kubeconfig}")
        replica = Replica(Place.prepared(folder, written, *arguments))
        self.replicas.append(replica)
        await replica.start()
        self.balancer.add(replica.url)
        return replica

    async def retire(self, replica: Replica) -> None:
        """End a server as a cluster does: no new requests once it says that it isn't ready."""
        replica.terminate()
        await eventually(partial(_is_not_ready, replica))
        self.balancer.drop(replica.url)
        assert await replica.ended() == 0, replica.log[-_ENOUGH_LINES:]
        self.replicas.remove(replica)

    async def all_are_ready(self) -> None:
        """Fail unless every server says that it is ready."""
        for replica in self.replicas:
            assert await _says_ready(replica), replica.log[-_ENOUGH_LINES:]

    def kill(self, replica: Replica) -> None:
        """End a server hard; the balancer must not send it anything any more."""
        replica.kill()
        self.replicas.remove(replica)

    def replica_at(self, url: str) -> Replica:
        """Return the server that the balancer finds at a URL."""
        return next(each for each in self.replicas if each.url == url)

    def directory(self, profile: str = "pki/web") -> Directory:
        """Return a profile's directory, before which the balancer stands."""
        return Directory(f"{self.balancer.url}/acme/{profile}/directory", self.identity.root)

    def binding(self, namespace: str = "team-a", name: str = "default") -> Binding:
        """Return a credential's KID and secret."""
        return self.planner.bindings[ObjectKey(namespace, name)]

    def roots(self, profile: str = "pki/web") -> Path:
        """Return a file of the roots that a profile's certificates lead to."""
        file = self.folder / f"{profile.replace('/', '.')}.pem"
        file.write_text(self.planner.roots[profile])
        return file

    @property
    def webroot(self) -> Path:
        """The folder of answers to http-01."""
        folder = self.folder / "webroot"
        folder.mkdir(exist_ok=True)
        return folder

    async def stored(self, kind: Kind) -> list[Document]:
        """Return the objects of a kind of the server's state."""
        listed = await self.client.request("GET", path(self.namespace, kind))
        items: list[Document] = listed["items"]
        return items

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[Ask]:
        """Give a way to GET URLs of the balancer and of servers."""
        connector = aiohttp.TCPConnector(ssl=self.identity.trusting())
        async with aiohttp.ClientSession(connector=connector) as http:

            async def ask(url: str) -> tuple[int, Mapping[str, str]]:
                async with http.get(url) as response:
                    return response.status, response.headers

            yield ask

    def _shared(self) -> dict[str, Any]:
        """Return the settings that all replicas share."""
        return {
            "publicURL": self.balancer.url,
            "tls": {"certificate": str(self.identity.certificate), "key": str(self.identity.key)},
            "validation": {
                "http01Port": self.solvers.http_01,
                "tlsAlpn01Port": self.solvers.tls_alpn_01,
                "resolvers": [f"127.0.0.1:{self.solvers.name_server}"],
                "allowedNetworks": ["127.0.0.0/8"],
                "retryFor": "5m",
            },
        }


@asynccontextmanager
async def running(
    access: Access, namespace: str, folder: Path, name_server: int
) -> AsyncIterator[Site]:
    """Give a site without bundles and servers, in a namespace whose server has its account."""
    async with clients.opened(access) as client:
        token = await accounts.token_of(client, namespace, manifests.SERVER)
        identity = identities.made(folder)
        with ExitStack() as stack:
            balancing = stack.enter_context(balancer.running(identity))
            gated = stack.enter_context(gate.running(access, identity))
            written = folder / "server.kubeconfig"
            kubeconfig.write(written, Access(gated.url, identity.root, token))
            site = Site(
                namespace,
                client,
                folder,
                identity,
                balancing,
                gated,
                written,
                Solvers(ports.free(), ports.free(), name_server),
                Planner(balancing.url),
            )
            try:
                yield site
            finally:
                for replica in site.replicas:
                    replica.kill()


@asynccontextmanager
async def alone(
    access: Access, namespace: str, folder: Path, name_server_port: int
) -> AsyncIterator[Site]:
    """Give a site without servers and bundles on a cluster that holds nothing else yet."""
    async with clients.opened(access) as client:
        await definitions.establish(client)
        metadata = {"name": namespace}
        await client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        await give_account(client, namespace)
    async with running(access, namespace, folder, name_server_port) as site:
        yield site


async def give_account(client: Client, namespace: str) -> None:
    """Make the server's ServiceAccount in a namespace, with the Role that the manifests have."""
    for document in manifests.read("server.yaml"):
        document["metadata"]["namespace"] = namespace
        for subject in document.get("subjects", ()):
            subject["namespace"] = namespace
        await client.create(document)


async def _is_not_ready(replica: Replica) -> None:
    assert not await _says_ready(replica)


async def _says_ready(replica: Replica) -> bool:
    return await asyncio.to_thread(lambda: replica.is_ready)
