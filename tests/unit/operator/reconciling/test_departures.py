"""What is gone is cleaned up after, whatever happens meanwhile and whoever refuses."""

from datetime import timedelta

import pytest

from certwright.reconcile.world import Kind
from certwright_operator.api.port import (
    KINDS,
    SECRETS,
    Forbidden,
    Invalid,
    Object,
    Refused,
    Unavailable,
)
from certwright_operator.settings import TenantSecrets
from tests.fakes.kubernetes_api import Call
from tests.unit.operator.reconciling.world import OPERATOR, SERVER, Cluster, quickstart

CREDENTIALS, PROFILES, AUTHORITIES = (
    KINDS[kind] for kind in (Kind.CREDENTIAL, Kind.PROFILE, Kind.AUTHORITY)
)


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster()
    cluster.write(quickstart())
    return cluster


def credential(name: str) -> Object:
    """Return a credential of the quick start's tenant."""
    [first] = [each for each in quickstart() if each["kind"] == Kind.CREDENTIAL]
    metadata = {**first["metadata"], "name": name}
    return {**first, "metadata": metadata, "spec": {**first["spec"], "secretName": name}}


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(Forbidden(403, "Forbidden", "an admission webhook denies it"), id="403"),
        pytest.param(Invalid(422, "Invalid", "field is immutable"), id="422"),
        pytest.param(Unavailable("the webhook doesn't answer"), id="500"),
    ],
)
async def test_a_child_that_cannot_be_removed_stops_nobody(
    cluster: Cluster, failure: Exception
) -> None:
    await cluster.settle()
    left = "credential.team-a.default"

    def refuse(call: Call) -> None:
        if (call.verb, call.name) == ("delete", left):
            raise failure

    cluster.api.before = refuse
    cluster.api.remove(CREDENTIALS, "team-a", "default")
    cluster.clock.elapsed += 3
    cluster.write([credential("second")])
    for _ in range(10):
        await cluster.operator.turn()
    assert cluster.ready(Kind.CREDENTIAL, "team-a/second")[0] == "True"
    asked = [call for call in cluster.api.writes if call.name == left]
    for _ in range(20):
        cluster.clock.elapsed += 2
        await cluster.operator.turn()
    again = [call for call in cluster.api.writes if call.name == left][len(asked) :]
    assert 0 < len(again) < 8, "it is tried again, and less and less often"
    cluster.api.before = None
    cluster.clock.elapsed += 400
    await cluster.settle()
    assert cluster.secret(SERVER, left) is None


async def test_a_secret_that_a_tenant_locked_goes_with_its_owner(cluster: Cluster) -> None:
    await cluster.settle()
    locked = cluster.secret("team-a", "team-a-eab")
    assert locked is not None
    cluster.api.put(SECRETS, "team-a", {**locked, "immutable": True})
    cluster.api.remove(CREDENTIALS, "team-a", "default")
    await cluster.settle()
    assert cluster.secret(SERVER, "credential.team-a.default") is None
    left = cluster.secret("team-a", "team-a-eab")
    assert left is not None
    assert left["metadata"]["ownerReferences"], "the garbage collector removes it"


async def test_what_goes_during_a_sweep_is_swept_too(cluster: Cluster) -> None:
    cluster.write([credential("second")])
    await cluster.settle()

    def remove_the_other(call: Call) -> None:
        if call.verb == "delete":
            cluster.api.after = None
            cluster.api.remove(CREDENTIALS, "team-a", "second")

    cluster.api.after = remove_the_other
    cluster.api.remove(CREDENTIALS, "team-a", "default")
    await cluster.settle()
    assert cluster.secret(SERVER, "credential.team-a.default") is None
    assert cluster.secret(SERVER, "credential.team-a.second") is None


