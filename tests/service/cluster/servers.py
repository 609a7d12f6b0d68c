"""A server of a cluster in this process, over Secrets that a fake API server has."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from acme_server.cluster.assembly import Ready, serve
from acme_server.cluster.settings import ClusterSettings
from acme_server.kubernetes_api.access import Access
from certwright.bundles.objects import BUNDLE_LABEL
from tests.cluster.replicas.harness import identities
from tests.cluster.replicas.harness.background import Identity
from tests.cluster.replicas.harness.bundles import Planner, content
from tests.end_to_end.harness import documents, ports
from tests.end_to_end.harness.clients.account import Binding, Directory
from tests.fakes.secrets_api import SecretsAPI

NAMESPACE = "certwright-acme"


@dataclass
class Site:
    """What a server stands on; `settings` are over those that every server here has."""

    folder: Path
    api: SecretsAPI
    access: Access
    settings: dict[str, Any] = field(default_factory=dict)
    #: Tells the last server that was started to end.
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.identity: Identity = identities.made(self.folder)
        self.listen, self.operations = ports.free(), ports.free()
        self.planner = Planner(self.base)
        files = documents.standard().values()
        self.planner.plan(each for file in files for each in file)
        for name, secret in self.planner.secrets.items():
            kind = secret["metadata"]["labels"][BUNDLE_LABEL]
            self.api.put(name, content(secret), kind)

    @property
    def base(self) -> str:
        """Scheme and authority of the server's URLs."""
        return f"https://127.0.0.1:{self.listen}"

    @property
    def directory(self) -> Directory:
        """The profile's directory."""
        return Directory(f"{self.base}/acme/pki/web/directory", self.identity.root)

    @property
    def binding(self) -> Binding:
        """A credential of the profile."""
        return next(iter(self.planner.bindings.values()))

    def chosen(self) -> ClusterSettings:
        """Return the settings of a server."""
        everything = {
            "listen": f"127.0.0.1:{self.listen}",
            "publicURL": self.base,
            "tls": {"certificate": self.identity.certificate, "key": self.identity.key},
            "operations": {"listen": f"127.0.0.1:{self.operations}"},
            "shutdown": {"drain": "0s"},
            "store": {"kind": "sqlite", "file": self.folder / "certwright.db"},
        }
        return ClusterSettings.model_validate(everything | self.settings)

    @asynccontextmanager
    async def starting(self) -> AsyncIterator["asyncio.Future[Ready]"]:
        """Run a server for the block, which is told when it is ready; raise what ended it."""
        stop = self.stop = asyncio.Event()
        told: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        work = serve(self.access, NAMESPACE, self.chosen(), told.set_result, stop)
        task = asyncio.create_task(work)
        task.add_done_callback(lambda _: told.cancel())
        try:
            yield told
        finally:
            stop.set()
            async with asyncio.timeout(60):
                await task

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Ready]:
        """Run a server for the block, from when it is ready on."""
        async with self.starting() as told, asyncio.timeout(60):
            yield await told

    async def readiness(self) -> dict[str, Any]:
        """Return what `/readyz` tells; fail while nobody answers there."""
        url = f"http://127.0.0.1:{self.operations}/readyz"
        try:
            async with aiohttp.ClientSession() as http, http.get(url) as response:
                found: dict[str, Any] = json.loads(await response.text())
        except aiohttp.ClientConnectionError as error:
            raise AssertionError(str(error)) from error
        return found
