"""Keys of authorities: made once, kept, given back to whom they belong, and deleted if wanted."""

from functools import partial

from cryptography import x509

from certwright.pki import keys
from certwright.reconcile.adoption import ADOPT_KEY
from tests.cluster.harness.operators import Operator
from tests.cluster.harness.resources import AUTHORITIES, NAMESPACES, SECRETS
from tests.cluster.harness.waiting import eventually
from tests.cluster.operator import documents
from tests.cluster.operator.scene import Scene, data, is_absent

_RETAINED = "certwright.dev/retained-since"


async def test_a_key_that_is_lost_is_missed_and_never_made_a_second_time(
    scene: Scene, operator: Operator
) -> None:
    root, issuing, *_ = scene.quickstart
    await scene.apply(*scene.quickstart)
    before = (await scene.all_ready(*scene.quickstart))[1]
    name = f"authority.{scene.pki}.issuing"
    lost = await scene.key(name)
    system = scene.installation.names.operator_namespace
    await scene.client.delete(SECRETS, name, system)

    await scene.stands(issuing, "False KeyMissing")
    await operator.stop()
    operator.start()
    await scene.apply(documents.authority(scene.pki, "beside"))
    await scene.all_ready(documents.authority(scene.pki, "beside"), root)
    await scene.stands(issuing, "False KeyMissing")
    assert await is_absent(scene.client, SECRETS, name, system)

    back = {"name": name, "namespace": system}
    back |= {part: lost["metadata"][part] for part in ("labels", "annotations")}
    await scene.client.create(
        {"apiVersion": "v1", "kind": "Secret", "metadata": back, "data": lost["data"]}
    )
    (after,) = await scene.all_ready(issuing)
    assert after["status"]["certificate"] == before["status"]["certificate"]


async def test_a_key_goes_with_its_authority_if_that_was_wanted(
    scene: Scene, operator: Operator
) -> None:
    wanted = documents.authority(scene.pki, "short-lived", deletionPolicy="Delete")
    await scene.apply(wanted)
    await scene.all_ready(wanted)
    await scene.delete(wanted)
    # Nothing holds the object up: there is no finalizer.
    assert await is_absent(scene.client, AUTHORITIES, "short-lived", scene.pki)
    names = scene.installation.names
    await scene.is_gone(SECRETS, f"authority.{scene.pki}.short-lived", names.operator_namespace)
    assert operator.runs


async def test_a_key_goes_though_its_authority_was_deleted_while_the_operator_was_down(
    scene: Scene, operator: Operator
) -> None:
    wanted = documents.authority(scene.pki, "short-lived", deletionPolicy="Delete")
    await scene.apply(wanted)
    await scene.all_ready(wanted)
    await operator.stop()
    await scene.delete(wanted)
    # One that is left, so that not everything is gone at once.
    await scene.apply(documents.authority(scene.pki, "left"))
    operator.start()
    await scene.all_ready(documents.authority(scene.pki, "left"))
    names = scene.installation.names
    await scene.is_gone(SECRETS, f"authority.{scene.pki}.short-lived", names.operator_namespace)


async def test_a_retained_key_is_given_back_to_an_authority_of_that_name(
    scene: Scene, operator: Operator
) -> None:
    root = documents.authority(scene.pki, "root")
    name = f"authority.{scene.pki}.root"
    await scene.apply(root)
    (before,) = await scene.all_ready(root)
    key = data(await scene.key(name))["tls.key"]

    await scene.delete(root)
    await eventually(partial(is_retained, scene, name))
    await scene.apply(root)
    (after,) = await scene.all_ready(root)
    held = await scene.key(name)
    assert data(held)["tls.key"] == key
    identifier = "subjectKeyIdentifier"
    assert after["status"][identifier] == before["status"][identifier]
    assert _RETAINED not in held["metadata"]["annotations"]
    assert operator.runs


async def is_retained(scene: Scene, name: str) -> None:
    assert _RETAINED in (await scene.key(name))["metadata"]["annotations"]


async def test_a_key_is_withheld_from_a_namespace_made_anew_until_it_is_adopted(
    scene: Scene, operator: Operator
) -> None:
    again = await scene.installation.namespace("again")
    root = documents.authority(again, "root")
    name = f"authority.{again}.root"
    await scene.apply(root)
    (before,) = await scene.all_ready(root)
    await scene.client.delete(NAMESPACES, again)
    await scene.is_gone(NAMESPACES, again, "")
    await eventually(partial(is_retained, scene, name))

    metadata = {"name": again}
    await scene.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    await scene.apply(root)
    await scene.stands(root, "False KeyWithheld")

    identifier = before["status"]["subjectKeyIdentifier"]
    root["metadata"]["annotations"] = {ADOPT_KEY: identifier}
    await scene.apply(root)
    (after,) = await scene.all_ready(root)
    assert after["status"]["subjectKeyIdentifier"] == identifier
    assert operator.runs


async def test_a_key_fits_its_certificate(scene: Scene, operator: Operator) -> None:
    root = documents.authority(scene.pki, "root", privateKey={"algorithm": "RSA", "size": 3072})
    await scene.apply(root)
    await scene.all_ready(root)
    held = data(await scene.key(f"authority.{scene.pki}.root"))
    key = keys.private_key_from_pem(held["tls.key"].encode())
    certificate = x509.load_pem_x509_certificate(held["tls.crt"].encode())
    assert certificate.public_key() == key.public_key()
    assert operator.runs
