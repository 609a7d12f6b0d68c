"""Real requests of real clients, through policy to the contents of a certificate."""

from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address

import pytest
from acme import crypto_util
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certwright.pki import keys, requests
from certwright.pki.keys import KeyAlgorithm, KeyType, private_key_to_pem
from certwright.pki.requests import CertificateSigningRequest
from certwright.pki.usages import (
    ExtendedKeyUsage,
    KeyUsage,
    extended_key_usage_extension,
    key_usage_extension,
)
from certwright.policy.defaults import IssuanceDefaults
from certwright.policy.identifiers import Identifier
from certwright.policy.issuance import RequestRefused, prepare_leaf
from certwright.policy.lifetime import Validity
from certwright.policy.model import SubjectValues
from certwright.policy.scopes import Scope
from tests.unit.pki.material import ED25519, NOW, P256, RSA_2048, key
from tests.unit.policy.material import names, policy, with_wildcards

SERVER: dict[str, object] = {"preset": "TLSServer"}
NO_DEFAULTS = IssuanceDefaults()
VALIDITY = Validity(NOW, NOW + timedelta(days=90))
SIGNATURE = frozenset({KeyUsage.DIGITAL_SIGNATURE})
BOTH = SIGNATURE | {KeyUsage.KEY_ENCIPHERMENT}
SERVER_AUTH = frozenset({ExtendedKeyUsage.SERVER_AUTH})


