"""What the steps of whole plans make of an empty cluster, and what they leave alone."""

from collections.abc import Callable
from typing import Any

import pytest

from certwright.bundles.profile import ProfileBundle
from certwright.bundles.signer import SignerBundle, SignerInForce
from certwright.reconcile.existing import SignerKey
from certwright.reconcile.steps import CreateKey, StoreCertificates, StoreTenantSecret, StoreTrust
from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.authority import DeletionPolicy
from certwright.resources.metadata import ObjectKey
from certwright_operator.children.child import Child
from certwright_operator.children.origins import Origin
from certwright_operator.children.places import ChildKey, ChildKind
from certwright_operator.children.roles import Role
from certwright_operator.children.steps import KeyNotThere, wanted
from certwright_operator.children.wanted import Write
from tests.unit.operator.children.cluster import ALL, OURS, SELF_SIGNED, Cluster, encoded
from tests.unit.reconcile.house import key_of

Change = Callable[[dict[str, Any]], None]
ROOT = ObjectId(Kind.AUTHORITY, key_of("root"))
ORIGIN = Origin(ROOT, "uid-of-root", "first", DeletionPolicy.DELETE)
ROOT_SECRET = ChildKey(ChildKind.SECRET, "certwright-system", "authority.pki.root")
TENANT_SECRET = ChildKey(ChildKind.SECRET, "pki", "eab")
TENANTS = Origin(ObjectId(Kind.CREDENTIAL, key_of("default")), "u", "first")


def names(cluster: Cluster) -> set[str]:
    return {str(child.key) for child in cluster.children if child.role is not Role.SIGNER}


def test_an_authority_a_profile_and_a_credential_come_to_these_objects() -> None:
    cluster = Cluster()
    cluster.reconcile()
    assert names(cluster) == {
        "Secret certwright-system/authority.pki.root",
        "Secret certwright-acme/profile.pki.web",
        "Secret certwright-acme/credential.pki.default",
        "ConfigMap certwright-acme/trust.authority.pki.root",
        "ConfigMap certwright-acme/trust.profile.pki.web",
        "Secret pki/eab",
    }
    assert cluster.only(Role.SIGNER).owner == ROOT


def test_a_profile_of_its_own_authorities_has_keys_of_its_own() -> None:
    cluster = Cluster(SELF_SIGNED)
    cluster.reconcile()
    assert {child.key.name for child in cluster.of_role(Role.KEY)} == {
        "profile-root.pki.web",
        "profile-issuer.pki.web",
    }
    assert cluster.only(Role.SIGNER).owner == ObjectId(Kind.PROFILE, key_of("web"))


@pytest.mark.parametrize("documents", [ALL, SELF_SIGNED], ids=["authority", "self-signed"])
def test_nothing_is_written_a_second_time(documents: str) -> None:
    cluster = Cluster(documents)
    cluster.reconcile()
    cluster.writes.clear()
    cluster.reconcile()
    assert cluster.writes == []


def test_every_child_says_whose_it_is() -> None:
    cluster = Cluster()
    cluster.reconcile()
    uids = {ObjectId.of(each): each.metadata.uid for each in cluster.world.objects}
    for child in cluster.children:
        assert child.owner is not None
        assert child.source_uid == uids[child.owner]
        assert child.annotations["certwright.dev/source"] == str(child.owner.key)


def test_what_the_server_is_handed_is_what_it_reads() -> None:
    cluster = Cluster()
    cluster.reconcile()
    signer = SignerBundle.from_json(cluster.only(Role.SIGNER).data["bundle.json"])
    profile = ProfileBundle.from_json(cluster.only(Role.PROFILE).data["bundle.json"])
    assert SignerInForce.load(signer).name == profile.signer == cluster.only(Role.SIGNER).signer
    assert cluster.only(Role.SIGNER).immutable


def test_a_tenants_secret_holds_kid_and_secret_and_nothing_else() -> None:
    cluster = Cluster()
    cluster.reconcile()
    child = cluster.only(Role.TENANT_SECRET)
    secret = cluster.existing().credentials[key_of("default")].secrets[0].secret
    assert child.data == {"kid": b"pki.default", "secret": secret.encode()}
    assert child.labels["certwright.dev/credential"] == "default"


