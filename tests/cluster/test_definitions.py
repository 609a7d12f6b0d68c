"""The API server takes the definitions of the four kinds, and serves them as people name them."""

import asyncio

import pytest

from certwright.resources.model import API_VERSION, GROUP
from certwright.resources.rule import example_document
from certwright.resources.schema import NAMES, Names
from tests.cluster.harness import definitions as crds
from tests.cluster.harness.client import Client
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.definitions import condition
from tests.cluster.harness.resources import DEFINITIONS, OWN, Document
from tests.cluster.harness.waiting import eventually

_BY_KIND = pytest.mark.parametrize("names", NAMES, ids=[names.kind for names in NAMES])


def test_every_definition_is_established(definitions: list[Document]) -> None:
    assert {each["spec"]["names"]["kind"] for each in definitions} >= set(OWN)
    assert {condition(each, "Established") for each in definitions} == {"True"}
    assert {condition(each, "NamesAccepted") for each in definitions} == {"True"}


def test_every_schema_is_structural_to_the_api_server(definitions: list[Document]) -> None:
    """A CEL rule or a default on a schema that is not structural would have no effect."""
    assert {condition(each, "NonStructuralSchema") for each in definitions} == {"Unknown"}


async def test_a_definition_that_is_applied_again_does_not_change(
    client: Client, definitions: list[Document]
) -> None:
    before = {each["metadata"]["name"]: each["metadata"]["generation"] for each in definitions}
    for document in crds.documents():
        applied = await client.apply(document)
        assert applied["metadata"]["generation"] == before[applied["metadata"]["name"]]


@pytest.mark.usefixtures("definitions")
def test_kubectl_applies_the_folder(cluster: Cluster) -> None:
    applied = cluster.kubectl(
        *("apply", "--server-side", "--force-conflicts", "--dry-run=server"), f"-f={crds.FOLDER}"
    ).succeeded()
    assert applied.output.count("serverside-applied") == len(NAMES)


@pytest.mark.usefixtures("definitions")
def test_kubectl_applies_the_folder_on_the_client_s_side(cluster: Cluster) -> None:
    """The whole definition must then fit into an annotation, of 256 KiB at most."""
    applied = cluster.kubectl("apply", "--dry-run=server", f"-f={crds.FOLDER}").succeeded()
    assert applied.output.count("(server dry run)") == len(NAMES)


@_BY_KIND
@pytest.mark.usefixtures("definitions")
async def test_discovery_has_the_kind_with_its_short_name_and_category(
    client: Client, names: Names
) -> None:
    found = await client.request("GET", f"/apis/{API_VERSION}")
    served = {each["name"]: each for each in found["resources"]}
    kind = served[names.plural]
    assert kind["kind"] == names.kind
    assert kind["namespaced"]
    assert kind["singularName"] == names.kind.lower()
    assert kind["shortNames"] == [names.short]
    assert kind["categories"] == ["certwright"]
    assert f"{names.plural}/status" in served


@_BY_KIND
async def test_the_kind_is_explained(
    cluster: Cluster, definitions: list[Document], names: Names
) -> None:
    (definition,) = (each for each in definitions if each["spec"]["names"]["kind"] == names.kind)
    (version,) = definition["spec"]["versions"]
    description = version["schema"]["openAPIV3Schema"]["description"]

    async def explained() -> None:
        """What is explained follows what is served by some seconds."""
        told = await asyncio.to_thread(cluster.kubectl, "explain", f"{names.plural}.{GROUP}")
        assert description.split("\n")[0] in told.succeeded().text

    await eventually(explained)


async def test_the_definitions_are_unchanged_by_storing(
    client: Client, definitions: list[Document]
) -> None:
    """What the API server would drop of a schema would be a promise that nobody keeps."""
    assert definitions
    for document in crds.documents():
        stored = await client.get(DEFINITIONS, document["metadata"]["name"])
        (written,), (kept,) = document["spec"]["versions"], stored["spec"]["versions"]
        assert kept["schema"] == written["schema"]


@_BY_KIND
@pytest.mark.usefixtures("definitions")
async def test_kubectl_finds_objects_by_short_name_and_by_category(
    cluster: Cluster, client: Client, namespace: str, names: Names
) -> None:
    document = example_document(names.kind, "spec", {})
    document["metadata"]["namespace"] = namespace
    await client.create(document)
    for asked in (names.short, names.kind.lower(), names.plural, "certwright"):
        found = cluster.kubectl("get", asked, f"--namespace={namespace}", "--output=name")
        assert found.succeeded().text == f"{names.kind.lower()}.certwright.dev/example"