def csr(
    *alternative: str,
    subject: str = "",
    key_type: KeyType = P256,
    extensions: Sequence[x509.ExtensionType] = (),
    others: Sequence[x509.GeneralName] = (),
) -> CertificateSigningRequest:
    """Make a request for names and addresses, and whatever else."""
    general = [
        x509.IPAddress(ip_address(name))
        if name[-1].isdigit() or ":" in name
        else x509.DNSName(name)
        for name in alternative
    ]
    builder = x509.CertificateSigningRequestBuilder(x509.Name.from_rfc4514_string(subject))
    if general or others:
        builder = builder.add_extension(x509.SubjectAlternativeName([*general, *others]), False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    private = key(key_type, "leaf")
    signed = builder.sign(private, keys.signature_hash(private))
    return requests.parse(signed.public_bytes(Encoding.DER))


def refusals(
    request: CertificateSigningRequest,
    ordered: Sequence[Identifier],
    document: object = None,
    defaults: IssuanceDefaults = NO_DEFAULTS,
) -> list[str]:
    """Return the sentences of a refusal."""
    with pytest.raises(RequestRefused) as refused:
        prepare_leaf(policy(document or SERVER), defaults, request, ordered, VALIDITY)
    return [finding.message for finding in refused.value.findings]


@pytest.mark.parametrize("key_type", [RSA_2048, P256, ED25519], ids=str)
@pytest.mark.parametrize("client", ["lego", "cert-manager", "acme-tiny", "openssl"])
def test_what_clients_send_just_works_under_tls_server(client: str, key_type: KeyType) -> None:
    request = {
        # The first name is the common name, too; nothing is said of usages.
        "lego": lambda: csr("a.example", subject="CN=a.example", key_type=key_type),
        # An empty subject, both key usages whatever the key, no extended key usage.
        "cert-manager": lambda: csr(
            "a.example", key_type=key_type, extensions=[key_usage_extension(BOTH)]
        ),
        "acme-tiny": lambda: csr("a.example", key_type=key_type),
        "openssl": lambda: csr(subject="CN=A.Example", key_type=key_type),
    }[client]()
    contents = prepare_leaf(policy(SERVER), NO_DEFAULTS, request, names("a.example"), VALIDITY)
    rsa = key_type.algorithm is KeyAlgorithm.RSA
    assert contents.key_usages == (BOTH if rsa else SIGNATURE)
    assert contents.extended_key_usages == SERVER_AUTH
    assert contents.alternative_names.dns_names == ("a.example",)
    assert contents.subject.common_name in (None, "a.example")
    assert contents.public_key == request.public_key
    assert (contents.not_before, contents.not_after) == (NOW, NOW + timedelta(days=90))
    assert contents.crl_url is None


@pytest.mark.parametrize("key_type", [RSA_2048, P256], ids=str)
def test_what_certbot_itself_makes_just_works(key_type: KeyType) -> None:
    pem = crypto_util.make_csr(private_key_to_pem(key(key_type, "leaf")), ["a.example"])
    request = requests.parse(x509.load_pem_x509_csr(pem).public_bytes(Encoding.DER))
    contents = prepare_leaf(policy(SERVER), NO_DEFAULTS, request, names("a.example"), VALIDITY)
    assert contents.extended_key_usages == SERVER_AUTH


def test_the_names_are_the_orders_in_its_order() -> None:
    ordered = names("b.example", "192.0.2.1", "a.example", "2001:db8::1")
    request = csr("2001:db8::1", "A.example", "192.0.2.1", subject="CN=b.example")
    contents = prepare_leaf(
        policy(SERVER), NO_DEFAULTS, request, ordered, VALIDITY, "http://crl.example/1.crl"
    )
    assert contents.alternative_names.dns_names == ("b.example", "a.example")
    assert contents.alternative_names.ip_addresses == (
        ip_address("192.0.2.1"),
        ip_address("2001:db8::1"),
    )
    assert contents.crl_url == "http://crl.example/1.crl"


def test_a_wildcard_is_issued_where_it_is_allowed() -> None:
    request = csr("*.a.example", subject="CN=*.a.example")
    ordered = names("*.a.example")
    document = with_wildcards(["*.a.example"])
    contents = prepare_leaf(policy(document), NO_DEFAULTS, request, ordered, VALIDITY)
    assert contents.alternative_names.dns_names == ("*.a.example",)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        pytest.param(
            csr("a.example", "b.example"), ["asks for b.example, which is not"], id="more"
        ),
        pytest.param(csr("b.example"), ["asks for b.example", "lacks a.example"], id="other"),
        pytest.param(csr("*.a.example"), ["asks for *.a.example", "lacks a.example"], id="wide"),
        pytest.param(csr(), ["lacks a.example"], id="none"),
        pytest.param(
            csr("a.example", subject="CN=b.example"),
            ["common name 'b.example' is not a name of the order, which are: a.example"],
            id="common name",
        ),
        pytest.param(
            csr("a.example", subject="CN=Jane Roe"), ["common name 'Jane Roe'"], id="a person"
        ),
        pytest.param(
            csr("a.example", subject="CN=ä.example"), ["common name 'ä.example'"], id="not ASCII"
        ),
        pytest.param(csr("a.example", "192.0.2.1"), ["asks for 192.0.2.1"], id="address"),
        pytest.param(
            csr(
                "a.example",
                others=[
                    x509.RFC822Name("me@a.example"),
                    x509.UniformResourceIdentifier("spiffe://a.example/me"),
                ],
            ),
            ["e-mail address me@a.example", "URI spiffe://a.example/me, which no ACME order"],
            id="other kinds",
        ),
    ],
)
def test_other_names_than_the_orders_are_refused(
    request_: CertificateSigningRequest, said: list[str]
) -> None:
    messages = refusals(request_, names("a.example"))
    assert len(messages) == len(said)
    assert all(part in message for part, message in zip(said, messages, strict=True))


def test_everything_wrong_is_told_together() -> None:
    document = {
        "preset": "TLSServer",
        "allowed": {"commonName": {"values": []}, "dnsNames": {"values": ["b.example"]}},
        "constraints": {"privateKeys": [{"algorithm": "RSA", "minSize": 3072}]},
    }
    request = csr(
        "a.example",
        "c.example",
        subject="O=Evil,CN=a.example",
        extensions=[
            key_usage_extension({KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT}),
            extended_key_usage_extension({ExtendedKeyUsage.CODE_SIGNING}),
        ],
    )
    messages = refusals(request, names("a.example"), document)
    assert [message.replace(" of template pki/web, which are", "") for message in messages] == [
        "the CSR asks for c.example, which is not a name of the order: a.example",
        "a key of type ECDSA 256 is not in constraints.privateKeys: RSA from 3072",
        f"the key usage 'key agreement' is not in allowed.usages: {', '.join(sorted(BOTH))}",
        "the extended key usage 'code signing' is not in allowed.usages: server auth",
        "the common name a.example is not in allowed.commonName: nothing",
        "subject.organizations 'Evil' is not in allowed.subject.organizations: nothing",
        "a.example is not in allowed.dnsNames: b.example",
    ]


