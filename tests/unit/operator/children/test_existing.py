"""What planning comes to with what was found, told by the objects' conditions."""

from typing import Any

import pytest

from certwright.pki import keys
from certwright.pki.keys import KeyAlgorithm, KeyType
from certwright.reconcile.existing import Existing, ImportedSecret, SignerKey, SignerRole
from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.metadata import ObjectKey
from certwright_operator.children.existing import existing
from certwright_operator.children.places import ChildKey, ChildKind
from certwright_operator.children.roles import Role
from tests.unit.operator.children.cluster import ALL, OURS, ROOT, SELF_SIGNED, Cluster, encoded
from tests.unit.reconcile.house import key_of

ROOT_SECRET = OURS.key(SignerKey(key_of("root")))
CREDENTIAL_SECRET = OURS.credential(key_of("default"))
TENANT_SECRET = ChildKey(ChildKind.SECRET, "pki", "eab")
DELETE = ALL.replace("commonName: Root", "commonName: Root, deletionPolicy: Delete")


def established(documents: str = ALL) -> Cluster:
    cluster = Cluster(documents)
    cluster.reconcile()
    return cluster


def reason(cluster: Cluster, kind: Kind, name: str) -> str:
    cluster.reconcile()
    return cluster.ready(kind, name).reason


def set_data(cluster: Cluster, key: ChildKey, name: str, value: str) -> None:
    cluster.edit(key, lambda body: body["data"].update({name: encoded(value)}))


def drop_data(cluster: Cluster, key: ChildKey, *names: str) -> None:
    def change(body: dict[str, Any]) -> None:
        for name in names:
            del body["data"][name]

    cluster.edit(key, change)


def forget_statuses(cluster: Cluster) -> None:
    cluster.house.statuses.clear()


def test_what_was_written_is_found_again() -> None:
    cluster = established()
    found = cluster.existing()
    assert set(found.keys) == set(found.certificates) == {SignerKey(key_of("root"))}
    assert set(found.credentials) == {key_of("default")}
    assert found.tenant_secrets == {ObjectKey("pki", "eab"): "pki.default"}
    assert set(found.trust) == {
        ObjectId(Kind.AUTHORITY, key_of("root")),
        ObjectId(Kind.PROFILE, key_of("web")),
    }


def test_what_is_of_objects_outside_of_the_look_is_left_out() -> None:
    cluster = established()
    nothing = Cluster("").world
    assert existing(cluster.children, nothing, nothing, {}, {}) == Existing()


def test_secrets_of_imported_authorities_are_passed_on() -> None:
    nothing, imported = Cluster("").world, {key_of("import"): ImportedSecret("PEM")}
    assert existing((), nothing, nothing, imported, {}).imported == imported


@pytest.mark.parametrize("documents", [ALL, SELF_SIGNED], ids=["authority", "self-signed"])
def test_a_lost_key_is_missed_though_no_status_tells_of_it(documents: str) -> None:
    cluster = established(documents)
    for child in cluster.of_role(Role.KEY):
        cluster.delete(child.key)
    forget_statuses(cluster)
    cluster.reconcile()
    assert cluster.of_role(Role.KEY) == ()
    assert "private key is gone" in cluster.ready(Kind.PROFILE, "web").message


def test_a_lost_key_of_a_profiles_own_root_is_missed_by_its_issuers_chain() -> None:
    cluster = established(SELF_SIGNED)
    root = SignerKey(key_of("web"), SignerRole.PROFILE_ROOT)
    path = cluster.existing().certificates[root]
    cluster.delete(OURS.key(root))
    found = cluster.existing()
    assert root not in found.keys
    assert found.certificates[root] == path


def test_a_signer_of_a_former_authority_of_that_name_shows_no_loss() -> None:
    cluster = established()
    cluster.delete(ROOT_SECRET)
    cluster.recreate(ALL, "second")
    assert reason(cluster, Kind.AUTHORITY, "root") == "Issued"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["tls.key"], "KeyMissing", id="the key"),
        pytest.param(["tls.key", "tls.crt"], "KeyMissing", id="key and certificates"),
    ],
)
def test_a_key_taken_out_of_its_secret_is_missed(names: list[str], expected: str) -> None:
    cluster = established()
    drop_data(cluster, ROOT_SECRET, *names)
    assert reason(cluster, Kind.AUTHORITY, "root") == expected


