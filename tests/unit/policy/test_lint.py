import json
from datetime import UTC, datetime, timedelta

import pytest

from certwright.policy.lint import LintRule, LintWarning, warnings_of_authority
from certwright.policy.lint_credentials import warnings_of_credential
from certwright.policy.lint_profiles import warnings_of_profile
from certwright.policy.lint_templates import warnings_of_template
from certwright.policy.template import TemplatePolicy
from certwright.resources.credential import CredentialSpec
from certwright.resources.profile import ProfileSpec
from certwright.resources.template import Preset, TemplateSpec
from tests.unit.policy.material import WEB_SERVER, template

HOUR = timedelta(hours=1)


def of_template(**members: object) -> list[LintWarning]:
    spec = TemplateSpec.model_validate_json(json.dumps(members))
    return list(warnings_of_template(spec))


def of_profile(
    document: dict[str, object],
    policy: TemplatePolicy | None = None,
    authority: timedelta | None = None,
) -> list[LintWarning]:
    members = {"issuer": {"selfSigned": {}}, "templateRef": {"name": "web"}, **document}
    spec = ProfileSpec.model_validate_json(json.dumps(members))
    return list(warnings_of_profile(spec, policy, authority))


def told(warnings: list[LintWarning]) -> list[tuple[LintRule, str]]:
    assert all(warning.message for warning in warnings)
    return [(warning.rule, warning.field) for warning in warnings]


def test_the_templates_of_the_design_are_not_warned_of() -> None:
    assert of_template(**WEB_SERVER) == []
    document: dict[str, object] = {
        "defaults": {"duration": "1128h"},
        "acme": {"challenges": ["http-01"]},
        "grants": [
            {"name": "teams", "dnsNames": {"values": ["**.${namespace}.apps.acme.com"]}},
            {"name": "apis", "dnsNames": {"values": ["${namespace}-api.acme.com"]}},
            {"name": "hosts", "ipAddresses": {"cidrs": ["192.0.2.0/25"]}},
        ],
    }
    assert of_profile(document, template(WEB_SERVER), 43800 * HOUR) == []


@pytest.mark.parametrize("preset", Preset)
def test_a_preset_that_no_acme_order_can_satisfy_is_warned_of(preset: Preset) -> None:
    hopeless = {Preset.CODE_SIGNING, Preset.USER, Preset.EMAIL_PROTECTION}
    expected = [(LintRule.NO_ORDER, "spec")] if preset in hopeless else []
    assert told(of_template(preset=preset.value)) == expected
    with_names = of_template(preset=preset.value, allowed={"dnsNames": {"values": ["**"]}})
    assert with_names == []


def test_a_template_that_allows_nothing_is_warned_of() -> None:
    assert told(of_template()) == [
        (LintRule.NO_ORDER, "spec"),
        (LintRule.NOTHING_ISSUED, "spec.constraints.privateKeys"),
        (LintRule.NOTHING_ISSUED, "spec.allowed.usages"),
    ]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        pytest.param(
            {
                "allowed": {"dnsNames": {"values": ["a.example", "x.b.example"]}},
                "denied": {"dnsNames": {"values": ["**.b.example"]}},
            },
            "spec.allowed.dnsNames.values[1]",
            id="a name that is denied",
        ),
        pytest.param(
            {
                "allowed": {"dnsNames": {"values": ["**.b.example"]}},
                "denied": {"dnsNames": {"values": ["*.b.example", "**.*.b.example"]}},
            },
            "spec.allowed.dnsNames.values[0]",
            id="denied by two together",
        ),
        pytest.param(
            {
                "allowed": {"ipAddresses": {"cidrs": ["192.0.2.0/24", "198.51.100.0/24"]}},
                "denied": {"ipAddresses": {"cidrs": ["198.51.0.0/16"]}},
            },
            "spec.allowed.ipAddresses.cidrs[1]",
            id="a network that is denied",
        ),
        pytest.param(
            {
                "allowed": {
                    "commonName": {"values": ["**.other.example", "**.example", "*"]},
                    "dnsNames": {"values": ["**.my.example"]},
                    "ipAddresses": {"cidrs": []},
                }
            },
            "spec.allowed.commonName.values[0]",
            id="a common name that no order has",
        ),
    ],
)
def test_a_pattern_that_can_never_match_is_warned_of(
    document: dict[str, object], field: str
) -> None:
    warnings = of_template(preset="TLSServer", **document)
    assert told(warnings) == [(LintRule.NEVER_MATCHES, field)]


