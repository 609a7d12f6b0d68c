import pytest

from certwright.reconcile.steps import CreateKey
from certwright.reconcile.world import Kind, ObjectId
from tests.unit.reconcile.house import House, key_of

DOCUMENTS = """
kind: CertificateAuthority
metadata: {name: root}
spec: {root: {}, commonName: Root, deletionPolicy: Delete}
---
kind: CertificateAuthority
metadata: {name: issuing}
spec: {intermediate: {authorityRef: {name: root}}, commonName: Issuing}
---
kind: CertificateTemplate
metadata: {name: web-server}
spec: {preset: TLSServer}
---
kind: CertificateProfile
metadata: {name: web}
spec: {issuer: {authorityRef: {name: issuing}}, templateRef: {name: web-server}}
---
kind: CertificateProfile
metadata: {name: own}
spec: {issuer: {selfSigned: {}}, templateRef: {name: web-server}}
---
kind: EABCredential
metadata: {name: default}
spec: {profileRef: {name: web}}
"""
STEPS = len(list(House(DOCUMENTS).plan().steps))


@pytest.mark.parametrize("applied", range(STEPS))
def test_stopping_between_any_two_steps_loses_nothing_and_planning_again_goes_on(
    applied: int,
) -> None:
    house = House(DOCUMENTS)
    house.apply(list(house.plan().steps)[:applied])
    keys = dict(house.existing.keys)
    secret = house.tenant_values.get(key_of("default"))
    house.reconcile()
    assert keys.items() <= house.existing.keys.items()
    assert len(house.existing.keys) == 4
    assert all(
        condition.status == "True"
        for status in house.statuses.values()
        for condition in status.conditions
    )
    assert secret in {None, house.tenant_values[key_of("default")]}
    assert house.tenant_values[key_of("default")] == house.bundle("default").secrets[0].secret


def gone() -> House:
    house = House(DOCUMENTS)
    house.reconcile()
    house.write("")
    return house


@pytest.mark.parametrize("applied", range(len(list(gone().plan().steps))))
def test_an_object_that_comes_back_in_the_middle_of_its_removal_is_as_good_as_new(
    applied: int,
) -> None:
    house = gone()
    house.apply(list(house.plan().steps)[:applied])
    house.write(DOCUMENTS)
    plan = house.reconcile()
    made = [step for step in plan.steps if isinstance(step, CreateKey)]
    assert len(made) <= 1, "only the key whose deletion was wanted may be another one"
    assert house.ready(Kind.AUTHORITY, "root").status == "True"
    assert house.ready(Kind.CREDENTIAL, "default").status == "True"


@pytest.mark.parametrize("applied", range(len(list(gone().plan().steps))))
def test_a_removal_that_was_stopped_is_finished(applied: int) -> None:
    house = gone()
    house.apply(list(house.plan().steps)[:applied])
    house.reconcile()
    assert not house.statuses
    assert not house.tenant_values
    assert ObjectId(Kind.AUTHORITY, key_of("root")) not in house.existing.objects
    assert len(house.existing.keys) == 3
