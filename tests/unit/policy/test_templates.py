import json
from datetime import timedelta

import pytest

from certwright.pki.keys import KEY_TYPES, KeyAlgorithm, KeyType
from certwright.pki.usages import ExtendedKeyUsage, KeyUsage
from certwright.policy.presets import PRESETS
from certwright.policy.template import TemplatePolicy, resolve, split_usages
from certwright.resources.template import Preset, TemplateSpec
from certwright.resources.usages import Usage

YEAR = timedelta(days=365)


def spec(**members: object) -> TemplateSpec:
    return TemplateSpec.model_validate_json(json.dumps(members))


def test_what_is_unset_allows_nothing() -> None:
    assert resolve(spec()) == TemplatePolicy()


def test_a_template_is_written_and_read_back_whole() -> None:
    policy = resolve(spec(preset="TLSServer", denied={"dnsNames": {"values": ["a.b"]}}), "here")
    assert TemplatePolicy.model_validate_json(policy.model_dump_json()) == policy
    assert '"maxDuration"' in policy.model_dump_json()


def test_every_preset_has_its_row() -> None:
    assert set(PRESETS) == set(Preset)


@pytest.mark.parametrize(
    ("preset", "names", "addresses", "supplied", "also_allowed"),
    [
        (
            "TLSServer",
            True,
            True,
            "digital signature, key encipherment, server auth",
            "",
        ),
        (
            "TLSClient",
            True,
            False,
            "digital signature, client auth",
            "key encipherment, key agreement",
        ),
        (
            "CodeSigning",
            False,
            False,
            "digital signature, content commitment, code signing",
            "timestamping",
        ),
        (
            "Device",
            True,
            True,
            "digital signature, client auth",
            "key encipherment, key agreement, server auth",
        ),
        (
            "User",
            False,
            False,
            "digital signature, key encipherment, client auth, email protection",
            "key agreement",
        ),
        (
            "EmailProtection",
            False,
            False,
            "digital signature, key encipherment, email protection",
            "key agreement",
        ),
        (
            "DualPurposeServer",
            True,
            True,
            "digital signature, key encipherment, server auth, client auth",
            "key agreement",
        ),
    ],
)
def test_a_preset_fills_what_is_unset(
    preset: str, names: bool, addresses: bool, supplied: str, also_allowed: str
) -> None:
    policy = resolve(spec(preset=preset))
    supplying = {*policy.supplied_key_usages, *policy.supplied_extended_key_usages}
    allowing = {*policy.key_usages, *policy.extended_key_usages}
    assert {str(usage) for usage in supplying} == set(supplied.split(", "))
    assert {str(usage) for usage in allowing - supplying} == set(
        also_allowed.split(", ") if also_allowed else ()
    )
    assert policy.allowed.dns_names == (("**",) if names else ())
    assert policy.allowed.ip_cidrs == (("0.0.0.0/0", "::/0") if addresses else ())
    assert policy.allowed.common_names == ("*",)
    assert policy.max_duration == YEAR
    assert not policy.wildcards


def test_a_list_that_is_given_replaces_the_presets() -> None:
    policy = resolve(
        spec(
            preset="TLSServer",
            allowed={
                "commonName": {"values": []},
                "subject": {"organizations": {"values": ["Acme"]}, "serialNumber": {"values": []}},
                "dnsNames": {"values": ["a.example"], "wildcards": "Allowed"},
                "ipAddresses": {"cidrs": []},
                "usages": ["digital signature", "client auth"],
            },
            constraints={
                "maxDuration": "24h",
                "privateKeys": [{"algorithm": "RSA", "minSize": 3072, "maxSize": 4096}],
            },
        )
    )
    assert policy.allowed.common_names == ()
    assert policy.allowed.subject.organizations == ("Acme",)
    assert policy.allowed.dns_names == ("a.example",)
    assert policy.wildcards
    assert policy.allowed.ip_cidrs == ()
    assert policy.key_usages == (KeyUsage.DIGITAL_SIGNATURE,)
    assert policy.extended_key_usages == (ExtendedKeyUsage.CLIENT_AUTH,)
    assert policy.max_duration == timedelta(hours=24)
    assert [str(rule) for rule in policy.private_keys] == ["RSA from 3072 to 4096"]


def test_a_preset_supplies_nothing_that_a_list_leaves_out() -> None:
    policy = resolve(
        spec(preset="TLSServer", allowed={"usages": ["digital signature", "client auth"]})
    )
    assert policy.supplied_key_usages == (KeyUsage.DIGITAL_SIGNATURE,)
    assert policy.supplied_extended_key_usages == ()


def test_what_is_denied_is_kept() -> None:
    policy = resolve(
        spec(
            denied={
                "commonName": {"values": ["x"]},
                "subject": {"countries": {"values": ["XX"]}},
                "dnsNames": {"values": ["**.mgmt.example"]},
                "ipAddresses": {"cidrs": ["192.0.2.0/24"]},
            }
        )
    )
    assert policy.denied.common_names == ("x",)
    assert policy.denied.subject.countries == ("XX",)
    assert policy.denied.dns_names == ("**.mgmt.example",)
    assert policy.denied.ip_cidrs == ("192.0.2.0/24",)


@pytest.mark.parametrize("usage", Usage)
def test_every_usage_of_a_document_is_known_to_certificates(usage: Usage) -> None:
    simple, extended = split_usages([usage])
    assert [str(each) for each in (*simple, *extended)] == [usage.value]


@pytest.mark.parametrize(
    ("rule", "permitted"),
    [
        ({"algorithm": "RSA"}, "RSA 2048, RSA 3072, RSA 4096"),
        ({"algorithm": "RSA", "minSize": 1024}, "RSA 2048, RSA 3072, RSA 4096"),
        ({"algorithm": "RSA", "minSize": 3072}, "RSA 3072, RSA 4096"),
        ({"algorithm": "RSA", "minSize": 3072, "maxSize": 3072}, "RSA 3072"),
        ({"algorithm": "ECDSA"}, "ECDSA 256, ECDSA 384, ECDSA 521"),
        ({"algorithm": "ECDSA", "maxSize": 384}, "ECDSA 256, ECDSA 384"),
        ({"algorithm": "Ed25519"}, "Ed25519"),
    ],
)
def test_a_key_rule_permits_sizes_of_its_algorithm(rule: dict[str, object], permitted: str) -> None:
    (compiled,) = resolve(spec(constraints={"privateKeys": [rule]})).private_keys
    weak = KeyType(KeyAlgorithm.RSA, 1024)
    permitting = [str(key) for key in (*KEY_TYPES, weak) if compiled.permits(key)]
    assert ", ".join(permitting) == permitted


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"algorithm": "RSA"}, "RSA from 2048"),
        ({"algorithm": "ECDSA", "minSize": 384}, "ECDSA from 384"),
        ({"algorithm": "Ed25519"}, "Ed25519"),
    ],
)
def test_a_key_rule_reads_as_words(rule: dict[str, object], said: str) -> None:
    (compiled,) = resolve(spec(constraints={"privateKeys": [rule]})).private_keys
    assert str(compiled) == said
