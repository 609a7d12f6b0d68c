"""A server that comes as somebody else than the policy lets write: it says so, and to whom."""

from typing import Any

import pytest

from acme_server.kubernetes_api.access import Access
from tests.cluster.harness import accounts, manifests
from tests.cluster.harness.client import Client
from tests.cluster.harness.resources import ROLE_BINDINGS, SERVICE_ACCOUNTS
from tests.cluster.harness.waiting import eventually
from tests.cluster.server.site import Server, Site
from tests.cluster.store.test_admission_policy import guarded
from tests.end_to_end.harness.clients.account import Directory
from tests.end_to_end.harness.session import opened

__all__ = ["guarded"]

OTHER = "somebody-else"
RULE = "only system:serviceaccount:{}:certwright-acme may write the state of its ACME server"


@pytest.fixture
async def foreign(site: Site, guarded: str, client: Client) -> Site:
    """Give a site whose server has an account of the same rights and another name."""
    metadata = {"name": OTHER, "namespace": guarded}
    kind = {"apiVersion": SERVICE_ACCOUNTS.api_version, "kind": SERVICE_ACCOUNTS.kind}
    await client.create({**kind, "metadata": metadata})
    binding = await client.get(ROLE_BINDINGS, manifests.SERVER, guarded)
    subject = {"kind": SERVICE_ACCOUNTS.kind, **metadata}
    await client.create(
        {
            **{member: binding[member] for member in ("apiVersion", "kind", "roleRef")},
            "metadata": metadata,
            "subjects": [subject],
        }
    )
    token = site.folder / "other-token"
    token.write_text(await accounts.token_of(client, guarded, OTHER))
    admin = site.access
    site.access = Access(admin.server, admin.authority, token, server_name=admin.server_name)
    return site


async def test_the_policy_s_words_are_for_those_who_run_it_and_clients_are_told_to_wait(
    foreign: Site, caplog: pytest.LogCaptureFixture
) -> None:
    rule = RULE.format(foreign.namespace)
    async with foreign.serving_loopback() as server:
        told = await server.readiness()
        assert not told["ready"]
        (reason,) = told["reasons"]
        assert reason.startswith("this server isn't allowed to write its state: ")
        assert rule in reason
        directory = Directory(f"{foreign.base}/acme/pki/web/directory", foreign.identity.root)
        async with opened(directory) as client:
            answer = await client.register(foreign.planner.bindings.popitem()[1])
        assert answer.status == 503
        assert "isn't allowed to write its state" in answer.detail
        assert "serviceaccount" not in answer.detail
    assert rule in caplog.text


async def test_it_is_ready_once_it_may_write(foreign: Site, client: Client) -> None:
    async with foreign.serving_loopback() as server:
        assert not (await server.readiness())["ready"]
        # The namespace is guarded no more.
        labels: dict[str, Any] = {"metadata": {"labels": {"certwright.dev/guarded-in-test": None}}}
        await client.patch(f"/api/v1/namespaces/{foreign.namespace}", labels)
        await eventually(lambda: is_ready(server))


async def is_ready(server: Server) -> None:
    assert await server.readiness() == {"ready": True, "reasons": []}
