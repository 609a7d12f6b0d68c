from datetime import timedelta
from typing import Any

import pytest

from certwright.reconcile.world import Kind
from certwright_operator.api.port import (
    CONFIG_MAPS,
    DEFINITIONS,
    KINDS,
    NAMESPACES,
    SECRETS,
    Forbidden,
)
from tests.fakes.kubernetes_api import Call
from tests.unit.operator.reconciling.world import OPERATOR, SERVER, Cluster, quickstart


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster()
    cluster.write(quickstart())
    return cluster


async def test_four_documents_become_ready(cluster: Cluster) -> None:
    await cluster.settle()
    for kind, name in (
        (Kind.AUTHORITY, "root"),
        (Kind.AUTHORITY, "issuing"),
        (Kind.TEMPLATE, "web-server"),
        (Kind.PROFILE, "web"),
        (Kind.CREDENTIAL, "team-a/default"),
    ):
        assert cluster.ready(kind, name)[0] == "True", (kind, name)
    assert cluster.secret(OPERATOR, "authority.pki.root")
    assert cluster.secret(SERVER, "profile.pki.web")
    assert cluster.secret(SERVER, "credential.team-a.default")
    assert cluster.api.found(CONFIG_MAPS, SERVER, "trust.profile.pki.web")


async def test_nothing_is_written_when_nothing_changed(cluster: Cluster) -> None:
    await cluster.settle()
    before = len(cluster.api.writes)
    await cluster.operator.resync()
    await cluster.settle()
    await cluster.settle(cluster.new_operator())
    assert cluster.api.writes[before:] == []


async def test_the_tenants_secret_comes_last_of_its_credentials(cluster: Cluster) -> None:
    await cluster.settle()
    names = [call.name for call in cluster.api.writes if call.plural == "secrets"]
    tenant = names.index("default") if "default" in names else len(names) - 1
    signer = next(n for n, name in enumerate(names) if name.startswith("signer."))
    order = [signer, names.index("profile.pki.web"), names.index("credential.team-a.default")]
    assert [*order, tenant] == sorted([*order, tenant])


@pytest.mark.parametrize("writes", range(1, 22))
async def test_killed_between_any_two_writes_it_makes_one_key_each(
    cluster: Cluster, writes: int
) -> None:
    died = await cluster.settle_until_killed(cluster.operator, writes)
    made = cluster.api.objects(SECRETS, OPERATOR)
    await cluster.settle(cluster.new_operator())
    assert cluster.ready(Kind.CREDENTIAL, "team-a/default")[0] == "True"
    for key in made:
        kept = cluster.secret(OPERATOR, key["metadata"]["name"])
        assert kept is not None
        assert kept["data"]["tls.key"] == key["data"]["tls.key"]
    assert died or writes > len(cluster.api.writes) // 2


async def test_two_operators_at_once_make_one_key_each(cluster: Cluster) -> None:
    other = cluster.new_operator()
    await other.start()
    await cluster.settle()
    before = cluster.api.objects(SECRETS, OPERATOR)
    await cluster.settle(other)
    for _ in range(6):
        cluster.clock.elapsed += 60
        await cluster.settle(other)
    after = cluster.api.objects(SECRETS, OPERATOR)
    assert [key["data"]["tls.key"] for key in before] == [key["data"]["tls.key"] for key in after]
    assert cluster.ready(Kind.PROFILE, "web") == ("True", "Served")


@pytest.mark.parametrize(
    ("namespace", "name"),
    [
        (SERVER, "profile.pki.web"),
        (SERVER, "credential.team-a.default"),
    ],
)
async def test_a_deleted_child_comes_back(cluster: Cluster, namespace: str, name: str) -> None:
    await cluster.settle()
    cluster.api.remove(SECRETS, namespace, name)
    await cluster.settle()
    assert cluster.secret(namespace, name)


