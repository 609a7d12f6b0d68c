"""The operator changes nothing of an Issuer but its caBundle, though a role lets it patch all."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest

from tests.cluster.harness import client as clients
from tests.cluster.harness import manifests
from tests.cluster.harness.cert_manager import definitions as cert_manager
from tests.cluster.harness.cert_manager.issuers import INJECTOR, collection_of, issuer, path_of
from tests.cluster.harness.client import Client, Patch, Refused
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.resources import Document
from tests.cluster.operator.marks import needs_audit_log

pytestmark = needs_audit_log

_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_POLICIES = f"{_ADMISSION}/validatingadmissionpolicies"
_BINDINGS = f"{_ADMISSION}/validatingadmissionpolicybindings"
_RBAC = "rbac.authorization.k8s.io"

_SERVER = "https://acme.example.test/acme/pki/web/directory"
_OPERATOR = "system:serviceaccount:certwright-system:certwright-operator"
_REFUSAL = "may change spec.acme.caBundle of issuers, and nothing else"


def _existing(namespace: str) -> Document:
    document = issuer("existing", _SERVER, namespace=namespace, source="pki/web")
    document["metadata"]["labels"] = {"team": "a"}
    return document


async def _allowed(client: Client, namespace: str, user: str) -> None:
    """Let RBAC be in a user's way nowhere in the namespace."""
    metadata = {"name": "everything", "namespace": namespace}
    rule = {"apiGroups": ["cert-manager.io"], "resources": ["*"], "verbs": ["*"]}
    role = {"apiVersion": f"{_RBAC}/v1", "kind": "Role", "metadata": metadata, "rules": [rule]}
    await client.create(role)
    await client.create(
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": "everything"},
            "subjects": [{"apiGroup": _RBAC, "kind": "User", "name": user}],
        }
    )


@pytest.fixture
async def guarded(cluster: Cluster, client: Client, namespace: str) -> AsyncIterator[Client]:
    """Give the operator's client, in whose way RBAC isn't, but the policy is, and an Issuer."""
    await cert_manager.establish(client)
    existing = _existing(namespace)
    await client.request("POST", collection_of(existing), body=existing)
    policy, binding = manifests.read("injection-policy.yaml")
    assert policy["metadata"]["name"] == binding["spec"]["policyName"]
    policy["metadata"]["name"] = binding["metadata"]["name"] = namespace
    binding["spec"]["policyName"] = namespace
    await _allowed(client, namespace, _OPERATOR)
    await client.request("POST", _POLICIES, body=policy)
    await client.request("POST", _BINDINGS, body=binding)
    async with clients.opened(cluster.access) as operator:
        operator.session.headers["Impersonate-User"] = _OPERATOR
        # The API server learns of a policy by its own watch.
        for attempt in count():
            if await _refused(operator, "DELETE", path_of(existing)):
                break
            assert attempt < 600
            await asyncio.sleep(0.05)
        yield operator
    await client.request("DELETE", f"{_BINDINGS}/{namespace}")
    await client.request("DELETE", f"{_POLICIES}/{namespace}")


async def _refused(
    client: Client, method: str, path: str, body: Any = None, kind: str = Patch.MERGE
) -> bool:
    """Try something without effect; tell whether the policy refused it."""
    options = {"dryRun": "All"} | (
        {"fieldManager": INJECTOR, "force": "false"} if kind == Patch.APPLY else {}
    )
    try:
        await client.request(method, path, options, body, kind)
    except Refused as refusal:
        if _REFUSAL not in str(refusal):
            raise
        return True
    return False


@pytest.mark.parametrize(
    "bundle", ["dHJ1c3Q=", None], ids=["a bundle that is set", "a bundle that is taken away"]
)
async def test_it_lets_through(
    guarded: Client, client: Client, namespace: str, bundle: str | None
) -> None:
    path = path_of(_existing(namespace))
    if bundle is None:
        await client.patch(path, {"spec": {"acme": {"caBundle": "dGhlaXJz"}}})
    assert not await _refused(guarded, "PATCH", path, {"spec": {"acme": {"caBundle": bundle}}})


async def test_it_lets_through_what_the_operator_applies(guarded: Client, namespace: str) -> None:
    existing = _existing(namespace)
    applied = {
        "apiVersion": existing["apiVersion"],
        "kind": existing["kind"],
        "metadata": {"name": "existing"},
        "spec": {"acme": {"caBundle": "dHJ1c3Q="}},
    }
    assert not await _refused(guarded, "PATCH", path_of(existing), applied, Patch.APPLY)


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param({"spec": {"acme": {"server": "https://evil.test/"}}}, id="another server"),
        pytest.param({"spec": {"acme": {"skipTLSVerify": True}}}, id="no verification"),
        pytest.param(
            {"spec": {"acme": {"privateKeySecretRef": {"name": "other"}}}}, id="another key"
        ),
        pytest.param({"spec": {"acme": {"caBundle": "eA==", "email": "a@b.test"}}}, id="more"),
        pytest.param({"spec": {"acme": None, "selfSigned": {}}}, id="another sort"),
        pytest.param({"spec": {"selfSigned": {}}}, id="another sort beside"),
        pytest.param({"metadata": {"labels": {"team": "b"}}}, id="a label"),
        pytest.param({"metadata": {"labels": None}}, id="no labels"),
        pytest.param(
            {"metadata": {"annotations": {"certwright.dev/inject-ca-from": None}}},
            id="the annotation",
        ),
        pytest.param({"metadata": {"finalizers": ["certwright.dev/x"]}}, id="a finalizer"),
    ],
)
async def test_it_refuses_to_change(guarded: Client, namespace: str, patch: Any) -> None:
    assert await _refused(guarded, "PATCH", path_of(_existing(namespace)), patch)


async def test_it_refuses_to_create_to_delete_and_to_write_a_status(
    guarded: Client, namespace: str
) -> None:
    path = path_of(_existing(namespace))
    other = issuer("other", _SERVER, namespace=namespace)
    assert await _refused(guarded, "POST", collection_of(other), other, "application/json")
    assert await _refused(guarded, "PATCH", path_of(other), other, Patch.APPLY)
    assert await _refused(guarded, "DELETE", path)
    assert await _refused(guarded, "PATCH", f"{path}/status", {"status": {"acme": {"uri": "x"}}})


@pytest.mark.usefixtures("guarded")
async def test_it_is_in_nobody_elses_way(client: Client, namespace: str) -> None:
    path = path_of(_existing(namespace))
    changed = {"spec": {"acme": {"server": "https://acme.other.test/directory"}}}
    assert not await _refused(client, "PATCH", path, changed)
    assert not await _refused(client, "DELETE", path)
