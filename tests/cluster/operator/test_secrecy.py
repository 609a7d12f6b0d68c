"""No private key and no tenant's secret stands anywhere but where it belongs."""

import base64
import json
from collections.abc import Iterator

from tests.cluster.harness.operators import Operator
from tests.cluster.harness.resources import CONFIG_MAPS, EVENTS, OWN, SECRETS, Document
from tests.cluster.operator import documents
from tests.cluster.operator.scene import Scene, data


def traces(secret: str) -> set[bytes]:
    """Return what would show a secret: a line of its PEM, or it as it stands, and both encoded."""
    lines = [line for line in secret.splitlines() if line and not line.startswith("-----")]
    found = {line.encode() for line in lines if len(line) > 30}
    return found | {base64.b64encode(each)[:-4] for each in found}


def holders(secrets: list[str], texts: Iterator[tuple[str, bytes]]) -> set[str]:
    """Return the names of the texts that show one of the secrets."""
    wanted = {each for secret in secrets for each in traces(secret)}
    return {name for name, text in texts if any(each in text for each in wanted)}


def of_objects(objects: list[Document]) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents."""
    for each in objects:
        metadata = each["metadata"]
        yield f"{metadata['namespace']}/{metadata['name']}", json.dumps(each).encode()


def of_secrets(secrets: list[Document]) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents, of which what is encoded is decoded."""
    return of_objects([each | {"data": data(each)} for each in secrets])


async def test_keys_are_seen_by_the_operator_and_the_server_alone(
    scene: Scene, operator: Operator
) -> None:
    lab = documents.profile(scene.pki, "lab", issuer=None, template="web-server")
    await scene.apply(*scene.quickstart, lab)
    await scene.all_ready(*scene.quickstart, lab)
    keys = [data(each)["tls.key"] for each in await scene.keys()]
    assert len(keys) == 4

    names = scene.installation.names
    signers = [*await scene.bundles("signer")]
    assert len(signers) == 2
    secrets = await scene.client.objects(SECRETS)
    where_keys_belong = {
        f"{names.operator_namespace}/authority.{scene.pki}.root",
        f"{names.operator_namespace}/authority.{scene.pki}.issuing",
        f"{names.operator_namespace}/profile-root.{scene.pki}.lab",
        f"{names.operator_namespace}/profile-issuer.{scene.pki}.lab",
        *(f"{names.server_namespace}/{each}" for each in signers),
    }
    assert holders(keys, of_secrets(secrets)) == where_keys_belong

    drawn = [data(await scene.client.get(SECRETS, "team-a-eab", scene.team))["secret"]]
    assert holders(drawn, of_secrets(secrets)) == {
        f"{names.server_namespace}/credential.{scene.team}.default",
        f"{scene.team}/team-a-eab",
    }
    assert holders(keys + drawn, await everywhere_else(scene, operator)) == set()


async def everywhere_else(scene: Scene, operator: Operator) -> Iterator[tuple[str, bytes]]:
    """Return everything else that was written: to the API server, to the log, into metrics."""
    objects: list[Document] = []
    for resource in (*OWN.values(), EVENTS, CONFIG_MAPS):
        objects += await scene.client.objects(resource)
    metrics, log = operator.metrics(), operator.log.read_bytes()
    assert metrics
    assert log
    found = [*of_objects(objects), ("metrics", metrics.encode()), ("log", log)]
    if scene.installation.cluster.audit is not None:
        audit = scene.installation.audit.path
        found.append((audit.name, audit.read_bytes()))
    return iter(found)