async def test_an_edited_child_is_mended(cluster: Cluster) -> None:
    await cluster.settle()
    profile = cluster.secret(SERVER, "profile.pki.web")
    assert profile is not None
    cluster.api.put(SECRETS, SERVER, {**profile, "data": {"bundle.json": "e30="}})
    await cluster.settle()
    mended = cluster.secret(SERVER, "profile.pki.web")
    assert mended is not None
    assert mended["data"] == profile["data"]


async def test_a_lost_key_is_missed_and_never_made_again(cluster: Cluster) -> None:
    await cluster.settle()
    cluster.api.remove(SECRETS, OPERATOR, "authority.pki.issuing")
    await cluster.settle()
    assert cluster.ready(Kind.AUTHORITY, "issuing") == ("False", "KeyMissing")
    assert cluster.keys_made == 2
    assert cluster.secret(OPERATOR, "authority.pki.issuing") is None


async def test_a_foreign_secret_is_left_alone(cluster: Cluster) -> None:
    foreign = {"metadata": {"name": "acme-eab"}, "data": {"password": "c2VjcmV0"}}
    spec = cluster.found(Kind.CREDENTIAL, "team-a/default")["spec"]
    name = spec.get("secretName", "default")
    cluster.api.put(SECRETS, "team-a", {**foreign, "metadata": {"name": name}})
    await cluster.settle()
    assert cluster.ready(Kind.CREDENTIAL, "team-a/default") == ("False", "SecretNameTaken")
    kept = cluster.secret("team-a", name)
    assert kept is not None
    assert kept["data"] == foreign["data"]


async def test_a_deleted_authority_makes_its_profile_refuse(cluster: Cluster) -> None:
    await cluster.settle()
    cluster.api.remove(KINDS[Kind.AUTHORITY], "pki", "issuing")
    await cluster.settle()
    assert cluster.ready(Kind.PROFILE, "web") == ("False", "ReferenceNotFound")


async def test_a_withdrawn_grant_is_told_to_its_tenant(cluster: Cluster) -> None:
    await cluster.settle()
    cluster.api.put(NAMESPACES, None, {"metadata": {"name": "team-a", "labels": {}}})
    await cluster.settle()
    assert cluster.ready(Kind.CREDENTIAL, "team-a/default") == ("False", "NotGranted")


async def test_a_broken_edit_keeps_what_is_served(cluster: Cluster) -> None:
    await cluster.settle()
    served = cluster.secret(SERVER, "profile.pki.web")
    template = cluster.found(Kind.TEMPLATE, "web-server")
    template["spec"]["preset"] = "NoSuchPreset"
    cluster.write([template])
    await cluster.settle()
    assert cluster.ready(Kind.TEMPLATE, "web-server") == ("False", "InvalidSpec")
    assert cluster.ready(Kind.PROFILE, "web") == ("False", "InvalidSpec")
    assert cluster.secret(SERVER, "profile.pki.web") == served


async def test_vanished_definitions_freeze_everything(cluster: Cluster) -> None:
    await cluster.settle()
    before = len(cluster.api.writes)
    resource = KINDS[Kind.PROFILE]
    cluster.api.remove(DEFINITIONS, None, f"{resource.plural}.{resource.group}")
    cluster.api.remove(resource, "pki", "web")
    cluster.api.unserved.add(resource.plural)
    await cluster.operator.resync()
    for _ in range(5):
        await cluster.operator.turn()
    assert cluster.operator.frozen is not None
    assert "CertificateProfile" in cluster.operator.frozen
    assert cluster.api.writes[before:] == []


def with_hostname(cluster: Cluster, hostname: str) -> None:
    profile = cluster.found(Kind.PROFILE, "web")
    profile["spec"].setdefault("acme", {})["hostname"] = hostname
    cluster.write([profile])


