import pytest

from certwright.bundles.credential import CredentialInForce
from certwright.bundles.document import BundleRefused
from certwright.bundles.profile import ACMESettings, ProfileInForce
from certwright.bundles.signer import SignerInForce
from certwright.policy.challenges import ChallengeType
from certwright.policy.decisions import decide_identifiers
from certwright.policy.template import NameRules, TemplatePolicy
from tests.unit.bundles.material import credential, profile, signer
from tests.unit.policy.material import names

SIGNER = SignerInForce.load(signer())


def loaded(**members: object) -> ProfileInForce:
    return ProfileInForce.load(profile(SIGNER.name).model_copy(update=members), SIGNER)


def test_a_profile_is_loaded_ready_to_be_asked() -> None:
    found = loaded()
    assert (found.key, found.uid, found.refusal) == ("pki/web", "u-1", None)
    assert found.signer is SIGNER
    assert found.challenges == tuple(ChallengeType)
    assert found.external_account_required
    assert found.hostname is None


def test_a_profile_says_how_it_is_served() -> None:
    acme = ACMESettings(
        challenges=(ChallengeType.DNS_01,), external_account_binding=False, hostname="a.example"
    )
    found = loaded(acme=acme, refusal="its template is gone")
    assert found.challenges == (ChallengeType.DNS_01,)
    assert not found.external_account_required
    assert found.hostname == "a.example"
    assert found.refusal == "its template is gone"


def test_an_account_without_a_credential_has_the_template_with_validation() -> None:
    found = loaded()
    policy = found.account_policy(None)
    assert policy is found.account_policy(None)
    assert policy.validation_required
    assert decide_identifiers(policy, names("a.b.acme.com")) == ()
    assert decide_identifiers(policy, names("a.b.example")) != ()


def test_an_account_with_a_credential_has_what_its_scopes_leave() -> None:
    found = loaded()
    policy = found.account_policy(CredentialInForce.load(credential(validation=False)))
    assert not policy.validation_required
    assert policy.template is found.template
    assert decide_identifiers(policy, names("a.team-a.acme.com")) == ()
    assert decide_identifiers(policy, names("a.team-b.acme.com")) != ()


def test_a_profile_without_a_signer_waits_for_one() -> None:
    assert ProfileInForce.load(profile(), None).signer is None


@pytest.mark.parametrize("named", [None, "pki.other.0123456789abcdef"])
def test_a_profile_takes_no_signer_but_its_own(named: str | None) -> None:
    with pytest.raises(BundleRefused, match="profile pki/web issues from signer"):
        ProfileInForce.load(profile(named), SIGNER)


def test_a_profile_does_not_load_without_the_signer_it_names() -> None:
    with pytest.raises(BundleRefused, match=f"issues from signer {SIGNER.name}, not from None"):
        ProfileInForce.load(profile(SIGNER.name), None)


def test_a_profile_with_a_pattern_that_is_none_is_refused() -> None:
    broken = TemplatePolicy(allowed=NameRules(dns_names=("a*.b",)))
    with pytest.raises(BundleRefused, match="profile pki/web is malformed"):
        loaded(template=broken)
