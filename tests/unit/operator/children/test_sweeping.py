from datetime import datetime, timedelta

import pytest

from certwright.reconcile.existing import SignerKey
from certwright_operator.children.actions import Action, Annotate, Remove
from certwright_operator.children.origins import Origin
from certwright_operator.children.places import ChildKey, ChildKind
from certwright_operator.children.retaining import restated
from certwright_operator.children.roles import Role
from certwright_operator.children.sweeping import UNUSED_FOR, sweep, used_signers
from tests.unit.operator.children.cluster import (
    ALL,
    OURS,
    PROFILE,
    ROOT,
    SELF_SIGNED,
    Cluster,
    encoded,
)
from tests.unit.reconcile.house import key_of

DELETE = ALL.replace("commonName: Root", "commonName: Root, deletionPolicy: Delete")
ROOT_SECRET = OURS.key(SignerKey(key_of("root")))
RETAINED = "certwright.dev/retained-since"
UNUSED = "certwright.dev/unused-since"


def established(documents: str = ALL) -> Cluster:
    cluster = Cluster(documents)
    cluster.reconcile()
    return cluster


def rewrite(cluster: Cluster, documents: str) -> None:
    """Put other documents in force; the namespace stays."""
    namespaces = cluster.house.namespaces
    cluster.house.write(documents)
    cluster.house.namespaces = namespaces


def removed(actions: tuple[Action, ...]) -> list[str]:
    return [str(each.key) for each in actions if isinstance(each, Remove)]


def age(cluster: Cluster, by: timedelta) -> None:
    cluster.house.now += by


def test_where_everything_is_in_use_nothing_is_swept() -> None:
    assert established().sweep() == ()
    assert established(SELF_SIGNED).sweep() == ()


def test_what_a_credential_leaves_goes_but_the_tenants_secret_which_it_owns() -> None:
    cluster = established()
    rewrite(cluster, ROOT + PROFILE)
    assert removed(cluster.sweep()) == ["Secret certwright-acme/credential.pki.default"]
    assert cluster.sweep() == ()


def test_what_a_profile_leaves_goes_and_its_signer_later() -> None:
    cluster = established()
    rewrite(cluster, ROOT)
    first = removed(cluster.sweep())
    assert first[-2:] == [
        "Secret certwright-acme/profile.pki.web",
        "ConfigMap certwright-acme/trust.profile.pki.web",
    ]
    signer = cluster.only(Role.SIGNER)
    cluster.sweep()
    age(cluster, UNUSED_FOR)
    assert removed(cluster.sweep()) == [str(signer.key)]


def test_a_key_is_retained_and_told_since_when_once() -> None:
    cluster = established()
    rewrite(cluster, "")
    cluster.sweep()
    assert cluster.only(Role.KEY).annotations[RETAINED] == "2026-11-23T12:00:00Z"
    age(cluster, timedelta(seconds=1))
    assert ROOT_SECRET not in {each.key for each in cluster.sweep()}


def test_a_retained_key_whose_object_is_back_isnt_told_so_any_more() -> None:
    cluster = established()
    rewrite(cluster, "")
    cluster.sweep()
    rewrite(cluster, ALL)
    cluster.sweep()
    assert RETAINED not in cluster.only(Role.KEY).annotations


def test_a_retained_key_that_another_authority_takes_back_isnt_told_so_any_more() -> None:
    cluster = established()
    rewrite(cluster, "")
    cluster.sweep()
    cluster.recreate(ALL, "second")
    cluster.reconcile()
    assert RETAINED not in cluster.only(Role.KEY).annotations
    assert cluster.sweep() == ()


def test_a_key_goes_where_its_authority_wanted_it_deleted() -> None:
    cluster = established(DELETE)
    rewrite(cluster, "")
    assert removed(cluster.sweep())[-1] == str(ROOT_SECRET)
    assert cluster.of_role(Role.KEY) == ()


