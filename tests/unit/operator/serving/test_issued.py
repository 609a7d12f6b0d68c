"""The server's TLS from roots of its own: three objects, which come right whatever happens."""

import logging
from datetime import timedelta

import pytest

from certwright.pki import keys, paths
from certwright_operator.api.port import AlreadyExists, Conflict, Unavailable
from certwright_operator.serving.keeping import Serving
from certwright_operator.serving.trust import Trust
from certwright_operator.settings import ServingTLS
from tests.fakes.kubernetes_api import Call
from tests.unit.operator.serving.site import (
    AUTHORITY,
    HOST,
    OPERATOR,
    SERVED,
    SERVER,
    TRUST,
    Place,
    Site,
)

DAY = timedelta(days=1)
MINUTES = timedelta(minutes=11)
OURS = {"app.kubernetes.io/managed-by": "certwright"}


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
async def serving(site: Site) -> Serving:
    """Give one that has made everything."""
    made = site.serving()
    await made.keep()
    site.api.calls.clear()
    return made


async def test_the_roots_key_the_trust_and_the_certificate_are_where_they_belong(
    site: Site,
) -> None:
    await site.serving().keep()
    assert [(call.verb, call.namespace, call.name) for call in site.api.writes] == [
        ("create", OPERATOR, "serving-authority"),
        ("create", SERVER, "trust.server"),
        ("create", SERVER, "serving-tls"),
    ]
    authority, served, trust = (site.found(each) for each in (AUTHORITY, SERVED, TRUST))
    assert authority["metadata"]["labels"] == {**OURS, "certwright.dev/key": "serving"}
    assert trust["metadata"]["labels"] == {**OURS, "certwright.dev/trust": "server"}
    assert served["metadata"]["labels"] == OURS
    assert served["type"] == "kubernetes.io/tls"
    assert site.data(AUTHORITY).keys() == {"tls.crt", "tls.key"}
    assert site.data(SERVED).keys() == {"tls.crt", "tls.key", "ca.crt"}
    assert site.data(TRUST).keys() == {"ca.crt"}
    assert site.data(SERVED)["ca.crt"] == site.data(TRUST)["ca.crt"]
    assert site.data(AUTHORITY)["tls.crt"] == site.data(TRUST)["ca.crt"]


async def test_a_client_that_trusts_what_is_published_verifies_the_server(
    site: Site, serving: Serving
) -> None:
    assert site.findings == ()
    assert site.names == [HOST]
    key = keys.private_key_from_pem(site.data(SERVED)["tls.key"])
    assert key.public_key() == site.leaf.public_key()
    assert serving.ends == site.leaf.not_valid_after_utc
    assert serving.faults == ()


async def test_nothing_is_written_while_nothing_changes(site: Site, serving: Serving) -> None:
    await serving.keep()
    await site.serving().keep()
    site.wait(50 * DAY)
    await serving.keep()
    assert site.api.writes == []


async def test_the_certificate_is_renewed_in_time(site: Site, serving: Serving) -> None:
    before = site.leaf
    site.wait(61 * DAY)
    await serving.keep()
    assert [call.name for call in site.api.writes] == ["serving-tls"]
    assert site.leaf.not_valid_after_utc > before.not_valid_after_utc
    assert site.findings == ()


@pytest.mark.parametrize("place", [SERVED, TRUST], ids=["certificate", "trust"])
async def test_what_is_deleted_comes_back_under_the_same_root(
    site: Site, serving: Serving, place: Place
) -> None:
    root = site.trusted
    site.remove(place)
    await serving.keep()
    assert site.trusted == root
    assert site.findings == ()
    assert [call.name for call in site.api.writes] == [place[2]]


@pytest.mark.parametrize(
    ("place", "spoilt"),
    [
        (SERVED, {"data": {"tls.crt": "c3BvaWx0"}}),
        (SERVED, {"data": {}}),
        (SERVED, {"data": None}),
        (TRUST, {"data": {"ca.crt": "spoilt"}}),
        (TRUST, {"data": {}}),
        (TRUST, {"data": None}),
    ],
)
async def test_what_is_edited_is_put_right(
    site: Site, serving: Serving, place: Place, spoilt: dict[str, object]
) -> None:
    root = site.trusted
    site.edit(place, **spoilt)
    await serving.keep()
    assert site.trusted == root
    assert site.findings == ()


@pytest.mark.parametrize("place", [SERVED, TRUST], ids=["certificate", "trust"])
async def test_what_was_made_immutable_is_made_anew_when_it_has_to_change(
    site: Site, serving: Serving, place: Place
) -> None:
    site.edit(place, data={}, immutable=True)
    await serving.keep()
    assert [call.verb for call in site.api.writes] == ["delete", "create"]
    assert site.findings == ()


async def test_labels_and_annotations_of_others_stay(site: Site, serving: Serving) -> None:
    found = site.found(TRUST)
    found["metadata"]["labels"]["team"] = "a"
    found["metadata"]["annotations"] = {"note": "b"}
    site.api.put(TRUST[0], TRUST[1], {**found, "data": {}})
    await serving.keep()
    after = site.found(TRUST)["metadata"]
    assert after["labels"] == found["metadata"]["labels"]
    assert after["annotations"] == {"note": "b"}


