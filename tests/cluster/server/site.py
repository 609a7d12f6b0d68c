"""A server in this process, over a namespace of a real API server."""

import asyncio
import copy
import json
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from acme_server.cluster.assembly import Ready, serve
from acme_server.cluster.settings import ClusterSettings
from acme_server.kubernetes_api.access import Access
from tests.cluster.harness.client import Client, Refused
from tests.cluster.harness.resources import SECRETS, Document
from tests.cluster.replicas.harness import identities
from tests.cluster.replicas.harness.bundles import Planner
from tests.end_to_end.harness import ports

QUICKSTART = Path(__file__).parents[3] / "examples" / "quickstart"
BASE = "https://acme.example.test"


@dataclass
class Site:
    """A namespace, the bundles in it, and how a server comes to them."""

    client: Client
    namespace: str
    access: Access
    folder: Path
    planner: Planner = field(default_factory=lambda: Planner(BASE))
    settings: dict[str, Any] = field(default_factory=dict)
    base: str = BASE
    #: Tells the last server that was started to end.
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.identity = identities.made(self.folder)
        files = sorted(QUICKSTART.glob("*.yaml"))
        self.documents: list[Document] = [
            each for file in files for each in yaml.safe_load_all(file.read_text()) if each
        ]

    async def hand_over(self, documents: Iterable[Document] | None = None) -> None:
        """Write the bundles of documents, the quick start's by default."""
        self.planner.plan(self.documents if documents is None else documents)
        for secret in self.planner.secrets.values():
            await self.put(secret)

    async def put(self, secret: Document) -> None:
        """Write a Secret, whether it is there or not."""
        metadata = secret["metadata"] | {"namespace": self.namespace}
        written = copy.deepcopy(secret) | {"metadata": metadata}
        with suppress(Refused):
            await self.client.create(written)
            return
        await self.client.replace(written)

    async def delete(self, name: str) -> None:
        """Delete a Secret."""
        await self.client.delete(SECRETS, name, self.namespace)

    def document(self, kind: str) -> Document:
        """Return a copy of the only document of a kind."""
        (found,) = (each for each in self.documents if each["kind"] == kind)
        return copy.deepcopy(found)

    def chosen(self) -> ClusterSettings:
        """Return the settings of a server."""
        files = {"certificate": self.identity.certificate, "key": self.identity.key}
        everything = {
            "listen": "127.0.0.1:0",
            "publicURL": self.base,
            "tls": files,
            "operations": {"listen": "127.0.0.1:0"},
            "peers": {"listen": "127.0.0.1:0", "identity": "r1"},
            "shutdown": {"drain": "0s"},
        }
        return ClusterSettings.model_validate(everything | self.settings)

    @asynccontextmanager
    async def starting(self) -> AsyncIterator["asyncio.Future[Ready]"]:
        """Run a server for the block, which is told when it is ready; raise what prevents that."""
        stop = self.stop = asyncio.Event()
        told: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(
            serve(self.access, self.namespace, self.chosen(), told.set_result, stop)
        )
        try:
            yield told
        finally:
            stop.set()
            async with asyncio.timeout(60):
                await task

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Server"]:
        """Run a server for the block."""
        async with self.starting() as told:
            async with asyncio.timeout(60):
                ready = await told
            yield Server(ready, self.identity.root)

    @asynccontextmanager
    async def serving_loopback(self) -> AsyncIterator["Server"]:
        """Run a server for the block that clients find under the URLs that it tells them."""
        port = ports.free()
        self.base = f"https://127.0.0.1:{port}"
        self.planner = Planner(self.base)
        self.settings["listen"] = f"127.0.0.1:{port}"
        await self.hand_over()
        async with self.running() as server:
            yield server


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers, asked past the name that clients know it by."""

    ready: Ready
    root: Path

    async def directory(self, profile: str = "pki/web") -> tuple[int, dict[str, Any]]:
        """Return status and body of a directory."""
        return await self.asked(f"/acme/{profile}/directory")

    async def asked(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return status and body of a GET."""
        context = ssl.create_default_context(cafile=self.root)
        url = f"https://127.0.0.1:{self.ready.port}{path}"
        async with aiohttp.ClientSession() as http, http.get(url, ssl=context) as response:
            return response.status, json.loads(await response.text() or "{}")

    async def closes_connections(self) -> bool:
        """Tell whether clients are asked to close theirs."""
        context = ssl.create_default_context(cafile=self.root)
        url = f"https://127.0.0.1:{self.ready.port}/acme/pki/web/directory"
        async with aiohttp.ClientSession() as http, http.get(url, ssl=context) as response:
            return response.headers.get("Connection") == "close"

    async def readiness(self) -> dict[str, Any]:
        """Return what `/readyz` tells."""
        url = f"{self.ready.operations}/readyz"
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            found: dict[str, Any] = await response.json()
            return found

    async def metrics(self) -> str:
        """Return the metrics."""
        url = f"{self.ready.operations}/metrics"
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            return await response.text()
