"""A folder of documents, a data folder and a clock: what a folder source needs, on one machine."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from acme_server.sources.folder import FolderSource
from acme_server.standalone.apply import DataFolder
from acme_server.standalone.files import Files
from certwright.pki import keys
from certwright.reconcile.effects import Effects
from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.kinds import AnyResource
from certwright.resources.metadata import ObjectKey
from certwright.resources.status import Condition

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

DOCUMENTS = """
apiVersion: certwright.dev/v1alpha1
kind: CertificateAuthority
metadata: {name: root, namespace: pki}
spec: {root: {}, commonName: Root, nameConstraints: {permitted: {ipRanges: [192.0.2.0/24]}}}
---
apiVersion: certwright.dev/v1alpha1
kind: CertificateTemplate
metadata: {name: web-server, namespace: pki}
spec:
  preset: TLSServer
  allowed: {dnsNames: {values: ["**.acme.com"]}, ipAddresses: {cidrs: [192.0.2.0/24]}}
  constraints: {maxDuration: 1128h}
  allowedNamespaces: {from: Selector, selector: {matchLabels: {team: "true"}}}
---
apiVersion: certwright.dev/v1alpha1
kind: CertificateProfile
metadata: {name: web, namespace: pki}
spec:
  issuer: {authorityRef: {name: root}}
  templateRef: {name: web-server}
  acme: {hostname: web.acme.com}
---
apiVersion: certwright.dev/v1alpha1
kind: CertificateProfile
metadata: {name: own, namespace: pki}
spec: {issuer: {selfSigned: {}}, templateRef: {name: web-server}}
---
apiVersion: certwright.dev/v1alpha1
kind: EABCredential
metadata: {name: default, namespace: pki}
spec: {profileRef: {name: web}, secretName: eab, expirationTime: "2030-01-01T00:00:00Z"}
"""


class HandClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.time += timedelta(seconds=seconds)


class Shed:
    """A place to serve a folder from, again and again.

    Args:
        place: An empty folder.
        make_files: Makes the data folder's files, so that writes can be counted or stopped.
    """

    def __init__(self, place: Path, make_files: Callable[[Path], Files] = Files) -> None:
        self.folder = place / "documents"
        self.data = place / "data"
        self.folder.mkdir(exist_ok=True)
        self.data.mkdir(exist_ok=True)
        self.files = make_files(self.data)
        self.clock = HandClock()
        self._numbers = count(1)
        self.source = self.new_source()

    def new_source(self) -> FolderSource:
        """Return a source as a new process would make it."""
        effects = Effects(keys.generate, self._random, lambda: 1000 + next(self._numbers))
        keeper = DataFolder(self.files)
        return FolderSource(self.folder, keeper, effects, self.clock, "https://acme.test:8443")

    def _random(self, length: int) -> bytes:
        return hashlib.sha256(str(next(self._numbers)).encode()).digest()[:length]

    def write(self, documents: str, name: str = "all.yaml") -> None:
        """Write documents to a file of the folder."""
        (self.folder / name).write_text(documents)

    async def start(self, documents: str = DOCUMENTS) -> FolderSource:
        """Write documents and start serving them."""
        self.write(documents)
        await self.source.start()
        return self.source

    async def restart(self) -> FolderSource:
        """Start serving what is there, as a new process."""
        self.source = self.new_source()
        await self.source.start()
        return self.source

    async def look(self) -> None:
        """Let the source look as often as it takes to believe in a change."""
        for _ in range(3):
            await self.source.look()

    def tree(self) -> dict[str, bytes]:
        """Return everything in the data folder."""
        return {
            str(path.relative_to(self.data)): path.read_bytes()
            for path in sorted(self.data.rglob("*"))
            if path.is_file()
        }

    def object(self, kind: Kind, name: str) -> AnyResource:
        """Return an object in force of namespace pki."""
        return DataFolder(self.files).existing().objects[ObjectId(kind, ObjectKey("pki", name))]

    def condition(self, kind: Kind, name: str, condition: str = "Ready") -> Condition | None:
        """Return a condition from an object's status."""
        return self.object(kind, name).status.condition(condition)