def test_a_key_goes_though_another_authority_has_the_name() -> None:
    cluster = established(DELETE)
    former = cluster.only(Role.KEY).data["tls.key"]
    cluster.recreate(DELETE, "second")
    assert str(ROOT_SECRET) in removed(cluster.sweep())
    cluster.reconcile()
    assert cluster.only(Role.KEY).data["tls.key"] != former


def test_what_a_former_object_of_the_name_left_goes() -> None:
    cluster = established()
    cluster.recreate(ALL, "second")
    assert set(removed(cluster.sweep())) == {
        "Secret certwright-acme/credential.pki.default",
        "Secret certwright-acme/profile.pki.web",
        "ConfigMap certwright-acme/trust.authority.pki.root",
        "ConfigMap certwright-acme/trust.profile.pki.web",
    }


def test_a_profiles_own_keys_are_retained() -> None:
    cluster = established(SELF_SIGNED)
    rewrite(cluster, "")
    cluster.sweep()
    assert [RETAINED in child.annotations for child in cluster.of_role(Role.KEY)] == [True, True]


def test_a_key_that_a_person_put_there_ahead_of_its_authority_is_left_alone() -> None:
    cluster = Cluster("")
    labels = {"app.kubernetes.io/managed-by": "certwright", "certwright.dev/key": "authority"}
    where = {"namespace": "certwright-system", "name": "authority.pki.root", "labels": labels}
    cluster.create({"kind": "Secret", "metadata": where, "data": {"tls.key": encoded("PEM")}})
    assert cluster.sweep() == ()


@pytest.mark.parametrize(
    ("label", "is_swept"),
    [("app.kubernetes.io/managed-by", False), ("certwright.dev/bundle", True)],
    ids=["foreign", "ours by its name"],
)
def test_what_is_nobodys_is_left_alone(label: str, is_swept: bool) -> None:
    cluster = established()
    key = OURS.profile(key_of("web"))
    cluster.edit(key, lambda body: body["metadata"]["labels"].pop(label))
    rewrite(cluster, ROOT)
    assert (str(key) in removed(cluster.sweep())) == is_swept


def unused(cluster: Cluster) -> str | None:
    return cluster.only(Role.SIGNER).annotations.get(UNUSED)


def suspend_use(cluster: Cluster) -> None:
    """Let no profile issue from the only signer."""
    rewrite(cluster, ALL.replace("authorityRef: {name: root}", "authorityRef: {name: other}"))
    cluster.reconcile()


@pytest.mark.parametrize(
    ("after", "goes"),
    [
        (UNUSED_FOR - timedelta(seconds=1), False),
        (UNUSED_FOR, True),
        (UNUSED_FOR + timedelta(days=1), True),
    ],
    ids=["a second before its time", "at its time", "long after"],
)
def test_a_signer_goes_ten_minutes_after_its_last_use(after: timedelta, goes: bool) -> None:
    cluster = established()
    suspend_use(cluster)
    cluster.sweep()
    assert unused(cluster) == "2026-11-23T12:00:00Z"
    age(cluster, after)
    cluster.sweep()
    assert (cluster.of_role(Role.SIGNER) == ()) is goes


def test_a_signer_in_use_again_stays() -> None:
    cluster = established()
    suspend_use(cluster)
    cluster.sweep()
    rewrite(cluster, ALL)
    cluster.reconcile()
    cluster.sweep()
    assert unused(cluster) is None
    age(cluster, 2 * UNUSED_FOR)
    assert cluster.sweep() == ()


@pytest.mark.parametrize(
    "since",
    ["yesterday", "2026-11-23T12:10:01Z"],
    ids=["no time", "further ahead than clocks differ"],
)
def test_a_time_that_cant_be_is_noted_anew(since: str) -> None:
    cluster = established()
    suspend_use(cluster)
    key = cluster.only(Role.SIGNER).key
    cluster.edit(key, lambda body: body["metadata"]["annotations"].update({UNUSED: since}))
    cluster.sweep()
    assert unused(cluster) == "2026-11-23T12:00:00Z"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"signer": 1}', '{"signer": ""}'])
