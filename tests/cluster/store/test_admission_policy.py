"""Only the server writes its state, whatever RBAC grants: the policy on a real API server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from acme_server.stores.kubernetes.kinds import API_VERSION, GROUP
from tests.cluster.harness import client as clients
from tests.cluster.harness import manifests
from tests.cluster.harness.client import Client, Refused
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.resources import NAMESPACES, Document

_MANIFEST = "admission-policy.yaml"
_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_POLICIES = f"{_ADMISSION}/validatingadmissionpolicies"
_BINDINGS = f"{_ADMISSION}/validatingadmissionpolicybindings"
_GUARD = "certwright.dev/guarded-in-test"

SERVER = "system:serviceaccount:{namespace}:certwright-acme"
COLLECTOR = "system:serviceaccount:kube-system:generic-garbage-collector"
NAMESPACE_CONTROLLER = "system:serviceaccount:kube-system:namespace-controller"
CONTROLLER_MANAGER = "system:kube-controller-manager"


def documents(guard: str) -> tuple[Document, Document]:
    """Return policy and binding, under a name of their own, for namespaces with a label."""
    policy, binding = manifests.read(_MANIFEST)
    assert policy["metadata"]["name"] == binding["spec"]["policyName"]
    policy["metadata"]["name"] = binding["metadata"]["name"] = guard
    binding["spec"]["policyName"] = guard
    selector = {"namespaceSelector": {"matchLabels": {_GUARD: guard}}}
    binding["spec"]["matchResources"] = selector
    return policy, binding


def order(name: str) -> Document:
    return {"apiVersion": API_VERSION, "kind": "ACMEOrder", "metadata": {"name": name}}


def orders(namespace: str) -> str:
    return f"/apis/{API_VERSION}/namespaces/{namespace}/acmeorders"


@pytest.fixture
async def guarded(client: Client, namespace: str, kinds: list[Document]) -> AsyncIterator[str]:
    """Give a namespace with an order `existing`, from now on guarded by the policy."""
    assert kinds
    await client.request("POST", orders(namespace), body=order("existing"))
    policy, binding = documents(namespace)
    await client.request("POST", _POLICIES, body=policy)
    await client.request("POST", _BINDINGS, body=binding)
    labels = {"metadata": {"labels": {_GUARD: namespace}}}
    await client.patch(f"/api/v1/namespaces/{namespace}", labels)
    # The API server learns of a policy by its own watch.
    with suppress(Refused):
        for attempt in count():
            await client.request("POST", orders(namespace), {"dryRun": "All"}, order("probe"))
            assert attempt < 600
            await asyncio.sleep(0.05)
    yield namespace
    await client.request("DELETE", f"{_BINDINGS}/{namespace}")
    await client.request("DELETE", f"{_POLICIES}/{namespace}")


async def everything_is_granted(client: Client, namespace: str, user: str) -> None:
    """Let RBAC be in nobody's way."""
    rbac = "rbac.authorization.k8s.io"
    metadata = {"name": "everything", "namespace": namespace}
    rule = {"apiGroups": [GROUP], "resources": ["*"], "verbs": ["*"]}
    role = {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": [rule]}
    await client.create(role)
    await client.create(
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "everything"},
            "subjects": [{"apiGroup": rbac, "kind": "User", "name": user}],
        }
    )


async def refused(
    client: Client, method: str, where: str, body: Any, media_type: str
) -> str | None:
    """Try something without effect; return the refusal, None if there is none."""
    try:
        await client.request(method, where, {"dryRun": "All"}, body, media_type)
    except Refused as refusal:
        return str(refusal)
    return None


async def attempts(client: Client, namespace: str) -> dict[str, bool]:
    """Try every kind of write without effect, and say which the policy let through."""
    path = orders(namespace)
    existing = await client.request("GET", f"{path}/existing")
    tries: dict[str, tuple[str, str, Any, str]] = {
        "create": ("POST", path, order("new"), "application/json"),
        "replace": ("PUT", f"{path}/existing", existing | {"phase": "x"}, "application/json"),
        "patch": ("PATCH", f"{path}/existing", {"phase": "x"}, "application/merge-patch+json"),
        "delete": ("DELETE", f"{path}/existing", None, "application/json"),
        "delete all": ("DELETE", path, None, "application/json"),
    }
    allowed = {}
    for name, attempt in tries.items():
        refusal = await refused(client, *attempt)
        allowed[name] = refusal is None
        if refusal is not None:
            assert "ValidatingAdmissionPolicy" in refusal
            assert f"only {SERVER.format(namespace=namespace)} may write" in refusal
    return allowed


@pytest.mark.parametrize(
    ("user", "writes", "deletes"),
    [
        pytest.param(SERVER, True, True, id="the server"),
        pytest.param("system:serviceaccount:{namespace}:default", False, False, id="a neighbour"),
        pytest.param(SERVER.format(namespace="team-a"), False, False, id="a namesake elsewhere"),
        pytest.param("admin", False, False, id="a person"),
        pytest.param(COLLECTOR, False, True, id="the garbage collector"),
        pytest.param(NAMESPACE_CONTROLLER, False, True, id="the namespace controller"),
        pytest.param(CONTROLLER_MANAGER, False, True, id="a controller manager of one user"),
    ],
)
async def test_the_policy_lets_through(
    cluster: Cluster, client: Client, guarded: str, user: str, writes: bool, deletes: bool
) -> None:
    user = user.format(namespace=guarded)
    await everything_is_granted(client, guarded, user)
    async with clients.opened(cluster.access) as impersonating:
        impersonating.session.headers["Impersonate-User"] = user
        assert await attempts(impersonating, guarded) == {
            "create": writes,
            "replace": writes,
            "patch": writes,
            "delete": deletes,
            "delete all": deletes,
        }


async def test_an_administrator_has_no_way_round(client: Client, guarded: str) -> None:
    assert not any((await attempts(client, guarded)).values())


async def test_a_guarded_namespace_can_be_deleted(
    cluster: Cluster, client: Client, guarded: str
) -> None:
    made = await client.create(
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"generateName": "certwright-test-", "labels": {}},
        }
    )
    name = made["metadata"]["name"]
    await client.request("POST", orders(name), body=order("existing"))
    await client.patch(f"/api/v1/namespaces/{name}", {"metadata": {"labels": {_GUARD: guarded}}})
    await client.delete(NAMESPACES, name)
    gone = cluster.kubectl("wait", "--for=delete", f"namespace/{name}", "--timeout=60s")
    gone.succeeded()
