"""Helm for one test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.chart.chart import Helm
from tests.cluster.harness import programs
from tests.cluster.harness.programs import ProgramsMissing


@pytest.fixture(scope="session")
def helm_program(tell: Callable[[str], None]) -> Path:
    """Give Helm's program; without it the run fails at once and says what is missing."""
    try:
        return programs.helm(tell)
    except ProgramsMissing as error:
        pytest.exit(str(error), returncode=1)


@pytest.fixture
def helm(helm_program: Path, tmp_path: Path) -> Helm:
    """Give Helm without a cluster."""
    return Helm(helm_program, tmp_path)
