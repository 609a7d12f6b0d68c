"""Authorities that somebody else has a hand in: imported ones, and those signed offline."""

import base64

from tests.cluster.harness.installation import Installation
from tests.cluster.harness.operators import Operator
from tests.cluster.harness.resources import SECRETS, Document
from tests.cluster.operator import documents
from tests.cluster.operator.elsewhere import Root
from tests.cluster.operator.scene import Scene


async def look_again(scene: Scene, document: Document, reason: str) -> None:
    """Change something about an object that means nothing: the Secret it names isn't watched."""
    metadata = document["metadata"]
    path = "/apis/certwright.dev/v1alpha1/namespaces/{namespace}/certificateauthorities/{name}"
    labels = {"metadata": {"labels": {"look": reason}}}
    await scene.client.patch(path.format(**metadata), labels)


async def test_an_imported_authority_signs_for_profiles(scene: Scene, operator: Operator) -> None:
    root = Root.made("Elsewhere")
    await scene.client.create(documents.secret(scene.pki, "root-elsewhere", **root.secret))
    authority = documents.imported(scene.pki, "imported", "root-elsewhere")
    profile = documents.profile(scene.pki, "web", issuer="imported", template="web")
    await scene.apply(authority, documents.template(scene.pki, "web"), profile)
    await scene.all_ready(authority, profile)
    assert await scene.trust("profile", "web") == root.secret["tls.crt"]
    assert await scene.keys() == []
    assert operator.runs


async def test_the_secret_of_an_imported_authority_may_come_later(
    scene: Scene, installation: Installation
) -> None:
    operator = await installation.operator(resync="10s")
    operator.start()
    authority = documents.imported(scene.pki, "imported", "root-elsewhere")
    await scene.apply(authority)
    await scene.stands(authority, "False SecretNotFound")
    root = Root.made("Elsewhere")
    await scene.client.create(documents.secret(scene.pki, "root-elsewhere", **root.secret))
    await scene.all_ready(authority)


async def test_a_secret_that_does_not_fit_is_refused_by_its_reason(
    scene: Scene, operator: Operator
) -> None:
    root, other = Root.made("Elsewhere"), Root.made("Other")
    mixed = root.secret | {"tls.key": other.secret["tls.key"]}
    await scene.client.create(documents.secret(scene.pki, "root-elsewhere", **mixed))
    authority = documents.imported(scene.pki, "imported", "root-elsewhere")
    await scene.apply(authority)
    await scene.stands(authority, "False ImportRefused")

    key = base64.b64encode(root.secret["tls.key"].encode()).decode()
    path = SECRETS.path(scene.pki, "root-elsewhere")
    await scene.client.patch(path, {"data": {"tls.key": key}})
    await look_again(scene, authority, "mended")
    await scene.all_ready(authority)

    await scene.client.patch(path, {"data": {"tls.key": None}})
    await look_again(scene, authority, "lost")
    await scene.stands(authority, "False KeyMissing")
    assert operator.runs


async def test_an_intermediate_is_signed_offline_by_status_and_spec(
    scene: Scene, operator: Operator
) -> None:
    root = Root.made("Vault")
    authority = documents.authority(scene.pki, "issuing", intermediate={}, maxPathLength=0)
    await scene.apply(authority)
    waiting = await scene.stands(authority, "False CertificateAwaited")

    wrong = Root.made("Vault").answer(waiting["status"]["csr"]).split("-----END CERTIFICATE-----")
    authority["spec"]["intermediate"] = {"certificate": f"{wrong[0]}-----END CERTIFICATE-----\n"}
    await scene.apply(authority)
    refused = await scene.stands(authority, "False CertificateRefused")
    assert refused["status"]["csr"] == waiting["status"]["csr"]

    answer = root.answer(waiting["status"]["csr"])
    authority["spec"]["intermediate"] = {"certificate": answer}
    await scene.apply(authority)
    (issued,) = await scene.all_ready(authority)
    assert issued["status"]["chain"] == answer
    assert await scene.trust("authority", "issuing") == root.secret["tls.crt"]
    assert operator.runs
