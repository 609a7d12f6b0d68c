"""What Helm tells a person who installs; `test_release` has what needs a cluster."""

import shutil
from pathlib import Path

import pytest

from tests.cluster.chart.chart import CHART, Helm, Values, named

#: Helm prints notes only of an installation, and so asks for a cluster: here they are a document.
_DOCUMENT = """\
kind: ConfigMap
metadata:
  name: notes
data:
  text: {{ include "notes" . | quote }}
"""


@pytest.fixture
def telling(tmp_path: Path) -> Path:
    """Give the chart with its notes as one more document."""
    chart = tmp_path / "telling"
    shutil.copytree(CHART, chart)
    templates = chart / "templates"
    notes = (templates / "NOTES.txt").read_text("utf-8")
    (templates / "_notes.tpl").write_text(f'{{{{ define "notes" }}}}{notes}{{{{ end }}}}', "utf-8")
    (templates / "notes.yaml").write_text(_DOCUMENT, "utf-8")
    return chart


@pytest.mark.parametrize(
    ("pods", "budget", "is_held"),
    [
        (2, {"minAvailable": 2}, True),
        (2, {"minAvailable": 3}, True),
        (2, {"minAvailable": "51%"}, True),
        (1, {"minAvailable": "1%"}, True),
        (3, {"minAvailable": "100%"}, True),
        (2, {"maxUnavailable": 0}, True),
        (2, {"maxUnavailable": "0%"}, True),
        (2, {"minAvailable": 1}, False),
        (2, {"minAvailable": 0}, False),
        (2, {"minAvailable": "50%"}, False),
        (3, {"minAvailable": "66%"}, False),
        (2, {"maxUnavailable": "1%"}, False),
        (2, {"minAvailable": None, "maxUnavailable": None}, False),
        (2, {"minAvailable": 2, "enabled": False}, False),
        (0, {"minAvailable": 0}, False),
        (0, {"maxUnavailable": 0}, False),
    ],
    ids=str,
)
@pytest.mark.parametrize("component", ["operator", "server"])
def test_the_notes_warn_of_a_budget_that_lets_no_pod_go(
    helm: Helm, telling: Path, component: str, pods: int, budget: Values, is_held: bool
) -> None:
    values = {"replicaCount": pods, "podDisruptionBudget": {"enabled": True} | dict(budget)}
    documents = helm.rendered({component: values}, chart=telling)
    notes = named(documents, "ConfigMap", "notes")["data"]["text"]
    warning = f"WARNING: {component}.podDisruptionBudget lets no pod of {pods} go: a drain"
    assert ("WARNING" in notes, warning in notes) == (is_held, is_held)
