import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.policy.account import AccountPolicy
from certwright.policy.decisions import decide_identifiers
from certwright.policy.explanation import explain, explain_for_tenant
from certwright.policy.grants import (
    ExceedsGrant,
    NotGranted,
    ProfileGrants,
    ResolvedGrant,
    Tenant,
    choose_grant,
    enrollment_scope,
)
from certwright.policy.patterns import InvalidPattern
from certwright.policy.scopes import Scope
from certwright.policy.template import NameRules, TemplatePolicy
from certwright.resources.credential import CredentialSpec
from certwright.resources.profile import Grant
from tests.unit.policy.material import WEB_SERVER, names, policy

TEAM_A = Tenant("team-a", {"team": "true", "kubernetes.io/metadata.name": "team-a"})
OTHER = Tenant("other", {})
OWN = Tenant("pki", {})

TEAMS: Mapping[str, object] = {
    "name": "teams",
    "namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "true"}}},
    "dnsNames": {"values": ["**.${namespace}.apps.acme.com", "${namespace}-api.acme.com"]},
    "maxAccounts": 5,
}
EVERYBODY: Mapping[str, object] = {
    "name": "everybody",
    "namespaces": {"from": "All"},
    "dnsNames": {"values": ["**.dev.acme.com"], "wildcards": "Forbidden"},
    "ipAddresses": {"cidrs": ["192.0.2.0/25", "192.0.2.128/25"]},
    "validation": "Skip",
}


def profile(*grants: Mapping[str, object]) -> ProfileGrants:
    parsed = tuple(Grant.model_validate_json(json.dumps(grant)) for grant in grants)
    return ProfileGrants("pki", "web", parsed)


def credential(**members: object) -> CredentialSpec:
    return CredentialSpec.model_validate_json(json.dumps({"profileRef": {"name": "web"}} | members))


def choose(grants: ProfileGrants, tenant: Tenant = TEAM_A, **members: Any) -> ResolvedGrant:
    return choose_grant(grants, tenant, "default", credential(**members))


def dns(*patterns: str) -> dict[str, Any]:
    return {"dnsNames": {"values": list(patterns)}}


def test_a_grant_is_for_the_namespaces_it_selects() -> None:
    found = choose(profile(TEAMS))
    assert found == ResolvedGrant(
        grant="teams",
        scopes=(
            Scope(
                dns_names=("**.team-a.apps.acme.com", "team-a-api.acme.com"),
                origin="grant teams of profile pki/web",
            ),
            Scope(origin="EABCredential team-a/default"),
        ),
        validation_required=True,
        max_accounts=5,
    )
    with pytest.raises(NotGranted, match="no grant of profile pki/web is for namespace other"):
        choose(profile(TEAMS), OTHER)


def test_a_grant_for_the_same_namespace_is_for_the_profiles_own() -> None:
    same = profile({"name": "own"})
    assert choose(same, OWN).grant == "own"
    with pytest.raises(NotGranted):
        choose(same, TEAM_A)


def test_without_grants_the_own_namespace_has_the_whole_template() -> None:
    unset = ProfileGrants("pki", "web", None)
    found = choose(unset, OWN)
    assert found.grant == "own-namespace"
    assert found.validation_required
    assert found.max_accounts is None
    assert all(scope.unlimited for scope in found.scopes)
    with pytest.raises(NotGranted):
        choose(unset, TEAM_A)


@pytest.mark.parametrize("tenant", [OWN, TEAM_A])
def test_an_empty_list_of_grants_is_for_nobody(tenant: Tenant) -> None:
    with pytest.raises(NotGranted):
        choose(profile(), tenant)


def test_the_first_grant_that_covers_what_is_asked_applies() -> None:
    both = profile(TEAMS, EVERYBODY)
    assert choose(both).grant == "teams"
    assert choose(both, **dns("*.team-a.apps.acme.com")).grant == "teams"
    assert choose(both, **dns("x.dev.acme.com")).grant == "everybody"
    assert not choose(both, **dns("x.dev.acme.com")).validation_required
    assert choose(both, ipAddresses={"cidrs": ["192.0.2.0/24"]}).grant == "everybody"
    assert choose(both, OTHER).grant == "everybody"


