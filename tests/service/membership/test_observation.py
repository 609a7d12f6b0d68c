import pytest

from acme_server.membership import records
from acme_server.membership.lease import Lease
from acme_server.membership.observation import Observation


def lease(renewed: str) -> Lease:
    return Lease("acme-server-one", "one", 15, renewed, uid="u")


@pytest.mark.parametrize(
    ("looks", "alive"),
    [
        pytest.param([(0, "a")], True, id="just seen, however old"),
        pytest.param([(0, "a"), (5, "a"), (10, "a")], True, id="silent for less than its duration"),
        pytest.param([(0, "a"), (5, "a"), (10, "a"), (15, "a")], False, id="silent for it"),
        pytest.param([(0, "a"), (5, "a"), (10, "b"), (15, "b")], True, id="renewed meanwhile"),
        pytest.param([(0, "a"), (900, "a")], True, id="nobody could look"),
        pytest.param([(0, "a"), (5, "b"), (4, "a"), (9, "b")], True, id="an early look comes late"),
    ],
)
def test_who_is_alive_goes_by_renewals_that_were_seen(
    looks: list[tuple[float, str]], *, alive: bool
) -> None:
    observation = Observation()
    for at, renewed in looks:
        observation.look([lease(renewed)], at)
    assert bool(list(observation.alive())) is alive


def test_one_that_is_dead_for_long_is_forgotten() -> None:
    observation = Observation()
    forgotten = []
    for at in range(0, 615, 5):
        observation.look([lease("a")], at)
        forgotten.append(observation.forgotten() is not None)
    assert forgotten == [False] * 120 + [True] * 3


@pytest.mark.parametrize("identity", ["", "UPPER", "a_b", "-a", "a" * 201])
def test_an_identity_has_to_fit_an_objects_name(identity: str) -> None:
    with pytest.raises(ValueError, match="identity has"):
        records.first(identity, "10.0.0.1:1")


def test_a_record_that_somebody_spoilt_is_read_as_far_as_it_goes() -> None:
    spoilt = Lease("n", "one", 15, "a", annotations={records.ADDRESS: "h:1"})
    told = {**spoilt.annotations, records.INCARNATIONS: "zz,aa,"}
    member = records.member(Lease("n", "one", 15, "a", annotations=told))
    assert member is not None
    assert member.incarnations == {bytes.fromhex("aa")}
    assert records.member(Lease("n", "one", 15, "a", annotations={records.ADDRESS: "h/x"})) is None