def test_a_key_is_created_before_it_has_certificates_and_remembers_what_becomes_of_it() -> None:
    step = CreateKey(SignerKey(key_of("root")), "PEM")
    want = wanted(step, OURS, ORIGIN)
    assert (want.key, want.data) == (ROOT_SECRET, {"tls.key": b"PEM"})
    assert want.annotations == {
        "certwright.dev/source": "pki/root",
        "certwright.dev/source-uid": "uid-of-root",
        "certwright.dev/namespace-uid": "first",
        "certwright.dev/deletion-policy": "Delete",
    }
    assert "PEM" not in repr(want)


def stored(**more: Any) -> Child:
    metadata = {
        "namespace": "certwright-system",
        "name": "authority.pki.root",
        "uid": "u",
        "resourceVersion": "7",
        "labels": {"app.kubernetes.io/managed-by": "certwright", "certwright.dev/key": "authority"},
        **more,
    }
    body = {"kind": "Secret", "metadata": metadata, "data": {"tls.key": encoded("KEY")}}
    return Child.read(body, OURS)


def test_certificates_are_put_beside_the_key_that_is_there() -> None:
    step = StoreCertificates(SignerKey(key_of("root")), "CERTIFICATES")
    want = wanted(step, OURS, ORIGIN, stored())
    assert want.data == {"tls.key": b"KEY", "tls.crt": b"CERTIFICATES"}
    assert want.write(stored()) is Write.REPLACE


def test_there_are_no_certificates_without_a_key() -> None:
    step = StoreCertificates(SignerKey(key_of("root")), "CERTIFICATES")
    with pytest.raises(KeyNotThere, match=r"authority\.pki\.root has no tls\.key"):
        wanted(step, OURS, ORIGIN, None)
    with pytest.raises(KeyNotThere, match="somebody else's"):
        wanted(step, OURS, ORIGIN, stored(labels={}))


def test_a_key_never_goes_over_what_is_there() -> None:
    want = wanted(CreateKey(SignerKey(key_of("root")), "PEM"), OURS, ORIGIN)
    assert want.write(None) is Write.CREATE
    assert want.write(stored()) is Write.THERE
    assert want.write(stored(labels={})) is Write.FOREIGN


def test_what_others_add_to_a_child_stays_but_what_sweeping_noted() -> None:
    child = stored(
        labels={"app.kubernetes.io/managed-by": "certwright", "team": "pki"},
        annotations={"backup": "yes", "certwright.dev/retained-since": "2026-11-23T12:00:00Z"},
    )
    step = StoreCertificates(SignerKey(key_of("root")), "CERTIFICATES")
    metadata = wanted(step, OURS, ORIGIN, child).manifest(child)["metadata"]
    assert metadata["uid"] == "u"
    assert metadata["resourceVersion"] == "7"
    assert metadata["labels"]["team"] == "pki"
    assert metadata["labels"]["certwright.dev/key"] == "authority"
    assert metadata["annotations"]["backup"] == "yes"
    assert "certwright.dev/retained-since" not in metadata["annotations"]


def test_a_tenants_secret_is_applied_with_what_is_ours_alone() -> None:
    cluster = Cluster()
    cluster.reconcile()
    cluster.edit(TENANT_SECRET, lambda body: body["data"].update(note=encoded("theirs")))
    cluster.edit(TENANT_SECRET, lambda body: body["metadata"]["labels"].update(team="a"))
    child = cluster.only(Role.TENANT_SECRET)
    step = StoreTenantSecret(ObjectKey("pki", "eab"), "pki.default", "other")
    manifest = wanted(step, OURS, TENANTS).manifest(child)
    assert set(manifest["data"]) == {"kid", "secret"}
    assert set(manifest["metadata"]["labels"]) == {
        "app.kubernetes.io/managed-by",
        "certwright.dev/credential",
    }
    assert manifest["metadata"]["resourceVersion"] == child.version


def test_what_a_tenant_adds_to_the_secret_is_no_reason_to_write_it() -> None:
    cluster = Cluster()
    cluster.reconcile()
    cluster.edit(TENANT_SECRET, lambda body: body["data"].update(note=encoded("theirs")))
    cluster.writes.clear()
    cluster.reconcile()
    assert cluster.writes == []


def drop_label(body: dict[str, Any]) -> None:
    del body["metadata"]["labels"]["app.kubernetes.io/managed-by"]


def drop_annotations(body: dict[str, Any]) -> None:
    body["metadata"]["annotations"].clear()