def test_a_credential_narrows_its_grant() -> None:
    found = choose(profile(TEAMS), **dns("*.team-a.apps.acme.com"))
    assert found.scopes[1] == Scope(
        dns_names=("*.team-a.apps.acme.com",), origin="EABCredential team-a/default"
    )


@pytest.mark.parametrize(
    ("asked", "exceeding"),
    [
        pytest.param(dns("**.apps.acme.com"), ["**.apps.acme.com"], id="more than the grant"),
        pytest.param(dns("x.team-b.apps.acme.com"), ["x.team-b.apps.acme.com"], id="another's"),
        pytest.param(
            dns("team-a-api.acme.com", "*.evil.com", "evil.com"),
            ["*.evil.com", "evil.com"],
            id="each is told",
        ),
        pytest.param(
            {"ipAddresses": {"cidrs": ["192.0.2.0/24"]}}, ["192.0.2.0/24"], id="another kind"
        ),
    ],
)
def test_a_tenant_who_widens_his_credential_binds_nobody(
    asked: dict[str, Any], exceeding: list[str]
) -> None:
    with pytest.raises(ExceedsGrant) as refused:
        choose(profile(TEAMS), **asked)
    assert [finding.value for finding in refused.value.findings] == exceeding
    assert "EABCredential team-a/default asks for" in str(refused.value)
    assert "which grant teams of profile pki/web does not give" in str(refused.value)


@pytest.mark.parametrize("grants", [profile(TEAMS), profile({**TEAMS, "dnsNames": None})])
def test_a_credential_for_names_that_nobody_can_have_binds_nobody(grants: ProfileGrants) -> None:
    with pytest.raises(ExceedsGrant, match=r"no valid A-label") as refused:
        choose(grants, **dns("*.xn--a.team-a.apps.acme.com"))
    assert refused.value.findings[0].rule == "EABCredential team-a/default: dnsNames"


def test_every_grant_that_is_exceeded_is_told() -> None:
    with pytest.raises(ExceedsGrant) as refused:
        choose(profile(TEAMS, EVERYBODY), **dns("evil.com"))
    assert [finding.rule for finding in refused.value.findings] == [
        "grant teams of profile pki/web: dnsNames",
        "grant everybody of profile pki/web: dnsNames",
    ]


def test_networks_are_covered_together() -> None:
    found = choose(profile(EVERYBODY), OTHER, ipAddresses={"cidrs": ["192.0.2.0/24"]})
    assert found.grant == "everybody"
    with pytest.raises(ExceedsGrant, match=r"asks for 192\.0\.2\.0/23"):
        choose(profile(EVERYBODY), OTHER, ipAddresses={"cidrs": ["192.0.2.0/23"]})


def test_a_namespace_too_long_for_a_label_matches_nothing_there() -> None:
    long = Tenant("a" * 63, {"team": "true"})
    found = choose(profile(TEAMS), long)
    assert found.scopes[0].dns_names == (f"**.{'a' * 63}.apps.acme.com",)


def test_nothing_but_a_namespace_is_substituted() -> None:
    with pytest.raises(InvalidPattern):
        choose(profile(TEAMS), Tenant("*", {"team": "true"}))


def test_accounts_are_counted_by_profile_grant_and_namespace() -> None:
    counted = {
        enrollment_scope(uid, grant, namespace)
        for uid in ("1", "2")
        for grant in ("a", "b")
        for namespace in ("x", "y")
    }
    assert len(counted) == 8


patterns = st.lists(
    st.lists(st.sampled_from(["a", "b", "*", "**"]), min_size=1, max_size=3)
    .filter(lambda labels: labels.count("**") <= 2)
    .map(".".join),
    max_size=3,
)


