"""What the API server makes of documents: defaults, unknown fields, merging, and the status."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from certwright.resources.kinds import KINDS
from certwright.resources.model import API_VERSION
from certwright.resources.rule import example_document
from tests.cluster.harness.client import Client, Patch, Refused, Unknown
from tests.cluster.harness.resources import CREDENTIALS, OWN, PROFILES, Document, path_of

pytestmark = pytest.mark.usefixtures("definitions")

_EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

_SAME = {"from": "Same"}

_DEFAULTED: dict[str, dict[str, Any]] = {
    "CertificateAuthority": {
        "root": {},
        "commonName": "Example Root",
        "privateKey": {"algorithm": "ECDSA", "generate": "IfAbsent"},
        "duration": "43800h",
        "state": "Active",
        "allowedNamespaces": _SAME,
        "deletionPolicy": "Retain",
    },
    "CertificateTemplate": {"preset": "TLSServer", "allowedNamespaces": _SAME},
    "CertificateProfile": {
        "issuer": {"selfSigned": {}},
        "templateRef": {"name": "web"},
        "acme": {
            "challenges": ["http-01", "dns-01", "tls-alpn-01"],
            "externalAccountBinding": "Required",
        },
    },
    "EABCredential": {
        "profileRef": {"name": "web"},
        "suspend": False,
        "rotation": {"revision": 1, "overlap": "24h"},
    },
}

_CONDITION = {
    "type": "Ready",
    "status": "False",
    "observedGeneration": 1,
    "lastTransitionTime": "2026-11-20T00:00:00Z",
    "reason": "ReferenceNotFound",
    "message": "there is no CertificateProfile web",
}


def _document(kind: str, namespace: str = "default", **spec: Any) -> Document:
    document = example_document(kind, "spec", spec)
    document["metadata"]["namespace"] = namespace
    return document


def _quickstart() -> list[Any]:
    files = sorted((_EXAMPLES / "quickstart").glob("*.yaml"))
    documents = [each for file in files for each in yaml.safe_load_all(file.read_text("utf-8"))]
    return [
        pytest.param(each, id=f"{each['kind']} {each['metadata']['name']}")
        for each in documents
        if each["apiVersion"] == API_VERSION
    ]


@pytest.mark.parametrize("document", _quickstart())
async def test_the_examples_are_accepted(client: Client, document: Document) -> None:
    metadata = document["metadata"] | {"namespace": "default"}
    await client.create(document | {"metadata": metadata}, dry_run=True)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_left_out_gets_its_default(client: Client, kind: str) -> None:
    stored = await client.create(_document(kind), dry_run=True)
    assert stored["spec"] == _DEFAULTED[kind]


async def test_a_default_reaches_into_the_elements_of_a_list(client: Client) -> None:
    document = _document("CertificateProfile", grants=[{"name": "teams", "dnsNames": {}}])
    stored = await client.create(document, dry_run=True)
    assert stored["spec"]["grants"] == [
        {
            "name": "teams",
            "namespaces": _SAME,
            "dnsNames": {"wildcards": "Allowed"},
            "validation": "Required",
        }
    ]


async def test_a_selector_keeps_its_labels(client: Client) -> None:
    """A label lost on the way would make the selector choose every namespace."""
    namespaces = {"from": "Selector", "selector": {"matchLabels": {"team": "true"}}}
    document = _document("CertificateProfile", grants=[{"name": "a", "namespaces": namespaces}])
    stored = await client.create(document, dry_run=True, unknown=Unknown.PRUNED)
    assert stored["spec"]["grants"][0]["namespaces"] == namespaces


async def test_a_null_is_left_out(client: Client) -> None:
    document = _document("EABCredential") | {"spec": {"profileRef": {"name": "web"}}}
    document["spec"] |= {"suspend": None, "expirationTime": None, "rotation": {"revision": None}}
    stored = await client.create(document, dry_run=True)
    assert stored["spec"] == _DEFAULTED["EABCredential"]


@pytest.mark.parametrize("kind", KINDS)
async def test_an_unknown_field_is_refused_where_strictness_is_asked_for(
    client: Client, kind: str
) -> None:
    with pytest.raises(Refused, match=r'unknown field "spec\.nonsense"') as caught:
        await client.create(_document(kind, nonsense=1), dry_run=True)
    assert caught.value.code == 400


@pytest.mark.parametrize("kind", KINDS)
async def test_an_unknown_field_is_dropped_elsewhere(client: Client, kind: str) -> None:
    document = _document(kind, nonsense={"deep": [1]})
    stored = await client.create(document, dry_run=True, unknown=Unknown.PRUNED)
    assert stored["spec"] == _DEFAULTED[kind]


@pytest.mark.parametrize(
    ("name", "taken"), [("a" * 63, True), ("a.b-c", True), ("a" * 64, False), ("a.B", False)]
)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_name_has_at_most_63_characters(
    client: Client, kind: str, name: str, taken: bool
) -> None:
    document = _document(kind)
    document["metadata"]["name"] = name
    if taken:
        await client.create(document, dry_run=True)
        return
    with pytest.raises(Refused) as caught:
        await client.create(document, dry_run=True)
    assert "metadata.name" in {field for field, _ in caught.value.causes}


async def test_two_managers_of_one_profile_keep_each_other_s_grants(
    client: Client, namespace: str
) -> None:
    platform = _document("CertificateProfile", namespace, grants=[{"name": "platform"}])
    team = {**platform, "spec": {"grants": [{"name": "team"}]}}
    await client.apply(platform, manager="platform")
    merged = await client.apply(team, manager="team")
    assert [grant["name"] for grant in merged["spec"]["grants"]] == ["platform", "team"]
    team["spec"] = {"grants": []}
    merged = await client.apply(team, manager="team")
    assert [grant["name"] for grant in merged["spec"]["grants"]] == ["platform"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_status_is_written_by_its_subresource_only(
    client: Client, namespace: str, kind: str
) -> None:
    status = {"observedGeneration": 1, "conditions": [_CONDITION]}
    created = await client.create(_document(kind, namespace) | {"status": status})
    assert "status" not in created

    written = await client.replace(created | {"status": status}, subresource="status")
    assert written["status"] == status
    assert written["metadata"]["generation"] == 1

    labelled = {"metadata": {"labels": {"a": "b"}}, "status": None}
    patched = await client.patch(path_of(created), labelled)
    assert patched["status"] == status
    assert patched["metadata"]["generation"] == 1


async def test_a_change_of_the_spec_is_a_new_generation(client: Client, namespace: str) -> None:
    created = await client.create(_document("EABCredential", namespace))
    patched = await client.patch(path_of(created), {"spec": {"suspend": True}})
    assert patched["metadata"]["generation"] == 2
    again = await client.patch(path_of(created), {"spec": {"suspend": True}})
    assert again["metadata"]["resourceVersion"] == patched["metadata"]["resourceVersion"]


@pytest.mark.parametrize(
    "wrong",
    [
        _CONDITION | {"status": "Maybe"},
        _CONDITION | {"reason": "not one word"},
        _CONDITION | {"lastTransitionTime": "soon"},
        {name: member for name, member in _CONDITION.items() if name != "message"},
    ],
    ids=["status", "reason", "time", "incomplete"],
)
async def test_a_condition_is_one_as_the_api_conventions_have_it(
    client: Client, namespace: str, wrong: Document
) -> None:
    created = await client.create(_document("EABCredential", namespace))
    with pytest.raises(Refused) as caught:
        await client.replace(created | {"status": {"conditions": [wrong]}}, subresource="status")
    assert caught.value.code == 422


async def test_two_controllers_write_conditions_beside_each_other(
    client: Client, namespace: str
) -> None:
    created = await client.create(_document("EABCredential", namespace))
    identity = {name: created[name] for name in ("apiVersion", "kind")}
    identity["metadata"] = {"name": created["metadata"]["name"], "namespace": namespace}
    written = created
    for manager, kind in (("operator", "Ready"), ("auditor", "Audited")):
        applied = identity | {"status": {"conditions": [_CONDITION | {"type": kind}]}}
        options = {"fieldManager": manager, "fieldValidation": "Strict"}
        path = path_of(created, "status")
        written = await client.request("PATCH", path, options, applied, Patch.APPLY)
    assert [each["type"] for each in written["status"]["conditions"]] == ["Ready", "Audited"]


_SHOWN: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "CertificateAuthority": (
        {"state": "Retired"},
        {"notAfter": "2031-11-20T00:00:00Z"},
        {"State": "Retired", "Common Name": "Example Root", "Expires": "2031-11-20T00:00:00Z"},
    ),
    "CertificateTemplate": ({}, {}, {"Preset": "TLSServer"}),
    "CertificateProfile": (
        {},
        {"directoryURL": "https://acme.example/pki/web/directory"},
        {"Directory": "https://acme.example/pki/web/directory"},
    ),
    "EABCredential": (
        {"expirationTime": "2027-01-01T00:00:00Z"},
        {"keyID": "team-a.default", "profile": "pki/web"},
        {"KID": "team-a.default", "Profile": "pki/web", "Expires": "2027-01-01T00:00:00Z"},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_people_see_what_they_look_for(client: Client, namespace: str, kind: str) -> None:
    spec, status, shown = _SHOWN[kind]
    created = await client.create(_document(kind, namespace, **spec))
    status = status | {"conditions": [_CONDITION]}
    await client.replace(created | {"status": status}, subresource="status")
    (row,) = await client.table(OWN[kind].path(namespace))
    assert row.pop("Age")
    assert row == shown | {
        "Name": "example",
        "Ready": "False",
        "Reason": _CONDITION["reason"],
        "Message": "there is no CertificateProfile web",
    }


async def test_an_object_without_a_status_is_shown_too(client: Client, namespace: str) -> None:
    await client.create(_document("CertificateProfile", namespace))
    (row,) = await client.table(PROFILES.path(namespace))
    assert (row["Name"], row["Ready"], row["Directory"]) == ("example", None, None)


async def test_a_deleted_object_is_gone_at_once(client: Client, namespace: str) -> None:
    """No finalizer holds it: nothing is stuck when there is no operator."""
    await client.create(_document("EABCredential", namespace))
    await client.delete(CREDENTIALS, "example", namespace)
    with pytest.raises(Refused) as caught:
        await client.get(CREDENTIALS, "example", namespace)
    assert (caught.value.code, caught.value.reason) == (404, "NotFound")
