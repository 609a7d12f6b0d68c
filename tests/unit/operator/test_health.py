"""When the operator calls itself dead, and when not ready."""

from dataclasses import dataclass

import pytest

from certwright_operator.health import what_is_awaited, what_is_dead


@dataclass(frozen=True)
class Doing:
    """Work that was last done at second 100."""

    started: bool = True
    busy: bool = True
    last_turn: float = 100.0


@pytest.mark.parametrize(
    ("work", "now"),
    [
        pytest.param(None, 9999, id="another replica leads"),
        pytest.param(Doing(started=False), 9999, id="it still reads"),
        pytest.param(Doing(busy=False), 9999, id="there is nothing to do"),
        pytest.param(Doing(), 400, id="it was just at work"),
    ],
)
def test_it_is_alive_while(work: Doing | None, now: float) -> None:
    assert what_is_dead(work, now) is None


def test_it_is_dead_when_work_waits_for_five_minutes() -> None:
    said = what_is_dead(Doing(), 401)
    assert said == "nothing was done for 301 seconds, though there is work"


def test_it_is_ready_when_it_has_read_everything_or_does_not_lead() -> None:
    assert what_is_awaited(None) is None
    assert what_is_awaited(Doing()) is None
    assert what_is_awaited(Doing(started=False)) == "has not read yet what there is"