def set_data(name: str, value: str) -> Change:
    return lambda body: body["data"].update({name: value})


def lock(body: dict[str, Any]) -> None:
    body["immutable"] = True


EDITS = [
    pytest.param(
        ("Secret", "profile.pki.web"), set_data("bundle.json", encoded("{}")), id="profile"
    ),
    pytest.param(("Secret", "profile.pki.web"), set_data("more", encoded("x")), id="added data"),
    pytest.param(("Secret", "profile.pki.web"), drop_annotations, id="annotations"),
    pytest.param(("ConfigMap", "trust.profile.pki.web"), set_data("ca.crt", "x"), id="roots"),
    pytest.param(
        ("ConfigMap", "trust.profile.pki.web"),
        lambda body: body["metadata"]["labels"].update({"certwright.dev/trust": "authority"}),
        id="label",
    ),
]


@pytest.mark.parametrize(("which", "edit"), EDITS)
def test_what_somebody_edits_is_written_again(which: tuple[str, str], edit: Change) -> None:
    cluster = Cluster()
    cluster.reconcile()
    key = ChildKey(ChildKind(which[0]), "certwright-acme", which[1])
    before = cluster.get(key)
    cluster.edit(key, edit)
    cluster.writes.clear()
    cluster.reconcile()
    after = cluster.get(key)
    assert before is not None
    assert after is not None
    assert (after.data, after.labels) == (before.data, before.labels)
    assert after.annotations == before.annotations
    assert cluster.writes == [f"replace {key}"]


def test_an_immutable_child_that_can_be_made_again_is_made_anew() -> None:
    cluster = Cluster()
    cluster.reconcile()
    signer = cluster.only(Role.SIGNER)
    cluster.edit(signer.key, set_data("bundle.json", encoded("{}")))
    cluster.writes.clear()
    cluster.reconcile()
    assert cluster.writes == [f"create-anew {signer.key}"]
    assert cluster.only(Role.SIGNER).data == signer.data


def test_a_signer_whose_labels_were_edited_keeps_its_data() -> None:
    cluster = Cluster()
    cluster.reconcile()
    signer = cluster.only(Role.SIGNER)
    cluster.edit(signer.key, drop_annotations)
    cluster.writes.clear()
    cluster.reconcile()
    assert cluster.writes == [f"replace {signer.key}"]
    assert cluster.only(Role.SIGNER).immutable


def test_a_key_that_somebody_made_immutable_is_not_deleted_for_new_certificates() -> None:
    cluster = Cluster()
    cluster.reconcile()
    cluster.edit(ROOT_SECRET, lock)
    child = cluster.get(ROOT_SECRET)
    step = StoreCertificates(SignerKey(key_of("root")), "OTHER")
    assert wanted(step, OURS, ORIGIN, child).write(child) is Write.BARRED


def test_a_locked_child_that_is_as_wanted_is_left_locked() -> None:
    cluster = Cluster()
    cluster.reconcile()
    cluster.edit(ROOT_SECRET, lock)
    cluster.writes.clear()
    cluster.reconcile()
    assert cluster.writes == []


def test_somebody_elses_object_of_that_name_is_never_touched() -> None:
    cluster = Cluster()
    cluster.reconcile()
    key = ChildKey(ChildKind.CONFIG_MAP, "certwright-acme", "trust.authority.pki.root")
    cluster.edit(key, drop_label)
    cluster.edit(key, set_data("ca.crt", "theirs"))
    step = StoreTrust(ROOT, "ROOTS")
    assert wanted(step, OURS, ORIGIN).write(cluster.get(key)) is Write.FOREIGN
    cluster.reconcile()
    assert cluster.objects[key]["data"] == {"ca.crt": "theirs"}


@pytest.mark.parametrize(
    "key",
    [ROOT_SECRET, ChildKey(ChildKind.SECRET, "certwright-acme", "profile.pki.web")],
    ids=["a key", "a bundle"],
)
def test_a_credential_beside_our_children_cant_name_one_of_them(key: ChildKey) -> None:
    cluster = Cluster()
    cluster.reconcile()
    step = StoreTenantSecret(ObjectKey(key.namespace, key.name), "certwright-acme.x", "value")
    assert wanted(step, OURS, TENANTS).write(cluster.get(key)) is Write.FOREIGN
