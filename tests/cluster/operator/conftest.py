"""An operator that runs, and what the tests of it write and look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.harness.installation import Installation
from tests.cluster.harness.operators import Operator
from tests.cluster.operator.scene import Scene

_LAST_WORDS = 40
_WIDTH = 500
"""Lines of an operator's log, and characters of each, that a failed test shows."""


@pytest.fixture
async def scene(installation: Installation) -> Scene:
    """Give an installation, and empty namespaces of a platform team's and a tenant's."""
    pki = await installation.namespace("pki")
    team = await installation.namespace("team", {"team": "true"})
    return Scene(installation, pki, team)


@pytest.fixture
async def operator(installation: Installation) -> Operator:
    """Give an operator that runs."""
    started = await installation.operator()
    started.start()
    return started


@pytest.fixture(autouse=True)
def operators_log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """Show the last words of operators beside what failed."""
    yield
    for log in sorted(tmp_path.glob("operator-*/operator.log")):
        lines = log.read_text(errors="replace").splitlines()[-_LAST_WORDS:]
        shown = "\n".join(line[:_WIDTH] for line in lines)
        request.node.add_report_section("teardown", log.parent.name, shown)
