from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.policy.account import AccountPolicy
from certwright.policy.decisions import decide_identifiers
from certwright.policy.patterns import InvalidPattern
from certwright.policy.scopes import Scope
from certwright.policy.template import NameRules, TemplatePolicy
from tests.unit.policy.material import WEB_SERVER, names, policy, with_wildcards

LABELS = ("a", "b")
patterns = st.lists(st.sampled_from(["a", "b", "*", "**"]), min_size=1, max_size=3).filter(
    lambda labels: labels.count("**") < 3
)
lists = st.lists(patterns.map(".".join), max_size=3)


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        pytest.param("www.acme.com", [], id="allowed"),
        pytest.param("a.b.apps.acme.com", [], id="allowed below"),
        pytest.param("192.0.2.1", [], id="allowed address"),
        pytest.param("acme.com", ["allowed.dnsNames"], id="the domain itself"),
        pytest.param("a.b.acme.com", ["allowed.dnsNames"], id="two labels"),
        pytest.param("www.evil.com", ["allowed.dnsNames"], id="other domain"),
        pytest.param("a.mgmt.apps.acme.com", ["denied.dnsNames"], id="denied wins"),
        pytest.param("192.0.2.129", ["denied.ipAddresses"], id="denied address"),
        pytest.param("198.51.100.1", ["allowed.ipAddresses"], id="other address"),
        pytest.param("2001:db8::1", ["allowed.ipAddresses"], id="other version"),
        pytest.param("*.x.apps.acme.com", ["allowed.dnsNames.wildcards"], id="wildcard"),
        pytest.param(
            "*.evil.com", ["allowed.dnsNames", "allowed.dnsNames.wildcards"], id="wildcard outside"
        ),
        pytest.param(
            "*.mgmt.apps.acme.com",
            ["denied.dnsNames", "allowed.dnsNames.wildcards"],
            id="wildcard denied",
        ),
    ],
)
def test_a_template_decides_names(name: str, rules: list[str]) -> None:
    findings = decide_identifiers(policy(WEB_SERVER), names(name))
    assert [finding.rule for finding in findings] == [f"template pki/web: {rule}" for rule in rules]
    assert all(finding.value == name and name in finding.message for finding in findings)
    assert all((finding.identifier,) == names(name) for finding in findings)


def test_all_findings_are_told_together_with_what_is_allowed() -> None:
    asked = names("a.evil.com", "www.acme.com", "b.evil.com", "198.51.100.1")
    findings = decide_identifiers(policy(WEB_SERVER), asked)
    assert [finding.value for finding in findings] == ["a.evil.com", "b.evil.com", "198.51.100.1"]
    assert str(findings[0]) == (
        "a.evil.com is not in allowed.dnsNames of template pki/web, which are: "
        "*.acme.com, **.apps.acme.com"
    )


def test_a_long_list_is_told_in_part() -> None:
    many = [f"host-{number}.example" for number in range(9)]
    (finding,) = decide_identifiers(
        policy({"allowed": {"dnsNames": {"values": many}}}), names("x.example")
    )
    assert "host-5.example and 3 more" in finding.message
    assert "host-6" not in finding.message


def test_an_empty_list_allows_nothing() -> None:
    (finding,) = decide_identifiers(policy({}), names("x.example"))
    assert finding.message.endswith("which are: nothing")


@pytest.mark.parametrize(
    ("allowed", "denied", "name", "permitted"),
    [
        pytest.param(["*.a.example"], [], "*.a.example", True, id="just what it stands for"),
        pytest.param(["**.example"], [], "*.a.example", True, id="more than it stands for"),
        pytest.param(["**.a.example"], [], "*.a.example", True, id="one label or more"),
        pytest.param(["x.a.example"], [], "*.a.example", False, id="only one of its names"),
        pytest.param(["a.example"], [], "*.a.example", False, id="only the base"),
        pytest.param(["*.*.example"], [], "*.a.example", True, id="any label at each place"),
        pytest.param(["*.example"], [], "*.a.example", False, id="a label too few"),
        pytest.param(["**"], ["x.a.example"], "*.a.example", False, id="one name denied"),
        pytest.param(["**"], ["x.b.example"], "*.a.example", True, id="another name denied"),
        pytest.param(["**"], ["a.example"], "*.a.example", True, id="only the base denied"),
        pytest.param(["**"], ["**.y.a.example"], "*.a.example", True, id="denied further below"),
    ],
)
def test_a_wildcard_name_needs_all_it_stands_for(
    allowed: list[str], denied: list[str], name: str, permitted: bool
) -> None:
    findings = decide_identifiers(policy(with_wildcards(allowed, denied)), names(name))
    assert (findings == ()) is permitted


