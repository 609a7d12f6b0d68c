from collections.abc import Callable
from datetime import timedelta

import pytest

from certwright.bundles.credential import CredentialInForce, decode_secret
from certwright.reconcile.steps import (
    RemoveCredential,
    RemoveStatus,
    RemoveTenantSecret,
    StoreCredential,
    StoreStatus,
    StoreTenantSecret,
)
from certwright.reconcile.world import Kind, ObjectId
from tests.unit.reconcile.house import NOW, House, key_of

PROFILE = """
kind: CertificateProfile
metadata: {name: web}
spec:
  issuer: {selfSigned: {}}
  templateRef: {name: web-server}
  grants:
  - name: teams
    namespaces: {from: Selector, selector: {matchLabels: {team: "true"}}}
    dnsNames: {values: ["**.${namespace}.apps.acme.com"]}
    maxAccounts: 5
"""
CREDENTIAL = """
---
kind: EABCredential
metadata: {name: default, namespace: team-a}
spec:
  profileRef: {name: web, namespace: pki}
  secretName: team-a-eab
"""
LABELS = {"team-a": {"team": "true"}}
KEY = "team-a/default"
SECRET = "team-a/team-a-eab"
CREDENTIAL_ID = ObjectId(Kind.CREDENTIAL, key_of(KEY))


def house_of(*more: str, credential: str = CREDENTIAL) -> House:
    house = House()
    house.write(PROFILE + credential + "".join(more), LABELS)
    return house


def rewrite(house: House, *more: str) -> None:
    house.write(PROFILE + CREDENTIAL + "".join(more), LABELS)


def ready(house: House, name: str = KEY) -> tuple[str, str]:
    condition = house.ready(Kind.CREDENTIAL, name)
    return condition.status, condition.reason


def in_force(house: House) -> CredentialInForce:
    return CredentialInForce.load(house.bundle(KEY))


def test_the_tenants_secret_comes_after_the_bundle_and_before_the_status() -> None:
    house = house_of()
    plan = house.plan()
    steps = list(plan.credentials[key_of(KEY)].steps)
    assert [type(step) for step in steps] == [StoreCredential, StoreTenantSecret, StoreStatus]
    assert list(plan.steps)[-3:] == steps


def test_a_credential_gets_a_kid_of_its_name_and_a_secret_of_32_bytes() -> None:
    house = house_of()
    house.reconcile()
    assert house.existing.tenant_secrets == {key_of(SECRET): "team-a.default"}
    value = house.tenant_values[key_of(SECRET)]
    assert len(decode_secret(value)) == 32
    assert "=" not in value
    assert in_force(house).secrets_at(NOW) == (decode_secret(value),)
    assert ready(house) == ("True", "Granted")


def test_the_status_tells_kid_secret_grant_and_what_may_be_asked_for() -> None:
    house = house_of("  dnsNames: {values: ['*.team-a.apps.acme.com']}\n")
    status = house.reconcile().credentials[key_of(KEY)].status
    assert (status.key_id, status.secret_name, status.grant) == (
        "team-a.default",
        "team-a-eab",
        "teams",
    )
    assert status.profile == "pki/web"
    assert status.effective is not None
    assert status.effective.dns_names == ("*.team-a.apps.acme.com",)
    rewrite(house)
    effective = house.reconcile().credentials[key_of(KEY)].status.effective
    assert effective is not None
    assert effective.dns_names == ("**.team-a.apps.acme.com",)


def test_a_secret_stays_the_same_until_its_revision_is_raised() -> None:
    house = house_of()
    house.reconcile()
    before = house.bundle(KEY)
    house.now += timedelta(days=300)
    assert not list(house.reconcile().events)
    assert house.bundle(KEY) == before


def lose_bundle(house: House) -> None:
    house.apply([RemoveCredential(key_of(KEY))])


def lose_bundle_and_tenants_secret(house: House) -> None:
    house.apply([RemoveCredential(key_of(KEY)), RemoveTenantSecret(key_of(SECRET))])


def lose_bundle_and_status(house: House) -> None:
    house.apply([RemoveCredential(key_of(KEY)), RemoveStatus(CREDENTIAL_ID)])


def lose_bundle_while_not_granted(house: House) -> None:
    house.write(PROFILE + CREDENTIAL)
    house.reconcile()
    lose_bundle(house)
    rewrite(house)


LOSSES = [
    lose_bundle,
    lose_bundle_and_tenants_secret,
    lose_bundle_and_status,
    lose_bundle_while_not_granted,
]


