import base64
import tracemalloc
from typing import Any

import pytest

from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.metadata import ObjectKey
from certwright_operator.children.child import Child, NotAChild
from certwright_operator.children.places import ChildKey, ChildKind
from certwright_operator.children.roles import Role
from tests.unit.operator.children.cluster import OURS, encoded

MANAGED = {"app.kubernetes.io/managed-by": "certwright"}


def secret(
    namespace: str, name: str, labels: dict[str, str], annotations: dict[str, str] | None = None
) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "namespace": namespace,
            "name": name,
            "uid": f"uid-of-{name}",
            "resourceVersion": "7",
            "labels": {**MANAGED, **labels},
            "annotations": {"certwright.dev/source-uid": "u", **(annotations or {})},
            "managedFields": [{"manager": "certwright-operator", "fieldsV1": {"f:data": {}}}],
        },
        "data": {"some": encoded("thing")},
    }


def config_map(namespace: str, name: str, labels: dict[str, str]) -> dict[str, Any]:
    body = secret(namespace, name, labels)
    return {**body, "kind": "ConfigMap", "data": {"ca.crt": "roots"}}


KEY = "certwright.dev/key"
BUNDLE = "certwright.dev/bundle"
TRUST = "certwright.dev/trust"
CREDENTIAL = "certwright.dev/credential"
OF_AUTHORITY = {"certwright.dev/source-kind": "CertificateAuthority"}
SIGNER = "signer.pki.a.b.0123456789abcdef"


@pytest.mark.parametrize(
    ("body", "role", "owner"),
    [
        pytest.param(
            secret("certwright-system", "authority.pki.a.b", {KEY: "authority"}),
            Role.KEY,
            ObjectId(Kind.AUTHORITY, ObjectKey("pki", "a.b")),
            id="an authority's key",
        ),
        pytest.param(
            secret("certwright-system", "profile-root.pki.web", {KEY: "profile-root"}),
            Role.KEY,
            ObjectId(Kind.PROFILE, ObjectKey("pki", "web")),
            id="a profile's own key",
        ),
        pytest.param(
            secret("certwright-acme", "profile.pki.web", {BUNDLE: "profile"}),
            Role.PROFILE,
            ObjectId(Kind.PROFILE, ObjectKey("pki", "web")),
            id="a profile's bundle",
        ),
        pytest.param(
            secret("certwright-acme", "credential.team-a.x", {BUNDLE: "credential"}),
            Role.CREDENTIAL,
            ObjectId(Kind.CREDENTIAL, ObjectKey("team-a", "x")),
            id="a credential's bundle",
        ),
        pytest.param(
            secret("certwright-acme", SIGNER, {BUNDLE: "signer"}, OF_AUTHORITY),
            Role.SIGNER,
            ObjectId(Kind.AUTHORITY, ObjectKey("pki", "a.b")),
            id="a signer",
        ),
        pytest.param(
            secret("certwright-acme", SIGNER, {BUNDLE: "signer"}),
            Role.SIGNER,
            None,
            id="a signer that doesn't say of which kind its object is",
        ),
        pytest.param(
            config_map("certwright-acme", "trust.profile.pki.web", {TRUST: "profile"}),
            Role.TRUST,
            ObjectId(Kind.PROFILE, ObjectKey("pki", "web")),
            id="roots",
        ),
        pytest.param(
            secret("team-a", "eab", {CREDENTIAL: "default"}),
            Role.TENANT_SECRET,
            ObjectId(Kind.CREDENTIAL, ObjectKey("team-a", "default")),
            id="a tenant's Secret",
        ),
    ],
)
def test_whose_a_child_is_stands_in_its_name_and_labels(
    body: dict[str, Any], role: Role, owner: ObjectId | None
) -> None:
    child = Child.read(body, OURS)
    assert (child.role, child.owner, child.source_uid) == (role, owner, "u")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            secret("team-a", "authority.pki.root", {KEY: "authority"}),
            id="a key in a tenant's namespace",
        ),
        pytest.param(
            secret("certwright-acme", "authority.pki.root", {KEY: "authority"}),
            id="a key beside the bundles",
        ),
        pytest.param(
            secret("team-a", "profile.pki.web", {BUNDLE: "profile"}),
            id="a bundle in a tenant's namespace",
        ),
        pytest.param(
            secret("certwright-acme", "nonce-keys", {BUNDLE: "nonce-keys"}), id="keys of nonces"
        ),
        pytest.param(
            config_map("team-a", "trust.profile.pki.web", {TRUST: "profile"}),
            id="roots in a tenant's namespace",
        ),
        pytest.param(secret("team-a", "eab", {CREDENTIAL: "No Name"}), id="a label of no name"),
        pytest.param(secret("team-a", "eab", {}), id="no label but the manager's"),
        pytest.param(
            secret("team-a", "eab", {CREDENTIAL: "x", "app.kubernetes.io/managed-by": "Helm"}),
            id="somebody else's",
        ),
    ],
)
def test_what_is_malformed_is_nobodys(body: dict[str, Any]) -> None:
    child = Child.read(body, OURS)
    assert child.role is None
    assert child.owner is None


