"""The gate lets through what it is told to, and the audit log tells what came of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.cluster.harness import client as clients
from tests.cluster.harness import gate as gates
from tests.cluster.harness.accounts import token_of
from tests.cluster.harness.client import Client, Refused
from tests.cluster.harness.gate import Gate, Write
from tests.cluster.harness.installation import Installation
from tests.cluster.harness.manifests import OPERATOR
from tests.cluster.harness.resources import (
    LEASES,
    ROLE_BINDINGS,
    SECRETS,
    SERVICE_ACCOUNTS,
    Document,
    Resource,
)
from tests.cluster.operator.marks import needs_audit_log

SOMEBODY = "somebody"


@pytest.fixture
async def gate(installation: Installation) -> AsyncIterator[Gate]:
    async with gates.standing(installation.cluster.access) as standing:
        yield standing


@pytest.fixture
async def account(installation: Installation, client: Client, gate: Gate) -> AsyncIterator[Client]:
    """Give a ServiceAccount that may what the operator may, and comes through the gate."""
    system = installation.names.operator_namespace
    await client.create(made(SERVICE_ACCOUNTS, system, SOMEBODY))
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": OPERATOR}
    subject = {"kind": "ServiceAccount", "name": SOMEBODY, "namespace": system}
    binding = made(ROLE_BINDINGS, system, SOMEBODY)
    await client.create(binding | {"roleRef": role, "subjects": [subject]})
    token = await token_of(client, system, SOMEBODY)
    access = installation.cluster.access
    through = replace(access, server=gate.url, authority=None, token=token, server_name=None)
    async with clients.opened(through) as opened:
        yield opened


def user(installation: Installation) -> str:
    return f"system:serviceaccount:{installation.names.operator_namespace}:{SOMEBODY}"


def made(resource: Resource, namespace: str, name: str) -> Document:
    metadata = {"namespace": namespace, "name": name}
    return {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata}


async def test_what_is_asked_goes_through_with_the_name_of_who_asks(
    installation: Installation, account: Client
) -> None:
    system = installation.names.operator_namespace
    await account.create(made(SECRETS, system, "a"))
    assert (await account.get(SECRETS, "a", system))["metadata"]["name"] == "a"
    with pytest.raises(Refused, match=user(installation)):
        await account.get(SECRETS, "a", "kube-system/pods")


async def test_a_watch_goes_through_as_it_comes(
    installation: Installation, account: Client, client: Client
) -> None:
    system = installation.names.operator_namespace
    async with contextlib.aclosing(account.watch(SECRETS, system)) as events:
        await client.create(made(SECRETS, system, "a"))
        assert (await anext(events)).type == "ADDED"


async def test_so_many_writes_pass_and_then_nothing(
    installation: Installation, account: Client, client: Client, gate: Gate
) -> None:
    system = installation.names.operator_namespace
    gate.open(budget=2)
    for name in ("a", "b"):
        await account.create(made(SECRETS, system, name))
    await account.create(made(LEASES, system, "beside-the-count"))
    held_back = asyncio.create_task(account.create(made(SECRETS, system, "c")))
    await gate.closed.wait()
    reading = asyncio.create_task(account.get(SECRETS, "a", system))
    done, _ = await asyncio.wait({held_back, reading}, timeout=0.2)
    assert not done
    for task in (held_back, reading):
        task.cancel()
    held = {each["metadata"]["name"] for each in await client.objects(SECRETS, system)}
    assert held == {"a", "b"}


async def test_an_answer_can_be_lost(
    installation: Installation, account: Client, client: Client, gate: Gate
) -> None:
    system = installation.names.operator_namespace
    seen: list[Write] = []

    async def become_deaf(write: Write, _: bytes) -> None:
        seen.append(write)
        gate.lose_answers()

    gate.before = become_deaf
    unheard = asyncio.create_task(account.create(made(SECRETS, system, "a")))
    done, _ = await asyncio.wait({unheard}, timeout=0.5)
    assert not done
    unheard.cancel()
    assert seen == [Write("POST", "secrets", system, "")]
    assert await client.get(SECRETS, "a", system)


async def test_the_gate_can_refuse_in_the_place_of_the_api_server(
    installation: Installation, account: Client, gate: Gate
) -> None:
    gate.refuse(503)
    with pytest.raises(Refused, match="503"):
        await account.get(SECRETS, "a", installation.names.operator_namespace)
    assert gate.refused == 1


@needs_audit_log
async def test_the_audit_log_tells_who_did_what_and_what_no_role_allows(
    installation: Installation, account: Client
) -> None:
    system = installation.names.operator_namespace
    await account.create(made(SECRETS, system, "a"))
    with pytest.raises(Refused):
        await account.delete(LEASES, "a", "kube-system")
    found = installation.audit.requests(installation.started)
    created, deleted = (each for each in found if each.user == user(installation))
    assert (created.verb, created.group, created.resource) == ("create", "", "secrets")
    assert (created.namespace, created.name, created.code) == (system, "a", 201)
    assert (deleted.verb, deleted.group, deleted.code) == ("delete", "coordination.k8s.io", 403)
    assert (created.denied, deleted.denied) == (False, True)