def test_an_empty_secret_at_a_keys_place_stops_the_making_of_another() -> None:
    cluster = established(ROOT)
    drop_data(cluster, ROOT_SECRET, "tls.key", "tls.crt")
    forget_statuses(cluster)
    assert reason(cluster, Kind.AUTHORITY, "root") == "KeyInvalid"


def test_certificates_taken_out_of_a_secret_are_put_there_again() -> None:
    cluster = established()
    drop_data(cluster, ROOT_SECRET, "tls.crt")
    assert reason(cluster, Kind.AUTHORITY, "root") == "Issued"
    assert set(cluster.only(Role.KEY).data) == {"tls.key", "tls.crt"}


def test_another_key_in_a_secret_is_refused_and_left_there() -> None:
    cluster = established()
    other = keys.generate(KeyType(KeyAlgorithm.ECDSA, 256))
    set_data(cluster, ROOT_SECRET, "tls.key", keys.private_key_to_pem(other).decode())
    assert reason(cluster, Kind.AUTHORITY, "root") == "KeyMismatch"
    assert cluster.only(Role.KEY).data["tls.key"] == keys.private_key_to_pem(other)


def test_a_key_that_is_no_text_is_refused() -> None:
    cluster = established()
    cluster.edit(ROOT_SECRET, lambda body: body["data"].update({"tls.key": "/w=="}))
    assert reason(cluster, Kind.AUTHORITY, "root") == "KeyInvalid"


def test_a_key_that_a_person_provides_is_taken() -> None:
    cluster = Cluster(ROOT.replace("commonName", "privateKey: {generate: Never}, commonName"))
    assert reason(cluster, Kind.AUTHORITY, "root") == "KeyNotProvided"
    pem = keys.private_key_to_pem(keys.generate(KeyType(KeyAlgorithm.ECDSA, 256))).decode()
    labels = {"app.kubernetes.io/managed-by": "certwright", "certwright.dev/key": "authority"}
    where = {"namespace": "certwright-system", "name": "authority.pki.root", "labels": labels}
    cluster.create({"kind": "Secret", "metadata": where, "data": {"tls.key": encoded(pem)}})
    assert reason(cluster, Kind.AUTHORITY, "root") == "Issued"
    assert cluster.only(Role.KEY).source_uid is not None


def test_a_retained_key_is_taken_back_by_an_authority_of_that_name() -> None:
    cluster = established()
    cluster.recreate(ALL, "second")
    before = cluster.only(Role.KEY)
    assert reason(cluster, Kind.AUTHORITY, "root") == "Issued"
    after = cluster.only(Role.KEY)
    assert after.data == before.data
    assert after.source_uid == "second"


def test_a_key_that_was_to_be_deleted_is_not_taken_back() -> None:
    cluster = established(DELETE)
    cluster.recreate(DELETE, "second")
    assert cluster.existing().keys == {}
    assert cluster.existing().certificates == {}


def identifier(cluster: Cluster) -> str:
    pem = cluster.only(Role.KEY).data["tls.key"]
    return keys.subject_key_identifier(keys.private_key_from_pem(pem).public_key()).hex()


def test_a_key_of_a_former_namespace_is_withheld() -> None:
    cluster = established()
    cluster.found_namespace("pki", "second")
    cluster.recreate(ALL, "second")
    found = cluster.existing()
    assert found.withheld == {SignerKey(key_of("root")): identifier(cluster)}
    assert (found.keys, found.certificates) == ({}, {})
    assert reason(cluster, Kind.AUTHORITY, "root") == "KeyWithheld"


def test_a_key_of_a_former_namespace_is_withheld_while_nothing_tells_of_todays() -> None:
    cluster = established()
    cluster.recreate(ALL, "second")
    cluster.house.namespaces = ()
    assert set(cluster.existing().withheld) == {SignerKey(key_of("root"))}


def test_a_key_is_never_withheld_from_the_object_that_it_was_made_for() -> None:
    cluster = established()
    cluster.house.namespaces = ()
    assert cluster.existing().withheld == {}


def test_a_key_of_a_former_namespace_that_cant_be_read_isnt_offered() -> None:
    cluster = established()
    set_data(cluster, ROOT_SECRET, "tls.key", "no key")
    cluster.found_namespace("pki", "second")
    cluster.recreate(ALL, "second")
    assert reason(cluster, Kind.AUTHORITY, "root") == "KeyInvalid"