def test_while_a_profiles_bundle_cant_be_read_every_signer_counts_as_used(content: str) -> None:
    cluster = established()
    signer = cluster.only(Role.SIGNER).signer
    key = OURS.profile(key_of("web"))
    cluster.edit(key, lambda body: body["data"].update({"bundle.json": encoded(content)}))
    assert used_signers(cluster.children) == {signer}
    assert cluster.sweep() == ()


def test_a_refusing_profile_uses_no_signer() -> None:
    cluster = established()
    suspend_use(cluster)
    assert used_signers(cluster.children) == frozenset()


def test_an_action_is_of_the_child_that_was_looked_at() -> None:
    cluster = established()
    rewrite(cluster, "")
    before = {child.key: child for child in cluster.children}
    actions = sweep(before.values(), {}, frozenset(), cluster.house.now)
    assert {type(each) for each in actions} == {Remove, Annotate}
    for each in actions:
        assert (each.uid, each.version) == (before[each.key].uid, before[each.key].version)
        if isinstance(each, Annotate):
            metadata = each.patch["metadata"]
            assert (metadata["uid"], metadata["resourceVersion"]) == (each.uid, each.version)


def root_origin(cluster: Cluster) -> Origin:
    return Origin.of(cluster.world.resources.authorities[key_of("root")], cluster.world)


def test_a_key_learns_of_an_edited_deletion_policy_without_a_certificate() -> None:
    cluster = established()
    rewrite(
        cluster,
        ALL.replace("commonName: Root", "commonName: Root, state: Retired, deletionPolicy: Delete"),
    )
    cluster.reconcile()
    learns = restated(cluster.only(Role.KEY), root_origin(cluster))
    assert learns is not None
    cluster.carry_out(learns)
    assert restated(cluster.only(Role.KEY), root_origin(cluster)) is None
    rewrite(cluster, "")
    cluster.sweep()
    assert cluster.of_role(Role.KEY) == ()


def test_a_key_that_knows_its_object_learns_nothing() -> None:
    cluster = established()
    assert restated(cluster.only(Role.KEY), root_origin(cluster)) is None


def test_a_key_of_a_former_namespace_learns_nothing() -> None:
    cluster = established()
    cluster.found_namespace("pki", "second")
    cluster.recreate(ALL, "second")
    assert restated(cluster.only(Role.KEY), root_origin(cluster)) is None


def test_a_key_that_is_to_be_deleted_learns_nothing() -> None:
    cluster = established(DELETE)
    cluster.recreate(DELETE, "second")
    assert restated(cluster.only(Role.KEY), root_origin(cluster)) is None


def test_only_keys_remember_what_becomes_of_them() -> None:
    cluster = established()
    origin = root_origin(cluster)
    others = [child for child in cluster.children if child.role is not Role.KEY]
    assert [restated(child, origin) for child in others] == [None] * len(others)


def test_a_credential_gone_and_come_back_has_a_secret_whatever_comes_first() -> None:
    cluster = established()
    cluster.recreate(ALL, "second")
    key = ChildKey(ChildKind.SECRET, "certwright-acme", "credential.pki.default")
    former = cluster.only(Role.CREDENTIAL).data
    cluster.delete(key)
    cluster.reconcile()
    assert cluster.sweep() == ()
    assert cluster.only(Role.CREDENTIAL).data != former


def test_the_time_of_a_note_is_in_whole_seconds() -> None:
    cluster = established()
    rewrite(cluster, "")
    cluster.house.now = datetime.fromisoformat("2026-11-23T12:00:00.123456+00:00")
    cluster.sweep()
    assert cluster.only(Role.KEY).annotations[RETAINED] == "2026-11-23T12:00:00Z"