def test_what_acme_cannot_ask_for_has_no_effect() -> None:
    allowed = {"emailAddresses": {"values": ["*"]}, "uris": {"values": ["*"]}}
    assert told(of_template(preset="TLSServer", allowed=allowed)) == [
        (LintRule.NO_EFFECT, "spec.allowed.emailAddresses"),
        (LintRule.NO_EFFECT, "spec.allowed.uris"),
    ]
    assert of_template(preset="TLSServer", allowed={"uris": {"values": []}}) == []


@pytest.mark.parametrize(
    ("default", "authority", "fields"),
    [
        pytest.param("100h", 1000, [], id="short enough"),
        pytest.param("100h", 10, ["spec.defaults.duration"], id="longer than the authority"),
        pytest.param("9000h", 10000, ["spec.defaults.duration"], id="longer than the template"),
        pytest.param("9000h", 10, ["spec.defaults.duration"] * 2, id="longer than both"),
        pytest.param(None, 10, ["spec.templateRef"], id="the template's maximum"),
        pytest.param(None, None, [], id="an authority nobody knows"),
    ],
)
def test_durations_that_will_be_shortened_are_warned_of(
    default: str | None, authority: int | None, fields: list[str]
) -> None:
    document: dict[str, object] = {"defaults": {"duration": default}}
    longest = None if authority is None else authority * HOUR
    warnings = of_profile(document, template(WEB_SERVER), longest)
    assert told(warnings) == [(LintRule.TOO_LONG, field) for field in fields]


def test_an_authority_that_outlives_its_issuer_is_warned_of() -> None:
    (warning,) = warnings_of_authority(20 * HOUR, 10 * HOUR)
    assert warning.message.startswith("20h is longer than the signing authority's, 10h")
    assert warnings_of_authority(10 * HOUR, 10 * HOUR) == ()
    assert warnings_of_authority(10 * HOUR, None) == ()


def grant(**members: object) -> dict[str, object]:
    return {"grants": [{"name": "other"}, {"name": "g", **members}]}


@pytest.mark.parametrize(
    ("document", "rule", "field"),
    [
        pytest.param(
            grant(dnsNames={"values": ["a.acme.com", "**.evil.com"]}),
            LintRule.NEVER_MATCHES,
            "spec.grants[1].dnsNames.values[1]",
            id="names of another domain",
        ),
        pytest.param(
            grant(dnsNames={"values": ["${namespace}.evil.com"]}),
            LintRule.NEVER_MATCHES,
            "spec.grants[1].dnsNames.values[0]",
            id="names of no namespace",
        ),
        pytest.param(
            grant(dnsNames={"values": ["*.mgmt.apps.acme.com"]}),
            LintRule.NEVER_MATCHES,
            "spec.grants[1].dnsNames.values[0]",
            id="names that are denied",
        ),
        pytest.param(
            grant(dnsNames={"values": ["*.xn--a.apps.acme.com"]}),
            LintRule.NEVER_MATCHES,
            "spec.grants[1].dnsNames.values[0]",
            id="names that nobody can have",
        ),
        pytest.param(
            grant(dnsNames={"values": ["**.acme.com"]}),
            LintRule.OUTSIDE_TEMPLATE,
            "spec.grants[1].dnsNames.values[0]",
            id="more names",
        ),
        pytest.param(
            grant(ipAddresses={"cidrs": ["198.51.100.0/24"]}),
            LintRule.NEVER_MATCHES,
            "spec.grants[1].ipAddresses.cidrs[0]",
            id="other addresses",
        ),
        pytest.param(
            grant(ipAddresses={"cidrs": ["2001:db8::/32"]}),
            LintRule.NEVER_MATCHES,
            "spec.grants[1].ipAddresses.cidrs[0]",
            id="addresses of the other version",
        ),
        pytest.param(
            grant(ipAddresses={"cidrs": ["192.0.2.192/26"]}),
            LintRule.NEVER_MATCHES,
            "spec.grants[1].ipAddresses.cidrs[0]",
            id="addresses that are denied",
        ),
        pytest.param(
            grant(ipAddresses={"cidrs": ["192.0.0.0/16"]}),
            LintRule.OUTSIDE_TEMPLATE,
            "spec.grants[1].ipAddresses.cidrs[0]",
            id="more addresses",
        ),
        pytest.param(
            {"acme": {"externalAccountBinding": "Optional"}, "grants": [{"name": "g"}]},
            LintRule.UNGRANTED_ACCOUNTS,
            "spec.acme.externalAccountBinding",
            id="grants that not everybody is under",
        ),
        pytest.param(
            grant(dnsNames={"wildcards": "Allowed"}),
            LintRule.NO_EFFECT,
            "spec.grants[1].dnsNames",
            id="wildcards of no names",
        ),
        pytest.param({"grants": []}, LintRule.NOBODY, "spec.grants", id="nobody may bind"),
        pytest.param(
            {"defaults": {"usages": ["key agreement", "client auth", "server auth"]}},
            LintRule.NOT_ALLOWED,
            "spec.defaults.usages",
            id="default usages that are not allowed",
        ),
        pytest.param(
            {"defaults": {"subject": {"organizations": ["Acme"]}}},
            LintRule.NOT_ALLOWED,
            "spec.defaults.subject",
            id="a default subject that is not allowed",
        ),
    ],
)
def test_what_nobody_can_have_meant_is_warned_of(
    document: dict[str, object], rule: LintRule, field: str
) -> None:
    warnings = of_profile(document, template(WEB_SERVER))
    assert set(told(warnings)) == {(rule, field)}


