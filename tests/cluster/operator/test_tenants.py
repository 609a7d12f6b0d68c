"""What tenants can and can't bring about: grants, consent, and Secrets that aren't ours."""

import json
from functools import partial

from tests.cluster.harness.operators import Operator
from tests.cluster.harness.resources import NAMESPACES, SECRETS
from tests.cluster.harness.waiting import eventually
from tests.cluster.operator import documents
from tests.cluster.operator.scene import Scene, condition, data, is_absent


async def bundle(scene: Scene, kind: str, name: str) -> dict[str, object]:
    """Return what a bundle says."""
    found = (await scene.bundles(kind))[f"{kind}.{name}"]
    return dict(json.loads(data(found)["bundle.json"]))


async def refuses(scene: Scene, kind: str, name: str) -> None:
    """Wait until a bundle refuses everything."""

    async def refused() -> None:
        assert (await bundle(scene, kind, name))["refusal"]

    await eventually(refused)


async def test_a_tenant_who_writes_every_name_gets_nothing_beyond_the_grant(
    scene: Scene, operator: Operator
) -> None:
    greedy = documents.credential(
        scene.team, "greedy", profile=f"{scene.pki}/web", dnsNames={"values": ["**"]}
    )
    await scene.apply(*scene.quickstart, greedy)
    found = await scene.stands(greedy, "False ExceedsGrant")
    assert condition(found, "Stalled")["status"] == "True"
    await refuses(scene, "credential", f"{scene.team}.greedy")
    assert await is_absent(scene.client, SECRETS, "greedy", scene.team)
    assert operator.runs


async def test_a_secret_of_somebody_else_is_left_alone(scene: Scene, operator: Operator) -> None:
    foreign = documents.secret(scene.team, "team-a-eab", password="theirs")
    before = await scene.client.create(foreign)
    await scene.apply(*scene.quickstart)
    await scene.stands(scene.quickstart[-1], "False SecretNameTaken")
    assert await scene.client.get(SECRETS, "team-a-eab", scene.team) == before

    await scene.client.delete(SECRETS, "team-a-eab", scene.team)
    # Secrets of tenants aren't watched here; whoever made room says so.
    labels = {"metadata": {"labels": {"room": "made"}}}
    path = f"/apis/certwright.dev/v1alpha1/namespaces/{scene.team}/eabcredentials/default"
    await scene.client.patch(path, labels)
    await scene.all_ready(*scene.quickstart)
    assert operator.runs


async def test_a_tenants_secret_goes_with_its_credential(scene: Scene, operator: Operator) -> None:
    *_, credential = scene.quickstart
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    await scene.delete(credential)
    await scene.is_gone(SECRETS, "team-a-eab", scene.team)
    server = scene.installation.names.server_namespace
    await scene.is_gone(SECRETS, f"credential.{scene.team}.default", server)
    assert operator.runs


async def test_a_credential_that_is_written_anew_has_a_new_secret(
    scene: Scene, operator: Operator
) -> None:
    *_, credential = scene.quickstart
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    before = data(await scene.client.get(SECRETS, "team-a-eab", scene.team))
    await scene.delete(credential)
    await scene.apply(credential)

    async def another() -> None:
        held = await scene.client.get(SECRETS, "team-a-eab", scene.team)
        assert data(held)["secret"] != before["secret"]
        (owner,) = held["metadata"]["ownerReferences"]
        assert owner["uid"] == (await scene.get(credential))["metadata"]["uid"]

    await eventually(another)
    await scene.all_ready(credential)
    assert operator.runs


async def test_a_grant_that_is_withdrawn_refuses_the_credential(
    scene: Scene, operator: Operator
) -> None:
    *_, profile, credential = scene.quickstart
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    profile["spec"]["grants"] = []
    await scene.apply(profile)
    await scene.stands(credential, "False NotGranted")
    await refuses(scene, "credential", f"{scene.team}.default")

    profile["spec"]["grants"] = scene.quickstart[-2]["spec"]["grants"]
    await scene.apply(profile)
    await scene.all_ready(credential)
    assert operator.runs


async def test_a_namespace_that_loses_its_label_loses_its_grant(
    scene: Scene, operator: Operator
) -> None:
    *_, credential = scene.quickstart
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    labels = NAMESPACES.path(name=scene.team)
    await scene.client.patch(labels, {"metadata": {"labels": {"team": None}}})
    await scene.stands(credential, "False NotGranted")
    await scene.client.patch(labels, {"metadata": {"labels": {"team": "true"}}})
    await scene.all_ready(credential)
    assert operator.runs


async def test_consent_that_is_withdrawn_makes_a_refusing_bundle(
    scene: Scene, operator: Operator
) -> None:
    shared = documents.authority(scene.pki, "shared", allowedNamespaces={"from": "All"})
    template = documents.template(scene.team, "own")
    profile = documents.profile(scene.team, "theirs", issuer=f"{scene.pki}/shared", template="own")
    await scene.apply(shared, template, profile)
    await scene.all_ready(shared, template, profile)
    assert not (await bundle(scene, "profile", f"{scene.team}.theirs")).get("refusal")

    await scene.apply(documents.authority(scene.pki, "shared", allowedNamespaces={"from": "Same"}))
    await scene.stands(profile, "False ReferenceNotPermitted")
    await refuses(scene, "profile", f"{scene.team}.theirs")
    assert operator.runs


async def test_an_authority_that_is_deleted_makes_a_refusing_bundle(
    scene: Scene, operator: Operator
) -> None:
    _, issuing, _, profile, _ = scene.quickstart
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    await scene.delete(issuing)
    await scene.stands(profile, "False ReferenceNotFound")
    await refuses(scene, "profile", f"{scene.pki}.web")

    await scene.apply(issuing)
    await eventually(partial(scene.all_ready, profile))
    assert operator.runs


async def test_two_credentials_that_name_one_secret_do_not_share_it(
    scene: Scene, operator: Operator
) -> None:
    *_, first = scene.quickstart
    second = documents.credential(
        scene.team, "second", profile=f"{scene.pki}/web", secretName="team-a-eab"
    )
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)
    await scene.apply(second)
    await scene.stands(second, "False SecretNameTaken")
    await scene.all_ready(first)
    held = await scene.client.get(SECRETS, "team-a-eab", scene.team)
    assert data(held)["kid"] == f"{scene.team}.default"
    assert operator.runs