async def test_hosts_of_profiles_are_told_once_they_are_served(cluster: Cluster) -> None:
    await cluster.settle()
    cluster.api.remove(KINDS[Kind.PROFILE], "pki", "web")
    await cluster.settle()
    profile = next(each for each in quickstart() if each["kind"] == Kind.PROFILE)
    profile["spec"]["acme"] = {"hostname": "team.example.com"}
    cluster.write([profile])
    before = cluster.operator.hostnames()
    await cluster.settle()
    served = cluster.operator.hostnames()
    cluster.api.remove(KINDS[Kind.PROFILE], "pki", "web")
    after = cluster.operator.hostnames()
    assert [before, served, after] == [frozenset(), frozenset({"team.example.com"}), frozenset()]


@pytest.mark.parametrize("hostname", ["", "a_b.example.com", "*.example.com", "192.0.2.1"])
async def test_what_can_be_no_host_is_told_as_none(cluster: Cluster, hostname: str) -> None:
    await cluster.settle()
    with_hostname(cluster, hostname)
    assert cluster.operator.hostnames() == frozenset()


async def test_nobody_knows_the_hosts_of_profiles_while_everything_is_gone(
    cluster: Cluster,
) -> None:
    await cluster.settle()
    with_hostname(cluster, "team.example.com")
    await cluster.settle()
    resource = KINDS[Kind.PROFILE]
    cluster.api.remove(DEFINITIONS, None, f"{resource.plural}.{resource.group}")
    await cluster.operator.resync()
    await cluster.operator.turn()
    assert cluster.operator.hostnames() is None


async def test_an_api_server_that_is_away_is_asked_again(cluster: Cluster) -> None:
    await cluster.settle()
    cluster.api.down = True
    cluster.api.remove(SECRETS, SERVER, "profile.pki.web")
    await cluster.operator.turn()
    assert cluster.notes.failures == [Kind.PROFILE]
    cluster.api.down = False
    await cluster.pass_time(timedelta(seconds=2))
    assert cluster.secret(SERVER, "profile.pki.web")


def the_root(cluster: Cluster, policy: str) -> dict[str, Any]:
    root = cluster.found(Kind.AUTHORITY, "root")
    root["spec"]["deletionPolicy"] = policy
    return root


async def test_the_key_of_a_deleted_authority_is_kept_and_found_again(cluster: Cluster) -> None:
    await cluster.settle()
    before = cluster.secret(OPERATOR, "authority.pki.root")
    assert before is not None
    root = cluster.found(Kind.AUTHORITY, "root")
    cluster.api.remove(KINDS[Kind.AUTHORITY], "pki", "root")
    await cluster.settle()
    kept = cluster.secret(OPERATOR, "authority.pki.root")
    assert kept is not None
    assert "certwright.dev/retained-since" in kept["metadata"]["annotations"]
    del root["status"]
    cluster.write([root])
    await cluster.settle()
    again = cluster.secret(OPERATOR, "authority.pki.root")
    assert again is not None
    assert again["data"] == before["data"]
    assert "certwright.dev/retained-since" not in again["metadata"]["annotations"]
    assert cluster.ready(Kind.AUTHORITY, "root") == ("True", "Issued")


async def test_a_key_goes_with_its_authority_where_that_was_wanted(cluster: Cluster) -> None:
    await cluster.settle()
    cluster.write([the_root(cluster, "Delete")])
    await cluster.settle()
    cluster.api.remove(KINDS[Kind.AUTHORITY], "pki", "root")
    await cluster.settle()
    assert cluster.secret(OPERATOR, "authority.pki.root") is None


async def test_nobody_has_a_finalizer_of_ours(cluster: Cluster) -> None:
    await cluster.settle()
    everything = [each for kind in KINDS.values() for each in cluster.api.objects(kind)]
    everything += cluster.api.objects(SECRETS)
    assert not [each for each in everything if each["metadata"].get("finalizers")]