@given(lists, lists, st.sampled_from(["*.a.b", "*.b.a", "*.a.a.b"]))
def test_a_wildcard_name_is_had_exactly_if_each_of_its_names_is(
    allowed: list[str], denied: list[str], wildcard: str
) -> None:
    rules = TemplatePolicy(
        allowed=NameRules(dns_names=tuple(allowed)),
        denied=NameRules(dns_names=tuple(denied)),
        wildcards=True,
    )
    decided = AccountPolicy.of(rules)
    # `other` stands for all labels that no pattern spells out.
    each = [names(wildcard.replace("*", label))[0] for label in (*LABELS, "other")]
    assert (decide_identifiers(decided, names(wildcard)) == ()) is (
        decide_identifiers(decided, each) == ()
    )


@given(lists, lists, lists)
def test_a_scope_never_widens(allowed: list[str], denied: list[str], scope: list[str]) -> None:
    rules = TemplatePolicy(
        allowed=NameRules(dns_names=tuple(allowed)), denied=NameRules(dns_names=tuple(denied))
    )
    wide = AccountPolicy.of(rules)
    narrow = AccountPolicy.of(rules, [Scope(dns_names=tuple(scope), origin="grant")])
    for labels in (*product(LABELS, repeat=1), *product(LABELS, repeat=3)):
        name = names(".".join(labels))
        if not decide_identifiers(narrow, name):
            assert not decide_identifiers(wide, name)


@pytest.mark.parametrize(
    ("scope", "permitted"),
    [
        pytest.param(Scope(origin="s"), {"a.acme.com", "b.acme.com", "192.0.2.1"}, id="no list"),
        pytest.param(Scope(dns_names=("a.acme.com",), origin="s"), {"a.acme.com"}, id="names"),
        pytest.param(Scope(ip_cidrs=("192.0.2.1/32",), origin="s"), {"192.0.2.1"}, id="addresses"),
        pytest.param(Scope(dns_names=(), origin="s"), set(), id="an empty list"),
        pytest.param(
            Scope(dns_names=("**",), ip_cidrs=("0.0.0.0/0",), origin="s"),
            {"a.acme.com", "b.acme.com", "192.0.2.1"},
            id="both lists",
        ),
    ],
)
def test_a_scope_that_lists_any_kind_permits_only_what_it_lists(
    scope: Scope, permitted: set[str]
) -> None:
    narrowed = policy(WEB_SERVER, scope)
    for name in ("a.acme.com", "b.acme.com", "192.0.2.1"):
        assert (decide_identifiers(narrowed, names(name)) == ()) is (name in permitted)


def test_every_scope_tells_its_finding() -> None:
    narrowed = policy(
        WEB_SERVER,
        Scope(dns_names=("*.acme.com",), origin="grant teams of profile pki/web"),
        Scope(dns_names=("a.acme.com",), origin="EABCredential team-a/default"),
    )
    (finding,) = decide_identifiers(narrowed, names("b.acme.com"))
    assert finding.rule == "EABCredential team-a/default: dnsNames"
    assert finding.message == (
        "b.acme.com is not in dnsNames of EABCredential team-a/default, which are: a.acme.com"
    )


def test_a_grant_can_forbid_the_wildcards_of_its_template() -> None:
    narrowed = policy(
        with_wildcards(["**.example"]),
        Scope(dns_names=("**.example",), wildcards=False, origin="grant g"),
    )
    (finding,) = decide_identifiers(narrowed, names("*.a.example"))
    assert finding.rule == "grant g: dnsNames.wildcards"
    assert decide_identifiers(narrowed, names("a.a.example")) == ()


def test_a_pattern_that_is_none_can_not_be_compiled() -> None:
    with pytest.raises(InvalidPattern):
        AccountPolicy.of(TemplatePolicy(allowed=NameRules(dns_names=("a*.b",))))
    with pytest.raises(ValueError, match="does not appear to be"):
        AccountPolicy.of(TemplatePolicy(), [Scope(ip_cidrs=("nowhere",), origin="s")])
