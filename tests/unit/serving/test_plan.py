"""One step follows from what is stored: whoever dies after any of them loses nothing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.pki import chains, paths
from certwright.serving.authority import OVERLAP, ServingAuthority
from certwright.serving.certificate import DURATION, ServingCertificate
from certwright.serving.plan import PublishTrust, StoreAuthority, Stored, StoreServed
from tests.unit.serving.keeper import HOST, START, Keeper

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
YEAR = timedelta(days=365)


@pytest.fixture
def keeper() -> Keeper:
    made = Keeper()
    made.settle()
    made.history.clear()
    return made


def kinds(steps: list[object]) -> list[type]:
    return [type(step) for step in steps]


def test_at_first_the_key_is_stored_then_its_trust_then_what_is_served() -> None:
    keeper = Keeper()
    assert kinds([*keeper.settle()]) == [StoreAuthority, PublishTrust, StoreServed]
    root = keeper.authority.current.certificate
    assert keeper.stored.trust == chains.to_pem_chain([root]).encode()
    assert keeper.stored.served_trust == keeper.stored.trust
    findings = chains.verify_chain(keeper.served.certificate, (), [root], keeper.now)
    assert findings == ()
    assert keeper.served.hosts == {HOST}


def test_then_nothing_is_due(keeper: Keeper) -> None:
    assert keeper.settle() == []
    keeper.now += 59 * DAY
    assert keeper.settle() == []


def test_what_is_served_is_renewed_when_a_third_of_its_life_is_left(keeper: Keeper) -> None:
    keeper.now += DURATION * 2 / 3
    (step,) = keeper.settle()
    assert isinstance(step, StoreServed)
    assert step.served.certificate.not_valid_after_utc == keeper.now + DURATION


def test_a_new_name_is_a_new_certificate_and_a_lost_one_too(keeper: Keeper) -> None:
    keeper.hosts |= {"192.0.2.1", "web.example.com"}
    assert kinds([*keeper.settle()]) == [StoreServed]
    assert keeper.served.hosts == keeper.hosts
    keeper.hosts = frozenset({HOST})
    assert kinds([*keeper.settle()]) == [StoreServed]
    assert keeper.served.hosts == {HOST}


@pytest.mark.parametrize(
    ("damage", "mended"),
    [
        ({"trust": None}, [PublishTrust]),
        ({"trust": b"another's"}, [PublishTrust]),
        ({"served": None}, [StoreServed]),
        ({"served_trust": None}, [StoreServed]),
        ({"trust": None, "served": None}, [PublishTrust, StoreServed]),
    ],
    ids=["trust gone", "trust edited", "certificate gone", "roots beside it gone", "both gone"],
)
def test_what_is_damaged_is_mended_with_the_same_root(
    keeper: Keeper, damage: dict[str, object], mended: list[type]
) -> None:
    before = keeper.authority
    keeper.damage(**damage)
    assert kinds([*keeper.settle()]) == mended
    assert keeper.authority == before
    assert keeper.settle() == []


def test_a_certificate_stays_when_only_the_roots_beside_it_are_gone(keeper: Keeper) -> None:
    before = keeper.served
    keeper.damage(served_trust=None)
    keeper.settle()
    assert keeper.served == before


def test_a_lost_authority_is_made_anew_and_served_by_at_once(keeper: Keeper) -> None:
    before = keeper.authority.current.certificate
    keeper.damage(authority=None)
    assert kinds([*keeper.settle()]) == [StoreAuthority, PublishTrust, StoreServed]
    root = keeper.authority.current.certificate
    assert root != before
    assert keeper.authority.trusted == (root,)
    assert paths.was_issued_by(keeper.served.certificate, root)


def test_a_rotation_asked_for_has_three_phases_a_day_apart(keeper: Keeper) -> None:
    old = keeper.authority.current.certificate
    before = keeper.served
    keeper.damage(request="leaked")

    keeper.settle()
    coming = keeper.authority.coming
    assert coming is not None
    new = coming.certificate
    assert keeper.stored.trust == chains.to_pem_chain([old, new]).encode()
    assert keeper.served == before

    keeper.now += OVERLAP - timedelta(seconds=1)
    assert keeper.settle() == []
    keeper.now += timedelta(seconds=1)
    keeper.settle()
    assert keeper.stored.trust == chains.to_pem_chain([new, old]).encode()
    assert paths.was_issued_by(keeper.served.certificate, new)

    keeper.now += OVERLAP - timedelta(seconds=1)
    assert keeper.settle() == []
    keeper.now += timedelta(seconds=1)
    keeper.settle()
    assert keeper.stored.trust == chains.to_pem_chain([new]).encode()
    assert not keeper.authority.rotates
    assert keeper.settle() == []


def test_a_new_name_while_the_new_root_is_coming_is_signed_by_the_one_that_is_trusted(
    keeper: Keeper,
) -> None:
    keeper.damage(request="leaked")
    keeper.settle()
    keeper.hosts |= {"web.example.com"}
    keeper.settle()
    assert paths.was_issued_by(keeper.served.certificate, keeper.authority.current.certificate)
    assert keeper.authority.coming is not None


def test_the_key_of_a_root_that_leaves_is_not_kept(keeper: Keeper) -> None:
    old = keeper.authority.current.key
    keeper.damage(request="leaked")
    keeper.settle()
    keeper.now += OVERLAP
    keeper.settle()
    assert keeper.authority.leaving is not None
    assert keeper.authority.current.key is not old
    assert keeper.authority.coming is None


def test_a_request_is_answered_once_and_one_meanwhile_after_the_other(keeper: Keeper) -> None:
    keeper.damage(request="first")
    keeper.settle()
    keeper.damage(request="second")
    assert keeper.settle() == []
    first = keeper.authority.coming
    assert first is not None
    keeper.now += OVERLAP
    keeper.settle()
    keeper.now += OVERLAP
    keeper.settle()
    assert keeper.authority.current.certificate == first.certificate
    assert keeper.authority.coming is not None
    assert keeper.authority.answered == "second"
    keeper.live(10 * OVERLAP, HOUR)
    assert not keeper.authority.rotates


def test_an_overlap_begins_when_clients_can_know_and_not_before(keeper: Keeper) -> None:
    keeper.damage(request="leaked")
    keeper.step()
    assert keeper.authority.coming is not None
    # Whoever does this dies, and nobody comes for a week: nothing was published yet.
    keeper.now += 7 * DAY
    keeper.settle()
    assert keeper.authority.coming is not None
    assert keeper.authority.since == keeper.now


@pytest.mark.parametrize("wrong", [None, START + 30 * YEAR])
def test_a_time_that_is_lost_or_lies_ahead_is_taken_anew(keeper: Keeper, wrong: object) -> None:
    keeper.damage(request="leaked")
    keeper.settle()
    spoilt = replace(keeper.authority, since=wrong)  # type: ignore[arg-type]
    keeper.damage(authority=spoilt)
    keeper.settle()
    assert keeper.authority.since == keeper.now


def test_a_root_is_replaced_when_a_year_is_left(keeper: Keeper) -> None:
    old = keeper.authority.current.certificate
    keeper.live(4 * YEAR - DAY, 10 * DAY)
    assert keeper.authority.current.certificate == old
    assert not keeper.authority.rotates
    keeper.live(4 * DAY, HOUR)
    assert keeper.authority.current.certificate != old
    assert not keeper.authority.rotates


@pytest.mark.parametrize("phase", ["steady", "coming", "leaving"])
@pytest.mark.parametrize("time", [5 * YEAR - HOUR / 2, 5 * YEAR, 20 * YEAR])
def test_a_root_that_has_ended_while_nobody_came_is_waited_for_no_longer(
    keeper: Keeper, phase: str, time: timedelta
) -> None:
    keeper.damage(request="" if phase == "steady" else "asked")
    keeper.settle()
    if phase == "leaving":
        keeper.now += OVERLAP
        keeper.step()
    keeper.now = START + time + 2 * DAY
    keeper.settle()
    assert (
        chains.verify_chain(
            keeper.served.certificate, (), [keeper.authority.current.certificate], keeper.now
        )
        == ()
    )


def test_what_ends_with_its_root_is_not_renewed_for_nothing() -> None:
    """The renewed one would end at the same moment."""
    keeper = Keeper()
    keeper.settle()
    nearly = keeper.authority.current.certificate.not_valid_after_utc - DAY
    keeper.now = nearly
    # The root is replaced before: only who is held back gets here.
    late = ServingAuthority(keeper.authority.current, leaving=keeper.authority.trusted[0])
    keeper.stored = Stored(authority=replace(late, since=nearly))
    keeper.settle()
    keeper.now += HOUR * 18
    assert keeper.settle() == []


def test_who_stands_in_the_way_of_trust_does_not_keep_the_certificate_from_being_renewed(
    keeper: Keeper,
) -> None:
    keeper.damage(trust=b"somebody else's")
    keeper.now += DURATION - DAY
    assert kinds([*keeper.steps()]) == [PublishTrust, StoreServed]


def test_while_trust_can_not_be_published_no_time_of_a_rotation_runs(keeper: Keeper) -> None:
    keeper.damage(request="leaked")
    keeper.step()
    assert StoreAuthority not in kinds([*keeper.steps()])


HAPPENS: Final[Mapping[str, Callable[[Keeper], object]]] = {
    "step": Keeper.step,
    "settle": Keeper.settle,
    "hour": lambda keeper: keeper.wait(HOUR),
    "day": lambda keeper: keeper.wait(DAY),
    "month": lambda keeper: keeper.wait(20 * DAY),
    "name": lambda keeper: keeper.name(f"n{len(keeper.hosts)}.example.com"),
    "ask": lambda keeper: keeper.damage(request=str(keeper.now)),
    "lose trust": lambda keeper: keeper.damage(trust=None),
    "lose served": lambda keeper: keeper.damage(served=None),
}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(sorted(HAPPENS)), min_size=10, max_size=60))
def test_whoever_is_a_day_behind_is_trusted_and_trusts(happens: list[str]) -> None:
    """Steps come one at a time between all else, as if each start died after one."""
    keeper = Keeper()
    keeper.settle()
    for event in happens:
        HAPPENS[event](keeper)
    keeper.settle()
    # A client of yesterday's trust, and what is served now.
    for at, served in keeper.served_ever[1:]:
        known = [pem for when, pem in keeper.published if when <= at - OVERLAP]
        believed = known[-1] if known else keeper.published[0][1]
        assert is_trusted(served, believed)
    # A client of today's trust, and a replica that serves with what was stored until yesterday.
    ends = [at for at, _ in keeper.served_ever[1:]] + [keeper.now]
    for at, pem in keeper.published:
        for (begins, served), end in zip(keeper.served_ever, ends, strict=True):
            assert begins > at or end <= at - OVERLAP or is_trusted(served, pem)


def is_trusted(served: ServingCertificate, pem: bytes) -> bool:
    believed = chains.certificates_from_pem(pem.decode())
    return any(paths.was_issued_by(served.certificate, root) for root in believed)