@given(patterns, patterns)
def test_what_a_credential_lists_is_had_under_the_grant_it_is_given(
    granted: list[str], asked: list[str]
) -> None:
    grants = profile({"name": "g", "namespaces": {"from": "All"}, **dns(*granted)})
    try:
        found = choose(grants, **dns(*asked))
    except ExceedsGrant:
        return
    rules = TemplatePolicy(allowed=NameRules(dns_names=("**",)))
    alone = AccountPolicy.of(rules, found.scopes[1:])
    both = AccountPolicy.of(rules, found.scopes)
    for name in names("a", "c", "a.b", "b.c", "a.b.a", "c.c.c"):
        assert (decide_identifiers(alone, (name,)) == ()) is (
            decide_identifiers(both, (name,)) == ()
        )


@pytest.mark.parametrize(
    ("name", "allowed", "rule", "said"),
    [
        pytest.param(
            "a.b.apps.acme.com",
            True,
            "grant teams of profile pki/web: dnsNames",
            "**.apps.acme.com in template pki/web: allowed.dnsNames; **.b.apps.acme.com in grant",
            id="yes",
        ),
        pytest.param(
            "a.c.apps.acme.com",
            False,
            "grant teams of profile pki/web: dnsNames",
            "a.c.apps.acme.com is not in dnsNames of grant teams",
            id="outside the grant",
        ),
        pytest.param(
            "a.evil.com",
            False,
            "template pki/web: allowed.dnsNames",
            "is not in allowed.dnsNames of template pki/web",
            id="outside the template",
        ),
        pytest.param(
            "a_b.com", False, "identifier", "is no valid|has the label 'a_b'", id="no name"
        ),
        pytest.param("2001:DB8::1", False, "identifier", "2001:db8::1", id="another form"),
    ],
)
def test_a_verdict_names_the_rule_that_decides(
    name: str, allowed: bool, rule: str, said: str
) -> None:
    scope = Scope(
        dns_names=("x.acme.com", "**.b.apps.acme.com"), origin="grant teams of profile pki/web"
    )
    verdict = explain(policy(WEB_SERVER, scope), name)
    assert verdict.allowed is allowed
    assert verdict.rule == rule
    assert any(part in verdict.message for part in said.split("|"))


def test_an_address_is_explained_like_a_name() -> None:
    verdict = explain(policy(WEB_SERVER, Scope(origin="grant g")), "192.0.2.7")
    assert verdict.allowed
    assert verdict.rule == "template pki/web: allowed.ipAddresses"
    assert verdict.message == (
        "192.0.2.7 is allowed by 192.0.2.0/24 in template pki/web: allowed.ipAddresses"
    )


@pytest.mark.parametrize(
    ("tenant", "name", "allowed", "rule"),
    [
        (TEAM_A, "x.team-a.apps.acme.com", True, "grant teams of profile pki/web: dnsNames"),
        (TEAM_A, "192.0.2.1", True, "grant everybody of profile pki/web: ipAddresses"),
        (TEAM_A, "x.team-b.apps.acme.com", False, "grant teams of profile pki/web: dnsNames"),
        (OTHER, "x.team-a.apps.acme.com", False, "grant everybody of profile pki/web: dnsNames"),
    ],
)
def test_a_tenant_may_have_what_any_grant_for_him_gives(
    tenant: Tenant, name: str, allowed: bool, rule: str
) -> None:
    verdict = explain_for_tenant(
        policy(WEB_SERVER).template, profile(TEAMS, EVERYBODY), tenant, name
    )
    assert (verdict.allowed, verdict.rule) == (allowed, rule)


def test_who_is_granted_nothing_is_told_so() -> None:
    verdict = explain_for_tenant(policy(WEB_SERVER).template, profile(TEAMS), OTHER, "a.acme.com")
    assert not verdict.allowed
    assert verdict.rule == "profile pki/web: grants"
    assert verdict.message == "no grant of profile pki/web is for namespace other"
