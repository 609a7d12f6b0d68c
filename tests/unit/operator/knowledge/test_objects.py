import pytest

from certwright.reconcile.world import Kind
from certwright.resources.metadata import ObjectKey
from certwright.resources.validation import InvalidResource
from certwright_operator.knowledge.objects import Change, Objects
from certwright_operator.knowledge.record import Record
from certwright_operator.knowledge.versions import is_newer
from tests.unit.operator.knowledge.bodies import (
    authority,
    body,
    credential,
    object_id,
    profile,
    record,
)


def test_what_is_known_already_is_no_news() -> None:
    objects = Objects()
    assert objects.put(authority("root", version=9)) is Change.OBJECT
    assert objects.put(authority("root", version=9)) is Change.NONE
    assert objects.put(authority("root", version=8)) is Change.NONE


def test_a_status_concerns_nobody_else() -> None:
    objects = Objects()
    objects.put(authority("root"))
    status = {"observedGeneration": 1}
    assert objects.put(authority("root", version=2, status=status)) is Change.STATUS


@pytest.mark.parametrize(
    "edited",
    [
        {"generation": 2},
        {"labels": {"team": "a"}},
        {"annotations": {"certwright.dev/adopt-key": "00"}},
        {"uid": "another"},
    ],
    ids=str,
)
def test_everything_else_of_an_object_may_concern_others(edited: dict[str, object]) -> None:
    objects = Objects()
    objects.put(authority("root"))
    assert objects.put(authority("root", version=2, metadata=edited)) is Change.OBJECT


def test_an_object_made_anew_replaces_the_one_that_had_its_name() -> None:
    objects = Objects()
    objects.put(authority("root", version=9))
    assert objects.put(authority("root", version=12, metadata={"uid": "new"})) is Change.OBJECT
    assert not objects.drop(object_id(Kind.AUTHORITY, "root"), "uid-root")
    assert objects.drop(object_id(Kind.AUTHORITY, "root"), "new")
    assert len(objects) == 0


def test_users_are_known_before_what_they_refer_to() -> None:
    objects = Objects()
    objects.put(profile("web", "issuing"))
    assert objects.users(object_id(Kind.AUTHORITY, "issuing")) == {object_id(Kind.PROFILE, "web")}


def test_an_edited_reference_leaves_no_trace_of_the_old_one() -> None:
    objects = Objects()
    objects.put(profile("web", "old"))
    objects.put(profile("web", "new", version=2))
    assert objects.users(object_id(Kind.AUTHORITY, "old")) == set()
    assert objects.naming(ObjectKey("pki", "web")) == set()


def test_a_credential_names_the_secret_of_its_own_name_unless_it_says_another() -> None:
    assert credential("team-a/default", "web").secret == ObjectKey("team-a", "default")
    assert credential("team-a/x", "web", secretName="y").secret == ObjectKey("team-a", "y")


def test_an_imported_authority_names_a_secret() -> None:
    spec = {"imported": {"secretRef": {"name": "corp"}}}
    assert record(Kind.AUTHORITY, "corp", spec).secret == ObjectKey("pki", "corp")


def test_only_a_root_that_a_person_disabled_is_out_of_trust() -> None:
    disabled = {"commonName": "r", "root": {}, "state": "Disabled"}
    assert record(Kind.AUTHORITY, "r", disabled).withdrawn
    assert not authority("root").withdrawn
    below = {"commonName": "r", "intermediate": {}, "state": "Disabled"}
    assert not record(Kind.AUTHORITY, "r", below).withdrawn


def test_a_record_gives_its_object_back() -> None:
    found = authority("root", status={"observedGeneration": 3}).resource()
    assert found.key == ObjectKey("pki", "root")
    assert found.status.observed_generation == 3


def test_a_broken_status_spoils_no_object() -> None:
    found = authority("root", status={"observedGeneration": "many"}).resource()
    assert found.status.observed_generation == 0


def test_an_object_that_cannot_be_used_can_still_be_told_so() -> None:
    broken = record(Kind.TEMPLATE, "web", {"preset": "NoSuchPreset"})
    with pytest.raises(InvalidResource):
        broken.resource()
    assert broken.broken().metadata.uid == "uid-web"


@pytest.mark.parametrize(
    "spec",
    [{"issuer": None}, {"issuer": {"authorityRef": "root"}}, {"templateRef": {"name": 3}}],
    ids=str,
)
def test_what_is_no_reference_by_its_types_is_none(spec: dict[str, object]) -> None:
    assert record(Kind.PROFILE, "web", spec).refers == ()


def test_managed_fields_and_kubectls_copy_are_not_kept() -> None:
    metadata = {
        "managedFields": [{"manager": "x" * 100}],
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "y" * 100},
    }
    kept = Record.of(Kind.TEMPLATE, body(Kind.TEMPLATE, "web", metadata=metadata)).content
    assert b"xxx" not in kept
    assert b"yyy" not in kept


def test_namespaces_are_news_by_their_labels_and_their_identity() -> None:
    objects = Objects()
    namespace = {"metadata": {"name": "team-a", "uid": "1", "labels": {"team": "a"}}}
    assert objects.put_namespace(namespace)
    assert not objects.put_namespace(namespace)
    assert objects.put_namespace({"metadata": {"name": "team-a", "uid": "2", "labels": None}})
    assert objects.drop_namespace("team-a")
    assert not objects.drop_namespace("team-a")


@pytest.mark.parametrize(
    ("version", "than", "newer"),
    [("10", "9", True), ("9", "10", False), ("9", "9", False), ("b", "a", True), ("a", "a", False)],
)
def test_versions_order_as_numbers(version: str, than: str, newer: bool) -> None:
    assert is_newer(version, than) is newer


def test_objects_are_counted_by_kind() -> None:
    objects = Objects()
    objects.put(authority("root"))
    assert objects.counts()[Kind.AUTHORITY] == 1
    assert objects.counts()[Kind.PROFILE] == 0