@pytest.mark.parametrize("lose", LOSSES)
def test_a_secret_that_is_lost_is_missed_and_never_drawn_a_second_time(
    lose: Callable[[House], None],
) -> None:
    house = house_of()
    assert not any(event.warning for _, event in house.reconcile().events)
    lose(house)
    handed_out = dict(house.tenant_values)
    for _ in range(2):
        assert not list(house.reconcile().events)
        assert house.tenant_values == handed_out
        assert not house.bundle(KEY).secrets
        assert ready(house) == ("False", "SecretMissing")
        assert house.is_stalled(Kind.CREDENTIAL, KEY)
    message = house.ready(Kind.CREDENTIAL, KEY).message
    assert "restore it from a backup, or raise spec.rotation.revision above 1" in message
    assert in_force(house).refusal_for_ordering(NOW) is None


@pytest.mark.parametrize("lose", LOSSES)
def test_a_lost_secret_that_comes_back_is_the_one_in_force(lose: Callable[[House], None]) -> None:
    house = house_of()
    house.reconcile()
    before = house.bundle(KEY)
    lose(house)
    house.reconcile()
    house.apply([StoreCredential(key_of(KEY), before)])
    assert not list(house.reconcile().events)
    assert ready(house) == ("True", "Granted")
    assert house.tenant_values == {key_of(SECRET): before.secrets[0].secret}


@pytest.mark.parametrize("lose", LOSSES)
def test_a_raised_revision_asks_for_a_new_secret_in_the_place_of_a_lost_one(
    lose: Callable[[House], None],
) -> None:
    house = house_of()
    house.reconcile()
    before = house.bundle(KEY).secrets
    lose(house)
    house.reconcile()
    rewrite(house, "  rotation: {revision: 2}\n")
    (event,) = (event for _, event in house.reconcile().events)
    assert event.warning
    assert "in the place of the lost one of revision 1" in event.message
    (secret,) = house.bundle(KEY).secrets
    assert secret not in before
    assert house.tenant_values == {key_of(SECRET): secret.secret}
    assert ready(house) == ("True", "Granted")


def test_a_raised_revision_draws_a_new_secret_and_takes_the_old_one_for_the_overlap() -> None:
    house = house_of()
    house.reconcile()
    old = decode_secret(house.tenant_values[key_of(SECRET)])
    rewrite(house, "  rotation: {revision: 2, overlap: 24h}\n")
    plan = house.reconcile()
    new = decode_secret(house.tenant_values[key_of(SECRET)])
    assert new != old
    assert in_force(house).secrets_at(NOW) == (new, old)
    end = NOW + timedelta(hours=24)
    assert in_force(house).secrets_at(end) == (new,)
    assert plan.next_time == end
    house.now = end
    house.reconcile()
    assert len(house.bundle(KEY).secrets) == 1


def test_a_rotation_without_overlap_ends_all_earlier_secrets_at_once() -> None:
    house = house_of()
    house.reconcile()
    rewrite(house, "  rotation: {revision: 2, overlap: 8760h}\n")
    house.reconcile()
    assert len(in_force(house).secrets_at(NOW)) == 2
    rewrite(house, "  rotation: {revision: 3, overlap: 0s}\n")
    house.reconcile()
    assert len(in_force(house).secrets_at(NOW)) == 1
    assert house.bundle(KEY).secrets[0].revision == 3


@pytest.mark.parametrize(
    ("documents", "reason", "stalled"),
    [
        (CREDENTIAL, "ReferenceNotFound", False),
        (PROFILE + CREDENTIAL.replace("team-a", "team-b"), "NotGranted", True),
        (
            PROFILE + CREDENTIAL + "  dnsNames: {values: ['**.acme.com']}\n",
            "ExceedsGrant",
            True,
        ),
    ],
)
def test_a_credential_without_a_grant_binds_nobody_and_gets_no_secret(
    documents: str, reason: str, stalled: bool
) -> None:
    house = House()
    house.write(documents, LABELS)
    plan = house.reconcile()
    (key,) = plan.credentials
    assert ready(house, str(key)) == ("False", reason)
    assert house.is_stalled(Kind.CREDENTIAL, str(key)) is stalled
    bundle = house.existing.credentials[key]
    assert bundle.refusal == house.ready(Kind.CREDENTIAL, str(key)).message
    assert CredentialInForce.load(bundle).refusal_for_binding(NOW) is not None
    assert not house.tenant_values