async def test_a_lost_root_is_made_anew_and_told_of(
    site: Site, serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    (before,) = site.trusted
    site.remove(AUTHORITY)
    await serving.keep()
    (after,) = site.trusted
    assert after != before
    assert site.findings == ()
    assert serving.losses == 1
    assert "Secret certwright-system/serving-authority is lost" in caplog.text


async def test_the_first_root_is_no_loss(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    serving = site.serving()
    await serving.keep()
    assert serving.losses == 0
    assert "lost" not in caplog.text


async def test_a_rotation_publishes_both_roots_a_day_before_the_new_one_signs(
    site: Site, serving: Serving
) -> None:
    (old,) = site.trusted
    before = site.leaf
    site.annotate(AUTHORITY, rotate="2026-11-24")
    await serving.keep()
    first, new = site.trusted
    assert first == old
    assert site.leaf == before
    assert site.data(SERVED)["ca.crt"] == site.data(TRUST)["ca.crt"]
    assert site.data(AUTHORITY).keys() == {"tls.crt", "tls.key", "next.crt", "next.key"}

    site.wait(DAY)
    await serving.keep()
    assert list(site.trusted) == [new, old]
    assert paths.was_issued_by(site.leaf, new)
    assert site.data(AUTHORITY).keys() == {"tls.crt", "tls.key", "previous.crt"}

    site.wait(DAY)
    await serving.keep()
    assert list(site.trusted) == [new]
    assert site.data(AUTHORITY).keys() == {"tls.crt", "tls.key"}
    site.api.calls.clear()
    await serving.keep()
    assert site.api.writes == []


async def test_no_clock_of_a_rotation_runs_before_both_roots_are_published(
    site: Site, serving: Serving
) -> None:
    site.annotate(AUTHORITY, rotate="now")

    def out_of_reach(call: Call) -> None:
        if call.name == "trust.server" and call.verb == "replace":
            raise Unavailable("not now")

    site.api.before = out_of_reach
    with pytest.raises(Unavailable):
        await serving.keep()
    site.wait(2 * DAY)
    site.api.before = None
    before = site.leaf
    await serving.keep()
    assert site.leaf == before
    assert len(site.trusted) == 2


class Killed(BaseException):
    """The operator's process ended here."""


@pytest.mark.parametrize("answer", [Killed, Unavailable], ids=["killed", "answer lost"])
async def test_whoever_dies_after_any_write_loses_nothing(
    site: Site, answer: type[BaseException]
) -> None:
    """Each start gets through one write; so founding and rotation take as many as there are."""

    def die(_: Call) -> None:
        raise answer("after a write")

    roots = set()
    for phase in range(4):
        starts = 0
        while True:
            site.api.after = die
            try:
                await site.serving().keep()
                break
            except answer:
                starts += 1
                assert starts < 10
                if site.api.found(*SERVED) is not None:
                    assert site.findings == ()
        site.api.after = None
        assert starts > 0
        assert site.findings == ()
        roots |= set(site.trusted)
        if phase == 0:
            site.annotate(AUTHORITY, rotate="now")
        else:
            site.wait(DAY)
    assert len(roots) == 2
    assert len(site.trusted) == 1


async def test_of_two_who_start_together_one_makes_the_root(site: Site) -> None:
    elsewhere = Site()
    await elsewhere.serving().keep()
    rival = elsewhere.found(AUTHORITY)

    def be_slower(call: Call) -> None:
        if call.verb == "create" and call.name == "serving-authority":
            site.api.before = None
            site.api.put(AUTHORITY[0], AUTHORITY[1], rival)

    site.api.before = be_slower
    serving = site.serving()
    with pytest.raises(AlreadyExists):
        await serving.keep()
    await serving.keep()
    assert site.data(AUTHORITY) == elsewhere.data(AUTHORITY)
    assert site.findings == ()


async def test_what_somebody_writes_meanwhile_is_not_overwritten(
    site: Site, serving: Serving
) -> None:
    site.annotate(AUTHORITY, rotate="now")

    def be_slower(call: Call) -> None:
        if call.verb == "replace":
            site.api.before = None
            site.annotate(AUTHORITY, rotate="later")

    site.api.before = be_slower
    with pytest.raises(Conflict):
        await serving.keep()
    await serving.keep()
    assert site.found(AUTHORITY)["metadata"]["annotations"]["certwright.dev/rotated"] == "later"


@pytest.mark.parametrize(
    ("place", "there"),
    [
        (AUTHORITY, set()),
        (TRUST, {"serving-authority", "serving-tls"}),
        (SERVED, {"serving-authority", "trust.server"}),
    ],
    ids=["authority", "trust", "certificate"],
)
async def test_what_is_somebody_elses_is_never_touched(
    site: Site, caplog: pytest.LogCaptureFixture, place: Place, there: set[str]
) -> None:
    resource, namespace, name = place
    site.api.put(resource, namespace, {"metadata": {"name": name}, "data": {}})
    before = site.found(place)
    serving = site.serving()
    await serving.keep()
    await serving.keep()
    assert site.found(place) == before
    assert {call.name for call in site.api.writes} == there
    (fault,) = serving.faults
    assert fault.startswith(f"{resource.kind} {namespace}/{name} is in the way")
    assert caplog.text.count("is in the way") == 1


async def test_once_somebody_elses_is_gone_ours_takes_its_place(site: Site) -> None:
    site.put(SERVED, {"tls.crt": b"theirs"})
    serving = site.serving()
    await serving.keep()
    site.remove(SERVED)
    await serving.keep()
    assert serving.faults == ()
    assert site.findings == ()


@pytest.mark.parametrize(
    "spoilt",
    [{}, {"tls.crt": b"x", "tls.key": b"y"}, {"next.crt": b"x", "next.key": b"y"}],
    ids=["empty", "unreadable", "the coming root's"],
)
async def test_roots_that_can_not_be_read_are_left_to_a_person(
    site: Site, serving: Serving, spoilt: dict[str, bytes]
) -> None:
    held = {**site.data(AUTHORITY), **spoilt} if spoilt else {}
    site.put(AUTHORITY, held, metadata=site.found(AUTHORITY)["metadata"])
    await serving.keep()
    assert site.api.writes == []
    (fault,) = serving.faults
    assert fault.startswith("Secret certwright-system/serving-authority can't be used")
    assert fault.endswith("delete it, and a new root is made")


async def test_roots_that_were_made_immutable_are_not_put_at_risk(
    site: Site, serving: Serving
) -> None:
    site.annotate(AUTHORITY, rotate="now")
    site.edit(AUTHORITY, immutable=True)
    await serving.keep()
    assert site.api.writes == []
    assert "is in the way" in serving.faults[0]


async def test_the_certificate_is_for_the_server_the_names_given_and_the_profiles(
    site: Site,
) -> None:
    site.tls = ServingTLS(names=("acme.example.com",))
    site.hostnames = frozenset({"team.example.com"})
    await site.serving().keep()
    assert site.names == [HOST, "acme.example.com", "team.example.com"]


async def test_a_new_name_comes_at_once_and_an_old_one_goes_after_a_while(
    site: Site, serving: Serving
) -> None:
    site.hostnames = frozenset({"team.example.com"})
    await serving.keep()
    assert site.names == [HOST, "team.example.com"]
    site.hostnames = frozenset({"other.example.com"})
    await serving.keep()
    assert site.names == [HOST, "other.example.com", "team.example.com"]
    site.wait(MINUTES)
    await serving.keep()
    assert site.names == [HOST, "other.example.com"]


async def test_a_profile_that_is_applied_again_costs_no_certificate(
    site: Site, serving: Serving
) -> None:
    site.hostnames = frozenset({"team.example.com"})
    await serving.keep()
    site.api.calls.clear()
    for hostnames in (frozenset[str](), site.hostnames, frozenset[str](), site.hostnames):
        site.hostnames = hostnames
        await serving.keep()
        site.wait(timedelta(minutes=6))
    assert site.api.writes == []


async def test_names_stay_while_nobody_knows_what_profiles_have(
    site: Site, serving: Serving
) -> None:
    site.hostnames = frozenset({"team.example.com"})
    await serving.keep()
    site.hostnames = None
    for again in (serving, site.serving()):
        for _ in range(3):
            await again.keep()
            site.wait(MINUTES)
    assert site.names == [HOST, "team.example.com"]


async def test_the_secret_may_have_another_name(site: Site) -> None:
    site.tls = ServingTLS(secret="acme-tls")
    await site.serving().keep()
    assert site.api.found(SERVED[0], SERVER, "acme-tls") is not None
    assert site.api.found(*SERVED) is None


async def test_others_are_told_what_is_published(site: Site) -> None:
    told: list[bytes | None] = []
    site.trust.subscribe(lambda: told.append(site.trust.pem))
    serving = site.serving()
    await serving.keep()
    await serving.keep()
    assert told == [site.data(TRUST)["ca.crt"]]
    site.annotate(AUTHORITY, rotate="now")
    await serving.keep()
    assert told[1:] == [site.data(TRUST)["ca.crt"]]


async def test_others_are_told_after_a_start_that_changes_nothing(site: Site) -> None:
    await site.serving().keep()
    site.trust = Trust()
    await site.serving().keep()
    assert site.trust.pem == site.data(TRUST)["ca.crt"]


async def test_no_key_is_ever_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    serving = site.serving()
    await serving.keep()
    site.annotate(AUTHORITY, rotate="now")
    await serving.keep()
    site.put(AUTHORITY, {"tls.crt": b"x", "tls.key": site.data(AUTHORITY)["tls.key"]})
    await serving.keep()
    lines = site.data(AUTHORITY)["tls.key"].decode().splitlines()
    assert caplog.text
    assert not any(line in caplog.text for line in lines)