def test_policy_is_asked_again_about_the_orders_names() -> None:
    narrowed = policy(SERVER, Scope(dns_names=("b.example",), origin="grant g"))
    with pytest.raises(RequestRefused, match="grant g"):
        prepare_leaf(narrowed, NO_DEFAULTS, csr("a.example"), names("a.example"), VALIDITY)


DUAL: dict[str, object] = {"preset": "DualPurposeServer"}
CLIENT_DEFAULT = IssuanceDefaults(
    key_usages=(KeyUsage.DIGITAL_SIGNATURE,), extended_key_usages=(ExtendedKeyUsage.CLIENT_AUTH,)
)


@pytest.mark.parametrize(
    ("extensions", "defaults", "key_usages", "purposes"),
    [
        pytest.param([], NO_DEFAULTS, BOTH, {"server auth", "client auth"}, id="the preset's"),
        pytest.param([], CLIENT_DEFAULT, SIGNATURE, {"client auth"}, id="the profile's"),
        pytest.param(
            [
                key_usage_extension({KeyUsage.KEY_ENCIPHERMENT}),
                extended_key_usage_extension({ExtendedKeyUsage.SERVER_AUTH}),
            ],
            CLIENT_DEFAULT,
            {KeyUsage.KEY_ENCIPHERMENT},
            {"server auth"},
            id="the request's",
        ),
        pytest.param(
            [key_usage_extension(BOTH)], CLIENT_DEFAULT, BOTH, {"client auth"}, id="each its own"
        ),
    ],
)
def test_the_request_comes_before_the_profile_and_the_profile_before_the_preset(
    extensions: list[x509.ExtensionType],
    defaults: IssuanceDefaults,
    key_usages: frozenset[KeyUsage],
    purposes: set[str],
) -> None:
    request = csr("a.example", key_type=RSA_2048, extensions=extensions)
    contents = prepare_leaf(policy(DUAL), defaults, request, names("a.example"), VALIDITY)
    assert contents.key_usages == key_usages
    assert contents.extended_key_usages == purposes


def test_usages_that_a_key_cannot_have_are_dropped_before_policy_is_asked() -> None:
    document = {"preset": "TLSServer", "allowed": {"usages": ["digital signature", "server auth"]}}
    request = csr("a.example", key_type=P256, extensions=[key_usage_extension(BOTH)])
    contents = prepare_leaf(policy(document), NO_DEFAULTS, request, names("a.example"), VALIDITY)
    assert contents.key_usages == SIGNATURE
    rsa = csr("a.example", key_type=RSA_2048, extensions=[key_usage_extension(BOTH)])
    (message,) = refusals(rsa, names("a.example"), document)
    assert "'key encipherment' is not in allowed.usages" in message


def test_a_request_left_with_no_usage_is_supplied_with_some() -> None:
    only = key_usage_extension({KeyUsage.KEY_ENCIPHERMENT})
    request = csr("a.example", key_type=ED25519, extensions=[only])
    contents = prepare_leaf(policy(SERVER), NO_DEFAULTS, request, names("a.example"), VALIDITY)
    assert contents.key_usages == SIGNATURE


WITHOUT_PRESET: dict[str, object] = {
    "allowed": {"dnsNames": {"values": ["**"]}, "usages": ["digital signature", "server auth"]},
    "constraints": {"privateKeys": [{"algorithm": "ECDSA"}]},
}


def test_a_certificate_good_for_anything_is_not_issued() -> None:
    (message,) = refusals(csr("a.example"), names("a.example"), WITHOUT_PRESET)
    assert "no extended key usage" in message


def test_a_certificate_may_go_without_key_usages() -> None:
    defaults = IssuanceDefaults(extended_key_usages=(ExtendedKeyUsage.SERVER_AUTH,))
    contents = prepare_leaf(
        policy(WITHOUT_PRESET), defaults, csr("a.example"), names("a.example"), VALIDITY
    )
    assert contents.key_usages == frozenset()
    assert contents.extended_key_usages == SERVER_AUTH