def test_a_grant_that_says_it_lists_no_names_is_not_warned_of() -> None:
    assert of_profile({"grants": [{"name": "g", "dnsNames": {"values": []}}]}) == []


LEAKED = "spec.rejectAccountsBeforeTime"
OVERLAP = "spec.rotation.overlap"


@pytest.mark.parametrize(
    ("moment", "overlap", "expected"),
    [
        pytest.param("2026-11-23T12:00:00Z", "0s", [], id="now"),
        pytest.param("2026-11-23T11:00:00Z", "1h", [], id="an overlap that is over"),
        pytest.param(
            "2026-11-23T11:00:00Z", "2h", [(LintRule.LEAK_GOES_ON, OVERLAP)], id="an overlap"
        ),
        pytest.param(
            "2026-11-23T12:00:01Z", "0s", [(LintRule.IN_THE_FUTURE, LEAKED)], id="the future"
        ),
        pytest.param(
            "2027-01-01T00:00:00Z",
            "24h",
            [(LintRule.IN_THE_FUTURE, LEAKED), (LintRule.LEAK_GOES_ON, OVERLAP)],
            id="both",
        ),
    ],
)
def test_an_eviction_that_does_not_end_a_leak_is_warned_of(
    moment: str, overlap: str, expected: list[tuple[LintRule, str]]
) -> None:
    document = {
        "profileRef": {"name": "web"},
        "rejectAccountsBeforeTime": moment,
        "rotation": {"revision": 2, "overlap": overlap},
    }
    spec = CredentialSpec.model_validate_json(json.dumps(document))
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert told(list(warnings_of_credential(spec, now))) == expected


def test_rotation_without_an_eviction_is_not_warned_of() -> None:
    document = {"profileRef": {"name": "web"}, "rotation": {"revision": 2}}
    spec = CredentialSpec.model_validate_json(json.dumps(document))
    assert warnings_of_credential(spec, datetime(2026, 11, 23, 12, tzinfo=UTC)) == ()


def test_grants_are_not_lost_on_optional_binding_without_any() -> None:
    optional = {"externalAccountBinding": "Optional"}
    assert of_profile({"acme": optional, "grants": []}, template(WEB_SERVER)) == []


def test_usages_that_nobody_supplies_are_warned_of() -> None:
    document = {**WEB_SERVER, "preset": None}
    document["allowed"] = {"dnsNames": {"values": ["**"]}, "usages": ["server auth"]}
    policy = template(document)
    assert told(of_profile({}, policy)) == [(LintRule.NOT_SUPPLIED, "spec.defaults.usages")]
    assert of_profile({"defaults": {"usages": ["server auth"]}}, policy) == []


@pytest.mark.parametrize(
    ("document", "provable"),
    [
        ({"acme": {"challenges": ["http-01", "tls-alpn-01"]}}, False),
        ({"acme": {"challenges": ["http-01"]}, "grants": [{"name": "g"}]}, False),
        ({"acme": {"challenges": ["dns-01"]}}, True),
        (
            {"acme": {"challenges": ["http-01"]}, "grants": [{"name": "g", "validation": "Skip"}]},
            True,
        ),
    ],
)
def test_wildcards_that_no_challenge_proves_are_warned_of(
    document: dict[str, object], provable: bool
) -> None:
    allowed = {"dnsNames": {"values": ["**"], "wildcards": "Allowed"}}
    policy = template({"preset": "TLSServer", "allowed": allowed})
    expected = [] if provable else [(LintRule.NOT_PROVABLE, "spec.acme.challenges")]
    assert told(of_profile(document, policy)) == expected


def test_a_profile_without_its_template_is_looked_at_alone() -> None:
    document: dict[str, object] = {"defaults": {"duration": "20h"}, "grants": []}
    assert told(of_profile(document, None, 10 * HOUR)) == [
        (LintRule.TOO_LONG, "spec.defaults.duration"),
        (LintRule.NOBODY, "spec.grants"),
    ]
