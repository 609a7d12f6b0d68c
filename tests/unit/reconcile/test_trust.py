from datetime import timedelta

import pytest

from certwright.pki import chains
from certwright.reconcile.steps import StoreTrust
from certwright.reconcile.trust import MOST_ROOTS, Trust, trust
from certwright.reconcile.world import Kind, ObjectId
from tests.unit.reconcile.house import NOW, House, key_of

OLD = """
kind: CertificateAuthority
metadata: {name: old}
spec: {root: {}, commonName: Old, duration: 8760h}
---
"""
NEW = """
kind: CertificateAuthority
metadata: {name: new}
spec: {root: {}, commonName: New, duration: 17520h}
---
"""
ISSUING = """
kind: CertificateAuthority
metadata: {name: issuing}
spec: {intermediate: {authorityRef: {name: old}}, commonName: Issuing}
---
"""
WEB = """
kind: CertificateTemplate
metadata: {name: web-server}
spec: {preset: TLSServer, allowed: {dnsNames: {values: ["**.acme.com"]}}}
---
kind: CertificateProfile
metadata: {name: web}
spec: {issuer: {authorityRef: {name: issuing}}, templateRef: {name: web-server}}
"""
BEFORE = OLD + NEW + ISSUING + WEB
MOVED = BEFORE.replace("authorityRef: {name: old}", "authorityRef: {name: new}")
DISABLED = MOVED.replace("commonName: Old", "state: Disabled, commonName: Old")
PUBLISHED = [(Kind.AUTHORITY, "issuing"), (Kind.PROFILE, "web")]


def moved() -> House:
    """Return a house whose issuing authority was moved from the old root to the new one."""
    house = House(BEFORE)
    house.reconcile()
    house.write(MOVED)
    house.reconcile()
    return house


def wait_for_the_end_of(house: House, root: str) -> None:
    house.now = house.certificate(root).not_valid_after_utc + timedelta(seconds=1)


@pytest.mark.parametrize(("kind", "name"), PUBLISHED)
def test_a_root_that_is_replaced_stays_published_after_the_one_of_today(
    kind: Kind, name: str
) -> None:
    house = moved()
    assert house.roots(kind, name) == (house.certificate("new"), house.certificate("old"))
    house.reconcile()
    assert house.roots(kind, name) == (house.certificate("new"), house.certificate("old"))


@pytest.mark.parametrize("issuer", ["authorityRef: {name: new}", "selfSigned: {}"])
def test_so_it_does_when_a_profile_gets_another_issuer(issuer: str) -> None:
    house = House(BEFORE)
    house.reconcile()
    house.write(BEFORE.replace("authorityRef: {name: issuing}", issuer))
    house.reconcile()
    today, earlier = house.roots(Kind.PROFILE, "web")
    assert earlier == house.certificate("old")
    assert today not in (earlier, house.certificate("issuing"))


def test_a_root_that_is_back_comes_first_again() -> None:
    house = moved()
    house.write(BEFORE)
    house.reconcile()
    expected = (house.certificate("old"), house.certificate("new"))
    assert house.roots(Kind.PROFILE, "web") == expected


@pytest.mark.parametrize(("kind", "name"), PUBLISHED)
def test_an_earlier_root_goes_when_it_expires_and_the_plan_knows_when(
    kind: Kind, name: str
) -> None:
    house = moved()
    house.write(MOVED.removeprefix(OLD))
    house.reconcile()
    end = house.certificate("old").not_valid_after_utc
    house.now = end - timedelta(days=1)
    assert house.reconcile().next_time == end
    assert house.certificate("old") in house.roots(kind, name)
    wait_for_the_end_of(house, "old")
    house.reconcile()
    assert house.roots(kind, name) == (house.certificate("new"),)


@pytest.mark.parametrize(("kind", "name"), PUBLISHED)
def test_an_earlier_root_that_is_disabled_goes_at_once_and_for_good(kind: Kind, name: str) -> None:
    house = moved()
    house.write(DISABLED)
    house.reconcile()
    assert house.roots(kind, name) == (house.certificate("new"),)
    house.write(MOVED)
    house.reconcile()
    assert house.roots(kind, name) == (house.certificate("new"),)


def test_a_disabled_root_goes_though_its_own_certificate_is_lost() -> None:
    house = moved()
    old = house.certificate("old")
    house.lose_certificates(next(each for each in house.existing.keys if each.key.name == "old"))
    house.write(DISABLED)
    house.reconcile()
    assert old not in house.roots(Kind.PROFILE, "web")


def test_a_retired_root_stays_since_what_it_signed_goes_on() -> None:
    house = moved()
    house.write(MOVED.replace("commonName: Old", "state: Retired, commonName: Old"))
    house.reconcile()
    assert house.certificate("old") in house.roots(Kind.PROFILE, "web")


def test_a_root_that_is_renewed_is_published_once_since_its_renewal_vouches_for_everything() -> (
    None
):
    house = House(BEFORE)
    house.reconcile()
    first = house.certificate("old")
    house.now = first.not_valid_after_utc - timedelta(days=1)
    house.reconcile()
    assert house.certificate("old") != first
    assert house.roots(Kind.PROFILE, "web") == (house.certificate("old"),)


def test_a_profile_that_lost_its_issuer_keeps_the_roots_that_are_left() -> None:
    house = House(BEFORE)
    house.reconcile()
    house.write(BEFORE.replace(ISSUING, ""))
    house.reconcile()
    assert house.roots(Kind.PROFILE, "web") == (house.certificate("old"),)
    house.write(DISABLED.replace(ISSUING.replace("name: old", "name: new"), ""))
    house.reconcile()
    assert ObjectId(Kind.PROFILE, key_of("web")) not in house.trust


def test_a_root_that_a_person_takes_out_of_what_is_published_does_not_come_back() -> None:
    house = moved()
    owner = ObjectId(Kind.PROFILE, key_of("web"))
    only_new = house.trust[ObjectId(Kind.AUTHORITY, key_of("new"))]
    house.apply([StoreTrust(owner, only_new)])
    house.reconcile()
    assert house.trust[owner] == only_new


def test_what_is_published_and_cannot_be_read_is_written_anew() -> None:
    owner = ObjectId(Kind.PROFILE, key_of("web"))
    house = moved()
    new = house.certificate("new")
    assert trust(owner, new, "no certificate", frozenset(), NOW).roots == (new,)


def test_there_is_an_end_to_how_many_roots_are_published() -> None:
    house = House(
        "".join(OLD.replace("old", f"ca{n}").replace("Old", f"CA {n}") for n in range(70))
    )
    house.reconcile()
    found = Trust(ObjectId(Kind.PROFILE, key_of("web")))
    for number in range(70):
        published = chains.to_pem_chain(found.roots) or None
        root = house.certificate(f"ca{number}")
        found = trust(found.owner, root, published, frozenset(), NOW)
    assert len(found.roots) == MOST_ROOTS
    assert found.roots[0] == house.certificate("ca69")