async def test_a_key_is_withheld_from_another_namespace_of_its_name(cluster: Cluster) -> None:
    await cluster.settle()
    root = cluster.found(Kind.AUTHORITY, "root")
    identifier = root.pop("status")["subjectKeyIdentifier"]
    cluster.api.remove(KINDS[Kind.AUTHORITY], "pki", "root")
    cluster.api.remove(NAMESPACES, None, "pki")
    await cluster.settle()
    cluster.api.put(NAMESPACES, None, {"metadata": {"name": "pki"}})
    cluster.write([root])
    await cluster.settle()
    assert cluster.ready(Kind.AUTHORITY, "root") == ("False", "KeyWithheld")
    adopting = cluster.found(Kind.AUTHORITY, "root")
    adopting["metadata"]["annotations"] = {"certwright.dev/adopt-key": identifier}
    cluster.write([adopting])
    await cluster.settle()
    assert cluster.ready(Kind.AUTHORITY, "root") == ("True", "Issued")
    assert cluster.keys_made == 2


async def test_a_tenant_out_of_reach_is_told_who_must_act(cluster: Cluster) -> None:
    def forbid(call: Call) -> None:
        if call.plural == "secrets" and call.namespace == "team-a":
            raise Forbidden(403, "Forbidden", "secrets is forbidden")

    cluster.api.before = forbid
    await cluster.settle()
    assert cluster.ready(Kind.CREDENTIAL, "team-a/default") == ("False", "SecretNotReachable")
    cluster.api.before = None
    await cluster.operator.resync()
    await cluster.settle()
    assert cluster.ready(Kind.CREDENTIAL, "team-a/default")[0] == "True"


async def test_events_tell_what_was_done(cluster: Cluster) -> None:
    await cluster.settle()
    told = {str(which) for which, _ in cluster.notes.events}
    assert {"CertificateAuthority pki/root", "EABCredential team-a/default"} <= told


def warnings(cluster: Cluster) -> list[tuple[str, str]]:
    return [(str(which), each.message) for which, each in cluster.notes.events if each.warning]


async def test_people_are_warned_once_of_what_stops(cluster: Cluster) -> None:
    await cluster.settle()
    assert warnings(cluster) == []
    cluster.api.remove(SECRETS, OPERATOR, "authority.pki.issuing")
    await cluster.settle()
    (authority, told), (profile, _) = warnings(cluster)
    assert authority == "CertificateAuthority pki/issuing"
    assert "private key is gone" in told
    assert profile == "CertificateProfile pki/web"
    await cluster.operator.resync()
    await cluster.settle()
    await cluster.settle(cluster.new_operator())
    assert len(warnings(cluster)) == 2


async def test_a_tenant_is_warned_of_what_he_is_not_granted_and_told_when_he_is(
    cluster: Cluster,
) -> None:
    await cluster.settle()
    granted = cluster.api.found(NAMESPACES, None, "team-a")
    assert granted is not None
    cluster.api.put(NAMESPACES, None, {"metadata": {"name": "team-a", "labels": {}}})
    await cluster.settle()
    cluster.api.put(NAMESPACES, None, granted)
    await cluster.settle()
    said = [
        (event.warning, event.reason)
        for which, event in cluster.notes.events
        if which.kind is Kind.CREDENTIAL and event.reason
    ]
    assert said == [(True, "NotGranted"), (False, "Granted")]


async def test_people_are_told_of_a_secret_that_the_cluster_refuses(cluster: Cluster) -> None:
    def refuse(call: Call) -> None:
        if (call.verb, call.namespace) == ("create", "team-a"):
            raise Forbidden(403, "Forbidden", "exceeded quota: secrets")

    cluster.api.before = refuse
    await cluster.settle()
    assert ("EABCredential team-a/default", "exceeded quota: secrets") in warnings(cluster)


async def test_a_status_is_never_taken_back_and_forth(cluster: Cluster) -> None:
    await cluster.settle()
    statuses = [call for call in cluster.api.writes if call.subresource == "status"]
    assert len(statuses) == len({(call.plural, call.name) for call in statuses})
