from datetime import UTC, datetime, timedelta

from certwright.reconcile.world import Kind
from certwright_operator.reconciling.agenda import FIRST_DELAY, LONGEST_DELAY, Agenda
from tests.unit.operator.knowledge.bodies import object_id

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROOT = object_id(Kind.AUTHORITY, "root")
WEB = object_id(Kind.PROFILE, "web")
TENANT = object_id(Kind.CREDENTIAL, "team-a/default")


def test_what_others_stand_on_comes_first() -> None:
    agenda = Agenda()
    agenda.mark([TENANT, WEB, ROOT], NOW)
    assert agenda.take(9, NOW) == [ROOT, WEB, TENANT]
    assert agenda.take(9, NOW) == []


def test_an_object_stands_in_it_once_at_its_earliest_time() -> None:
    agenda = Agenda()
    agenda.mark([ROOT], NOW + timedelta(hours=1))
    agenda.mark([ROOT], NOW)
    agenda.mark([ROOT], NOW + timedelta(hours=2))
    assert (agenda.next_time, len(agenda)) == (NOW, 1)
    assert agenda.take(9, NOW) == [ROOT]
    assert agenda.next_time is None


def test_what_exceeds_a_look_is_not_forgotten() -> None:
    agenda = Agenda()
    agenda.mark([ROOT, WEB, TENANT], NOW)
    assert [*agenda.take(2, NOW), *agenda.take(2, NOW)] == [ROOT, WEB, TENANT]


def test_what_falls_due_meanwhile_overtakes_what_stands_on_it() -> None:
    agenda = Agenda()
    agenda.mark([WEB, TENANT], NOW)
    assert agenda.take(1, NOW) == [WEB]
    agenda.mark([ROOT], NOW + timedelta(seconds=1))
    assert agenda.next_time == NOW
    later = NOW + timedelta(seconds=2)
    assert (agenda.take(1, later), agenda.take(1, later)) == ([ROOT], [TENANT])


def test_what_is_due_already_is_not_looked_at_twice() -> None:
    agenda = Agenda()
    agenda.mark([WEB, TENANT], NOW)
    agenda.take(1, NOW)
    agenda.mark([TENANT], NOW + timedelta(seconds=1))
    assert len(agenda) == 1
    assert agenda.take(9, NOW) == [TENANT]
    assert agenda.take(9, NOW + timedelta(seconds=2)) == []
    assert agenda.next_time is None


def test_what_is_later_waits() -> None:
    agenda = Agenda()
    agenda.mark([ROOT], NOW + timedelta(seconds=1))
    assert agenda.take(9, NOW) == []
    assert agenda.take(9, NOW + timedelta(seconds=1)) == [ROOT]


def test_failures_delay_their_object_longer_each_time_and_success_ends_that() -> None:
    agenda = Agenda()
    delays = [agenda.failed(ROOT, NOW) for _ in range(12)]
    assert delays[:3] == [FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY]
    assert delays[-1] == LONGEST_DELAY
    assert agenda.failing == 1
    agenda.succeeded(ROOT)
    assert (agenda.failing, agenda.failed(ROOT, NOW)) == (0, FIRST_DELAY)


def test_a_failure_delays_nothing_else() -> None:
    agenda = Agenda()
    agenda.failed(ROOT, NOW)
    agenda.mark([WEB], NOW)
    assert agenda.take(9, NOW) == [WEB]


def test_looks_long_before_their_time_leave_nothing_behind() -> None:
    agenda = Agenda()
    for _ in range(2000):
        agenda.mark([ROOT], NOW + timedelta(days=3650))
        agenda.mark([ROOT], NOW)
        assert agenda.take(9, NOW) == [ROOT]
    agenda.mark([ROOT], NOW + timedelta(days=3650))
    assert len(agenda._heap) < 200
    assert agenda.next_time == NOW + timedelta(days=3650)
