"""The quick-start's documents, applied: everything that should come of them comes of them."""

import json

from cryptography import x509

from tests.cluster.harness.operators import SERVER_URL, Operator
from tests.cluster.harness.resources import SECRETS
from tests.cluster.operator import documents
from tests.cluster.operator.marks import needs_audit_log
from tests.cluster.operator.scene import Scene, data


async def test_every_object_becomes_ready_and_says_what_people_look_for(
    scene: Scene, operator: Operator
) -> None:
    await scene.apply(*scene.quickstart)
    root, issuing, template, profile, credential = await scene.all_ready(*scene.quickstart)

    path = x509.load_pem_x509_certificates(issuing["status"]["chain"].encode())
    assert [each.subject.rfc4514_string() for each in path] == [
        "CN=Example Issuing,O=Example",
        "CN=Example Root,O=Example",
    ]
    assert root["status"]["certificate"].strip() in issuing["status"]["chain"]
    assert template["status"]["conditions"]
    directory = f"{SERVER_URL}/acme/{scene.pki}/web/directory"
    assert profile["status"]["directoryURL"] == directory
    assert credential["status"]["keyID"] == f"{scene.team}.default"
    assert credential["status"]["profile"] == f"{scene.pki}/web"
    assert credential["status"]["secretName"] == "team-a-eab"
    assert operator.runs


async def test_keys_are_in_the_operators_namespace_and_bundles_in_the_servers(
    scene: Scene, operator: Operator
) -> None:
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)

    keys = {each["metadata"]["name"]: each for each in await scene.keys()}
    assert keys.keys() == {f"authority.{scene.pki}.root", f"authority.{scene.pki}.issuing"}
    assert all(data(each).keys() == {"tls.key", "tls.crt"} for each in keys.values())
    (signer,) = (await scene.bundles("signer")).values()
    assert signer["immutable"]
    assert signer["metadata"]["name"].startswith(f"signer.{scene.pki}.issuing.")
    assert (await scene.bundles("profile")).keys() == {f"profile.{scene.pki}.web"}
    assert (await scene.bundles("credential")).keys() == {f"credential.{scene.team}.default"}
    assert operator.runs


async def test_a_tenant_finds_kid_and_secret_and_nothing_else(
    scene: Scene, operator: Operator
) -> None:
    await scene.apply(*scene.quickstart)
    credential = (await scene.all_ready(*scene.quickstart))[-1]

    secret = await scene.client.get(SECRETS, "team-a-eab", scene.team)
    found = data(secret)
    assert found.keys() == {"kid", "secret"}
    assert found["kid"] == f"{scene.team}.default"
    (bundle,) = (await scene.bundles("credential")).values()
    assert json.loads(data(bundle)["bundle.json"])["secrets"][0]["secret"] == found["secret"]
    (owner,) = secret["metadata"]["ownerReferences"]
    assert owner["uid"] == credential["metadata"]["uid"]
    # To hold up its owner's deletion would take rights on the owner's finalizers.
    assert not owner.get("blockOwnerDeletion")
    assert operator.runs


async def test_roots_are_published_for_whoever_trusts_authority_or_profile(
    scene: Scene, operator: Operator
) -> None:
    await scene.apply(*scene.quickstart)
    root = (await scene.all_ready(*scene.quickstart))[0]

    certificate = root["status"]["certificate"]
    assert await scene.trust("authority", "root") == certificate
    assert await scene.trust("authority", "issuing") == certificate
    assert await scene.trust("profile", "web") == certificate
    assert operator.runs


async def test_people_are_told_by_events_what_was_made(scene: Scene, operator: Operator) -> None:
    root, *_, credential = scene.quickstart
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)

    assert any("a private key was generated" in each for each in await scene.events(root))
    assert any("a new secret was drawn" in each for each in await scene.events(credential))
    assert operator.runs


async def test_the_order_of_apply_does_not_matter(scene: Scene, operator: Operator) -> None:
    root, issuing, template, profile, credential = scene.quickstart
    await scene.apply(credential)
    await scene.stands(credential, "False ReferenceNotFound")
    await scene.apply(profile)
    await scene.stands(profile, "False ReferenceNotFound")
    await scene.apply(template, issuing)
    await scene.stands(issuing, "False ReferenceNotFound")
    await scene.apply(root)
    await scene.all_ready(*scene.quickstart)
    assert operator.runs


async def test_a_profile_may_have_a_root_of_its_own(scene: Scene, operator: Operator) -> None:
    own = (
        documents.template(scene.pki, "web"),
        documents.profile(scene.pki, "lab", issuer=None, template="web"),
    )
    await scene.apply(*own)
    await scene.all_ready(*own)
    assert {each["metadata"]["name"] for each in await scene.keys()} == {
        f"profile-root.{scene.pki}.lab",
        f"profile-issuer.{scene.pki}.lab",
    }
    (root,) = x509.load_pem_x509_certificates((await scene.trust("profile", "lab")).encode())
    assert root.subject == root.issuer
    assert operator.runs


@needs_audit_log
async def test_what_is_referred_to_is_written_before_what_refers_to_it(
    scene: Scene, operator: Operator
) -> None:
    await scene.apply(*scene.quickstart)
    await scene.all_ready(*scene.quickstart)

    secrets = [
        f"{each.namespace.removesuffix(scene.installation.names.suffix)} {each.name}"
        for each in scene.installation.writes()
        if each.resource == "secrets" and each.code < 400
    ]

    def first(beginning: str) -> int:
        return next(at for at, name in enumerate(secrets) if name.startswith(beginning))

    order = [
        first(f"certwright-system authority.{scene.pki}.root"),
        first(f"certwright-system authority.{scene.pki}.issuing"),
        first(f"certwright-acme signer.{scene.pki}.issuing."),
        first(f"certwright-acme profile.{scene.pki}.web"),
        first(f"certwright-acme credential.{scene.team}.default"),
        first("team team-a-eab"),
    ]
    assert order == sorted(order), secrets
    assert operator.runs
