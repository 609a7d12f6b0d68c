"""Waiting for what comes about by itself, after a while that no test asserts on."""

import time
from collections.abc import Callable

from tests.cluster.node.harness.commands import ENOUGH

_PAUSE = 0.5


def until(holds: Callable[[], bool], what: str, enough: float = ENOUGH) -> None:
    """Return once `holds` tells so; raise `AssertionError` with `what` after `enough` seconds."""
    given_up = time.monotonic() + enough
    while not holds():
        assert time.monotonic() < given_up, f"waited {enough:g} s in vain: {what}"
        time.sleep(_PAUSE)