def test_a_tenant_who_widens_his_own_credential_loses_it_and_keeps_his_secret() -> None:
    house = house_of()
    house.reconcile()
    value = house.tenant_values[key_of(SECRET)]
    rewrite(house, "  dnsNames: {values: ['**.acme.com']}\n")
    house.reconcile()
    assert in_force(house).refusal_for_ordering(NOW) is not None
    assert "**.acme.com" in house.ready(Kind.CREDENTIAL, KEY).message
    rewrite(house)
    house.reconcile()
    assert in_force(house).refusal_for_ordering(NOW) is None
    assert house.tenant_values[key_of(SECRET)] == value


def test_a_withdrawn_label_withdraws_the_grant() -> None:
    house = house_of()
    house.reconcile()
    house.write(PROFILE + CREDENTIAL, {"team-a": {}})
    house.reconcile()
    assert ready(house) == ("False", "NotGranted")


def test_an_expired_credential_says_so_when_the_time_has_come() -> None:
    house = house_of("  expirationTime: '2027-01-01T00:00:00Z'\n")
    plan = house.reconcile()
    assert ready(house) == ("True", "Granted")
    assert plan.next_time is not None
    house.now = plan.next_time
    house.reconcile()
    assert ready(house) == ("False", "Expired")
    assert in_force(house).refusal_for_binding(house.now) is not None
    assert in_force(house).refusal_for_ordering(NOW) is None


def test_suspension_and_the_cut_off_reach_the_server() -> None:
    house = house_of("  suspend: true\n", '  rejectAccountsBeforeTime: "2026-11-20T00:00:00Z"\n')
    house.reconcile()
    assert ready(house) == ("False", "Suspended")
    assert house.bundle(KEY).suspend
    assert house.bundle(KEY).reject_accounts_before_time is not None


def test_of_two_credentials_that_name_one_secret_the_first_has_it_and_keeps_it() -> None:
    second = CREDENTIAL.replace("name: default", "name: second")
    house = house_of(second)
    house.reconcile()
    assert house.existing.tenant_secrets[key_of(SECRET)] == "team-a.default"
    assert ready(house) == ("True", "Granted")
    assert ready(house, "team-a/second") == ("False", "SecretNameTaken")
    earlier = CREDENTIAL.replace("name: default", "name: a-new-one")
    rewrite(house, second, earlier)
    house.reconcile()
    assert ready(house) == ("True", "Granted")
    assert ready(house, "team-a/a-new-one") == ("False", "SecretNameTaken")


def test_a_secret_of_somebody_else_is_left_alone() -> None:
    house = house_of()
    house.existing = type(house.existing)(tenant_secrets={key_of(SECRET): ""})
    house.reconcile()
    assert ready(house) == ("False", "SecretNameTaken")
    assert not house.tenant_values


def test_a_secret_goes_to_the_next_who_names_it_when_its_credential_is_gone() -> None:
    second = CREDENTIAL.replace("name: default", "name: second")
    house = house_of(second)
    house.reconcile()
    before = house.tenant_values[key_of(SECRET)]
    house.write(PROFILE + second, LABELS)
    house.reconcile()
    assert ready(house, "team-a/second") == ("True", "Granted")
    assert house.existing.tenant_secrets[key_of(SECRET)] == "team-a.second"
    assert house.tenant_values[key_of(SECRET)] != before


def test_a_deleted_credential_takes_its_secret_with_it_and_comes_back_with_another() -> None:
    house = house_of()
    house.reconcile()
    before = house.tenant_values[key_of(SECRET)]
    house.write(PROFILE, LABELS)
    house.reconcile()
    assert not house.tenant_values
    assert not house.existing.credentials
    rewrite(house)
    house.reconcile()
    assert house.tenant_values[key_of(SECRET)] != before


def test_a_credential_made_anew_before_the_old_one_was_cleaned_up_has_another_secret() -> None:
    house = house_of()
    house.reconcile()
    before = house.tenant_values[key_of(SECRET)]
    del house.statuses[CREDENTIAL_ID]
    house.write(
        PROFILE + CREDENTIAL.replace("{name: default", "{uid: another, name: default"), LABELS
    )
    house.reconcile()
    assert house.tenant_values[key_of(SECRET)] != before
    assert len(house.bundle(KEY).secrets) == 1


def test_no_secret_shows_in_the_repr_of_a_plan() -> None:
    house = house_of()
    plan = house.reconcile()
    value = house.tenant_values[key_of(SECRET)]
    assert value not in repr(plan) + repr(list(plan.steps)) + repr(house.existing)
