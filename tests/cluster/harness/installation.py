"""Certwright installed for one test: namespaces, roles, and operators that run under them."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.cluster.harness import gate as gates
from tests.cluster.harness.accounts import token_of
from tests.cluster.harness.audit import AuditLog, Request
from tests.cluster.harness.client import Client, Refused
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.manifests import OPERATOR, Names
from tests.cluster.harness.operators import Operator
from tests.cluster.harness.resources import (
    LEASES,
    NAMESPACES,
    OWN,
    SERVICE_ACCOUNTS,
    Document,
    of,
)
from tests.cluster.harness.waiting import eventually

_LEASE = "certwright-operator"


@dataclass(slots=True)
class Installation:
    """Namespaces and roles of one test, and the operators that it started.

    Args:
        names: What is called otherwise than in `manifests/`.
        started: The position in the audit log at which the test began.
        everywhere: Whether the operator may write Secrets of all namespaces.
    """

    cluster: Cluster
    client: Client
    names: Names
    folder: Path
    started: int
    stack: AsyncExitStack
    everywhere: bool
    operators: list[Operator] = field(default_factory=list)
    shared: list[Document] = field(default_factory=list)
    namespaces: list[str] = field(default_factory=list)

    async def operator(self, *, tenants: tuple[str, ...] = (), resync: str = "10m") -> Operator:
        """Return an operator that isn't started yet, with a gate of its own.

        Args:
            tenants: The namespaces that it is told to write tenants' Secrets in; none is all.
            resync: How often it looks at everything.
        """
        folder = self.folder / f"operator-{len(self.operators)}"
        folder.mkdir()
        token = await token_of(self.client, self.names.operator_namespace, OPERATOR)
        gate = await self.stack.enter_async_context(gates.standing(self.cluster.access))
        made = Operator(self.names, gate, folder, token, tenants, resync)
        self.stack.push_async_callback(made.kill)
        self.operators.append(made)
        return made

    async def namespace(self, purpose: str, labels: dict[str, str] | None = None) -> str:
        """Make a namespace that is deleted after the test, and return its name."""
        name = f"{purpose}{self.names.suffix}"
        metadata = {"name": name, "labels": labels or {}}
        await self.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        self.namespaces.append(name)
        return name

    async def grant(self, documents: Iterable[Document]) -> None:
        """Apply roles; what no namespace holds is deleted after the test."""
        for document in documents:
            await self.client.create(document)
            if not of(document).namespaced:
                self.shared.append(document)

    async def forget_the_lease(self) -> None:
        """Let the Lease of an operator that was killed have run out."""
        await self.client.delete(LEASES, _LEASE, self.names.operator_namespace)

    def requests(self, start: int | None = None) -> tuple[Request, ...]:
        """Return what the operator asked the API server, since the test began or a position."""
        begin = self.started if start is None else start
        return tuple(
            each for each in self.audit.requests(begin) if each.user == self.names.operator
        )

    def writes(self, start: int | None = None) -> tuple[Request, ...]:
        """Return what of that changes something; not the Lease, which is renewed all the time."""
        found = (each for each in self.requests(start) if each.writes)
        return tuple(each for each in found if each.resource != "leases")

    @property
    def audit(self) -> AuditLog:
        """The API server's audit log."""
        assert self.cluster.audit is not None
        return self.cluster.audit

    async def remove(self) -> None:
        """Delete everything that was made for the test."""
        for document in self.shared:
            await self.client.delete(of(document), document["metadata"]["name"])
        for name in self.namespaces:
            await self._remove_namespace(name)

    async def _remove_namespace(self, name: str) -> None:
        try:
            for resource in OWN.values():
                await self.client.delete(resource, "", name)
            await self.client.delete(NAMESPACES, name)
        except Refused as refused:
            # A test may have deleted it, or a definition.
            if refused.code not in {404, 409}:
                raise


@asynccontextmanager
async def installed(
    cluster: Cluster, client: Client, folder: Path, suffix: str, *, everywhere: bool = True
) -> AsyncIterator[Installation]:
    """Give an installation with nothing running; it is removed in the end.

    Args:
        suffix: Tells it from the installations of other tests.
        everywhere: Whether the operator may write Secrets of all namespaces.
    """
    await eventually(partial(_alone, client))
    names = Names(f"certwright-system{suffix}", f"certwright-acme{suffix}", suffix)
    started = cluster.audit.position() if cluster.audit is not None else 0
    async with AsyncExitStack() as stack:
        made = Installation(cluster, client, names, folder, started, stack, everywhere)
        stack.push_async_callback(made.remove)
        await made.namespace("certwright-system")
        await made.namespace("certwright-acme")
        await made.grant(names.roles())
        if everywhere:
            await made.grant(names.tenant_secrets_everywhere())
        account = partial(client.get, SERVICE_ACCOUNTS, OPERATOR, names.operator_namespace)
        await eventually(account)
        yield made


async def _alone(client: Client) -> None:
    """Fail while there are objects of other tests: an operator looks after all namespaces."""
    for resource in OWN.values():
        left = [each["metadata"]["namespace"] for each in await client.objects(resource)]
        assert not left, f"there are {resource.plural} of others in {', '.join(sorted(set(left)))}"
