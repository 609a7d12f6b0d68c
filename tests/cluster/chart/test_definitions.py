"""The chart's definitions are those of crds/, whatever is written in them."""

import shutil
from pathlib import Path

import yaml

from scripts import chart_crds
from tests.cluster.chart.chart import CHART, ROOT, Helm, of_kind
from tests.cluster.harness.resources import Document

_KEPT = {
    "helm.sh/resource-policy": "keep",
    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
}


def _bare(document: Document) -> Document:
    return document | {"metadata": {"name": document["metadata"]["name"]}}


def _by_name(documents: list[Document]) -> dict[str, Document]:
    return {each["metadata"]["name"]: _bare(each) for each in documents}


def test_the_definitions_are_those_of_crds(helm: Helm) -> None:
    files = sorted((ROOT / "crds").rglob("*.yaml"))
    expected = [yaml.safe_load(each.read_text("utf-8")) for each in files]
    rendered = of_kind(helm.rendered({}), "CustomResourceDefinition")
    assert len(rendered) == len(expected) > 0
    assert _by_name(rendered) == _by_name(expected)


def test_the_files_in_the_chart_are_copies(tmp_path: Path) -> None:
    chart_crds.main([str(tmp_path / "fresh")])
    kept = CHART / "files" / "crds"

    def contents(folder: Path) -> dict[Path, bytes]:
        return {each.relative_to(folder): each.read_bytes() for each in folder.rglob("*.yaml")}

    assert contents(kept) == contents(tmp_path / "fresh")


def test_a_copy_leaves_nothing_of_an_earlier_one(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for folder, name in ((source, "new.yaml"), (target, "old.yaml")):
        (folder / "acme").mkdir(parents=True)
        (folder / "acme" / name).write_text("a: b\n")
    chart_crds.copy(source, target)
    assert [each.name for each in target.rglob("*.yaml")] == ["new.yaml"]


def test_braces_in_a_description_are_not_helms(helm: Helm, tmp_path: Path) -> None:
    chart = tmp_path / "chart"
    shutil.copytree(CHART, chart)
    file = chart / "files" / "crds" / "certwright.dev_eabcredentials.yaml"
    words = "'{{ .Values.none.at.all }} and {{`'"
    text = file.read_text("utf-8").replace("Version of the schema of this object.", words)
    assert words in text
    file.write_text(text, "utf-8")
    output = helm.template({}, chart=chart).succeeded().output
    assert words in output


def test_definitions_are_kept_unless_that_is_not_wanted(helm: Helm) -> None:
    for keep, expected in ((True, _KEPT), (False, None)):
        rendered = helm.rendered({"crds": {"keep": keep}, "commonLabels": {"team": "pki"}})
        for each in of_kind(rendered, "CustomResourceDefinition"):
            assert each["metadata"].get("annotations") == expected
            assert each["metadata"]["labels"]["team"] == "pki"


def test_definitions_can_come_from_elsewhere(helm: Helm) -> None:
    rendered = helm.rendered({"crds": {"enabled": False}})
    assert of_kind(rendered, "CustomResourceDefinition") == []


def test_what_holds_state_is_kept_and_nothing_else(helm: Helm) -> None:
    values = {"server": {"replicaCount": 1, "store": {"kind": "sqlite"}}}
    kept = {
        (each["kind"], each["metadata"]["name"])
        for each in helm.rendered(values | {"crds": {"enabled": False}})
        if each["metadata"].get("annotations", {}).items() >= _KEPT.items()
    }
    assert kept == {
        ("Namespace", "certwright-acme"),
        ("PersistentVolumeClaim", "certwright-acme-data"),
    }