@pytest.mark.parametrize(
    ("body", "role"),
    [
        (secret("certwright-acme", "credential.a.b", {BUNDLE: "profile"}), Role.CREDENTIAL),
        (secret("certwright-acme", "profile.pki.web", {}), Role.PROFILE),
        (secret("certwright-system", "authority.pki.root", {KEY: "profile-root"}), Role.KEY),
        (config_map("certwright-acme", "trust.profile.pki.web", {TRUST: "authority"}), Role.TRUST),
    ],
    ids=["a bundle", "no label", "a key", "roots"],
)
def test_an_edited_label_makes_nothing_seem_lost(body: dict[str, Any], role: Role) -> None:
    assert Child.read(body, OURS).role is role


def test_a_secrets_data_is_decoded_and_isnt_shown() -> None:
    child = Child.read(secret("team-a", "eab", {}), OURS)
    assert child.data == {"some": b"thing"}
    assert "thing" not in repr(child)


def test_a_config_maps_text_and_octets_are_its_data() -> None:
    body = config_map("certwright-acme", "x", {}) | {
        "binaryData": {"more": base64.b64encode(b"\xff").decode()}
    }
    assert Child.read(body, OURS).data == {"ca.crt": b"roots", "more": b"\xff"}


def test_an_item_of_a_list_lacks_its_kind_which_is_told() -> None:
    body = secret("team-a", "eab", {})
    del body["kind"]
    read = Child.read(body, OURS, ChildKind.SECRET)
    assert read.key == ChildKey(ChildKind.SECRET, "team-a", "eab")
    with pytest.raises(NotAChild, match="kind"):
        Child.read(body, OURS)


@pytest.mark.parametrize("missing", ["namespace", "name", "uid", "resourceVersion"])
def test_an_object_that_no_api_server_stored_is_no_child(missing: str) -> None:
    body = secret("team-a", "eab", {})
    del body["metadata"][missing]
    with pytest.raises(NotAChild, match=missing):
        Child.read(body, OURS)


def test_an_object_of_another_kind_is_no_child() -> None:
    with pytest.raises(NotAChild, match="Pod"):
        Child.read({**secret("team-a", "eab", {}), "kind": "Pod"}, OURS)


def test_without_labels_annotations_and_data_a_secret_is_somebody_elses() -> None:
    metadata = {"namespace": "team-a", "name": "eab", "uid": "u", "resourceVersion": "1"}
    child = Child.read({"kind": "Secret", "metadata": metadata}, OURS)
    assert (child.role, child.labels, child.annotations, child.data) == (None, {}, {}, {})


def test_a_child_takes_little_beside_its_data() -> None:
    number, size = 500, 700

    def body(index: int) -> dict[str, Any]:
        found = secret("certwright-acme", f"credential.team-{index}.x", {BUNDLE: "credential"})
        found["metadata"]["annotations"] = {
            "certwright.dev/source": f"team-{index}/x",
            "certwright.dev/source-uid": f"0000{index:04}-0000-0000-0000-000000000000",
            "certwright.dev/secret-name": "x",
        }
        return {**found, "data": {"bundle.json": base64.b64encode(bytes(size)).decode()}}

    Child.read(body(0), OURS)
    tracemalloc.start()
    children = [Child.read(body(index), OURS) for index in range(number)]
    each = tracemalloc.get_traced_memory()[0] / len(children)
    tracemalloc.stop()
    assert each < 50 * 2**20 / 22_000