SUBJECTS: dict[str, object] = {
    "preset": "TLSServer",
    "allowed": {
        "subject": {
            "organizations": {"values": ["Acme*"]},
            "countries": {"values": ["DE", "FR"]},
            "serialNumber": {"values": ["*"]},
        }
    },
    "denied": {"subject": {"organizations": {"values": ["Acme Evil*"]}}},
}


def test_a_subject_is_the_requests_filled_by_the_profiles() -> None:
    defaults = IssuanceDefaults(
        subject=SubjectValues(organizations=("Acme",), countries=("FR",), serial_number=("17",))
    )
    request = csr("a.example", subject="O=Acme Web,CN=a.example")
    contents = prepare_leaf(policy(SUBJECTS), defaults, request, names("a.example"), VALIDITY)
    assert contents.subject.organizations == ("Acme Web",)
    assert contents.subject.countries == ("FR",)
    assert contents.subject.serial_number == "17"
    assert contents.subject.common_name == "a.example"


def test_each_attribute_of_a_subject_is_asked_about() -> None:
    request = csr("a.example", subject="C=US,ST=Bavaria,O=Acme Evil,OU=acme,CN=a.example")
    messages = refusals(request, names("a.example"), SUBJECTS)
    assert [message.partition(" is ")[0] for message in messages] == [
        "subject.organizations 'Acme Evil'",
        "subject.organizationalUnits 'acme'",
        "subject.countries 'US'",
        "subject.provinces 'Bavaria'",
    ]
    assert "is denied by 'Acme Evil*' in denied.subject.organizations" in messages[0]


def test_a_default_subject_must_be_allowed_too() -> None:
    defaults = IssuanceDefaults(subject=SubjectValues(organizations=("Other",)))
    (message,) = refusals(csr("a.example"), names("a.example"), SUBJECTS, defaults)
    assert "subject.organizations 'Other'" in message


def test_a_default_subject_that_no_certificate_can_hold_is_none() -> None:
    with pytest.raises(ValueError, match="country 'Germany'"):
        IssuanceDefaults(subject=SubjectValues(countries=("Germany",)))


@pytest.mark.parametrize(
    ("allowed", "denied", "name", "permitted"),
    [
        pytest.param(["**.example"], [], "a.b.example", True, id="a pattern of names"),
        pytest.param(["*.example"], [], "a.b.example", False, id="one label"),
        pytest.param(["*"], [], "a.b.example", True, id="a star alone is anything"),
        pytest.param(["*"], [], "192.0.2.1", True, id="an address, too"),
        pytest.param(["192.0.2.*"], [], "192.0.2.1", True, id="addresses"),
        pytest.param(["192.0.2.*"], [], "198.51.100.1", False, id="other addresses"),
        pytest.param(["2001:db8:*"], [], "2001:db8::1", True, id="a pattern of values"),
        pytest.param(["2001:db8:*"], [], "a.example", False, id="values, not names"),
        pytest.param(["**"], ["**.example"], "a.b.example", False, id="denied"),
        pytest.param(["**"], ["**.other"], "a.b.example", True, id="another denied"),
        pytest.param(["*"], ["2001:*"], "2001:db8::1", False, id="a denied value"),
        pytest.param(["**.b.example"], [], "*.b.example", True, id="wildcard"),
        pytest.param(["a.b.example"], [], "*.b.example", False, id="wildcard too wide"),
        pytest.param(["**"], ["a.b.example"], "*.b.example", False, id="wildcard over denied"),
    ],
)
def test_a_common_name_is_asked_about(
    allowed: list[str], denied: list[str], name: str, permitted: bool
) -> None:
    document = {
        "preset": "TLSServer",
        "allowed": {
            "commonName": {"values": allowed},
            "dnsNames": {"values": ["**"], "wildcards": "Allowed"},
        },
        "denied": {"commonName": {"values": denied}},
    }
    common_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = csr(name, subject=common_name.rfc4514_string())
    if permitted:
        decided = policy(document)
        contents = prepare_leaf(decided, NO_DEFAULTS, request, names(name), VALIDITY)
        assert contents.subject.common_name == name
    else:
        assert "commonName" in " ".join(refusals(request, names(name), document))