async def test_an_object_that_is_replaced_before_its_end_is_told_is_swept(
    cluster: Cluster,
) -> None:
    """The watch of one object says nothing of the order of another one's events."""
    root = cluster.found(Kind.AUTHORITY, "root")
    root["spec"]["deletionPolicy"] = "Delete"
    cluster.write([root])
    await cluster.settle()
    former = cluster.secret(OPERATOR, "authority.pki.root")
    assert former is not None
    cluster.api.watchers.clear()
    cluster.api.remove(AUTHORITIES, "pki", "root")
    root.pop("status", None)
    cluster.write([root])
    fresh = cluster.found(Kind.AUTHORITY, "root")
    cluster.api.watchers[:] = [cluster.operator.seen]
    cluster.operator.seen(AUTHORITIES.plural, "ADDED", fresh)
    await cluster.settle()
    await cluster.pass_time(timedelta(seconds=10))
    made = cluster.secret(OPERATOR, "authority.pki.root")
    assert made is not None
    assert made["data"]["tls.key"] != former["data"]["tls.key"]
    assert cluster.ready(Kind.AUTHORITY, "root") == ("True", "Issued")


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
@pytest.mark.parametrize("gap", [0, 1, 3])
async def test_an_authority_written_anew_works_whenever_that_is(
    cluster: Cluster, policy: str, gap: int
) -> None:
    root = cluster.found(Kind.AUTHORITY, "root")
    root["spec"]["deletionPolicy"] = policy
    cluster.write([root])
    await cluster.settle()
    former = cluster.secret(OPERATOR, "authority.pki.root")
    assert former is not None
    cluster.api.remove(AUTHORITIES, "pki", "root")
    for _ in range(gap):
        cluster.clock.elapsed += 1
        await cluster.operator.turn()
    root.pop("status", None)
    cluster.write([root])
    await cluster.settle()
    for _ in range(10):
        await cluster.pass_time(timedelta(seconds=2))
    made = cluster.secret(OPERATOR, "authority.pki.root")
    assert made is not None
    assert (made["data"]["tls.key"] == former["data"]["tls.key"]) == (policy == "Retain")
    assert "certwright.dev/retained-since" not in made["metadata"]["annotations"]
    for kind, name in (
        (Kind.AUTHORITY, "root"),
        (Kind.AUTHORITY, "issuing"),
        (Kind.PROFILE, "web"),
    ):
        assert cluster.ready(kind, name)[0] == "True"


@pytest.mark.parametrize("gap", [0, 1, 3])
@pytest.mark.parametrize("listed", [False, True], ids=["everywhere", "named"])
async def test_a_credential_written_anew_has_a_secret_of_its_own(gap: int, listed: bool) -> None:
    cluster = Cluster(TenantSecrets(frozenset({"team-a"}) if listed else frozenset()))
    cluster.write(quickstart())
    await cluster.settle()
    former = cluster.secret("team-a", "team-a-eab")
    cluster.api.remove(CREDENTIALS, "team-a", "default")
    for _ in range(gap):
        cluster.clock.elapsed += 1
        await cluster.operator.turn()
    cluster.write([each for each in quickstart() if each["kind"] == Kind.CREDENTIAL])
    await cluster.settle()
    for _ in range(5):
        await cluster.pass_time(timedelta(seconds=2))
    assert cluster.ready(Kind.CREDENTIAL, "team-a/default")[0] == "True"
    now = cluster.secret("team-a", "team-a-eab")
    assert former is not None
    assert now is not None
    assert now["data"]["secret"] != former["data"]["secret"]
    uid = cluster.found(Kind.CREDENTIAL, "team-a/default")["metadata"]["uid"]
    assert [each["uid"] for each in now["metadata"]["ownerReferences"]] == [uid]


async def test_a_refusal_to_sweep_one_keeps_no_other(cluster: Cluster) -> None:
    await cluster.settle()

    def refuse(call: Call) -> None:
        if call.verb == "delete" and call.name == "profile.pki.web":
            raise Refused(400, "BadRequest", "no")

    cluster.api.before = refuse
    cluster.api.remove(CREDENTIALS, "team-a", "default")
    cluster.api.remove(PROFILES, "pki", "web")
    for _ in range(10):
        cluster.clock.elapsed += 1
        await cluster.operator.turn()
    assert cluster.secret(SERVER, "credential.team-a.default") is None
    assert cluster.api.found(SECRETS, SERVER, "profile.pki.web") is not None