def test_a_key_of_a_former_namespace_is_taken_back_by_whom_asks_for_it() -> None:
    cluster = established()
    asks = f'annotations: {{certwright.dev/adopt-key: "{identifier(cluster)}"}}, '
    cluster.found_namespace("pki", "second")
    cluster.recreate(
        ALL.replace("name: root}\nspec: {root", f"{asks}name: root}}\nspec: {{root"), "b"
    )
    assert reason(cluster, Kind.AUTHORITY, "root") == "Issued"
    annotations = cluster.only(Role.KEY).annotations
    assert annotations["certwright.dev/namespace-uid"] == "second"


DAMAGES = [
    pytest.param("", id="empty"),
    pytest.param("{}", id="no schema"),
    pytest.param('{"schemaVersion": 99}', id="a newer schema"),
    pytest.param("secret", id="no JSON"),
]


@pytest.mark.parametrize("content", DAMAGES)
@pytest.mark.parametrize("told", [True, False], ids=["told in status", "told nowhere"])
def test_no_secret_is_drawn_in_the_place_of_a_damaged_one(content: str, told: bool) -> None:
    cluster = established()
    before = cluster.only(Role.TENANT_SECRET).data
    set_data(cluster, CREDENTIAL_SECRET, "bundle.json", content)
    if not told:
        forget_statuses(cluster)
        cluster.delete(TENANT_SECRET)
    assert reason(cluster, Kind.CREDENTIAL, "default") == "SecretMissing"
    assert reason(cluster, Kind.CREDENTIAL, "default") == "SecretMissing"
    assert cluster.existing().credentials[key_of("default")].secrets == ()
    if told:
        assert cluster.only(Role.TENANT_SECRET).data == before


def test_another_credentials_bundle_in_the_place_of_one_is_damage() -> None:
    cluster = established(ALL + CREDENTIAL_B)
    other = cluster.objects[OURS.credential(key_of("other"))]["data"]
    cluster.edit(CREDENTIAL_SECRET, lambda body: body.update(data=dict(other)))
    assert reason(cluster, Kind.CREDENTIAL, "default") == "SecretMissing"


CREDENTIAL_B = """
---
kind: EABCredential
metadata: {name: other}
spec: {profileRef: {name: web}}
"""


def test_a_damaged_bundle_of_a_former_credential_of_that_name_is_no_loss() -> None:
    cluster = established()
    set_data(cluster, CREDENTIAL_SECRET, "bundle.json", "{}")
    cluster.recreate(ALL, "second")
    assert reason(cluster, Kind.CREDENTIAL, "default") == "Granted"


def test_a_former_credentials_secret_without_its_bundle_is_no_loss() -> None:
    cluster = established()
    cluster.delete(CREDENTIAL_SECRET)
    cluster.recreate(ALL, "second")
    assert reason(cluster, Kind.CREDENTIAL, "default") == "Granted"
    assert cluster.only(Role.TENANT_SECRET).source_uid == "second"


def test_a_lost_bundle_is_missed_by_the_tenants_secret() -> None:
    cluster = established()
    cluster.delete(CREDENTIAL_SECRET)
    forget_statuses(cluster)
    assert reason(cluster, Kind.CREDENTIAL, "default") == "SecretMissing"


def test_an_edited_bundle_whose_secret_can_be_read_is_believed() -> None:
    cluster = established()
    bundle = cluster.existing().credentials[key_of("default")]
    secret = bundle.secrets[0].model_copy(update={"secret": "A" * 43})
    edited = bundle.model_copy(update={"secrets": (secret,)}).to_json().decode()
    set_data(cluster, CREDENTIAL_SECRET, "bundle.json", edited)
    assert reason(cluster, Kind.CREDENTIAL, "default") == "Granted"
    assert cluster.only(Role.TENANT_SECRET).data["secret"] == b"A" * 43


def test_somebody_elses_secret_at_the_name_is_left_alone() -> None:
    cluster = Cluster()
    where = {"namespace": "pki", "name": "eab"}
    cluster.create({"kind": "Secret", "metadata": where, "data": {"kid": encoded("mine")}})
    assert reason(cluster, Kind.CREDENTIAL, "default") == "SecretNameTaken"
    assert cluster.objects[TENANT_SECRET]["data"] == {"kid": encoded("mine")}


def test_a_new_authority_of_a_name_doesnt_inherit_the_roots_of_a_former_one() -> None:
    cluster = established(DELETE)
    cluster.recreate(DELETE, "second")
    cluster.delete(ROOT_SECRET)
    before = cluster.of_role(Role.TRUST)[0].data["ca.crt"]
    cluster.reconcile()
    roots = {child.data["ca.crt"] for child in cluster.of_role(Role.TRUST)}
    assert len(roots) == 1
    assert before not in roots
