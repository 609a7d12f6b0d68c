"""The four kinds: what documents they take, and what their fields mean."""

import re
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from certwright.resources.authority import AuthoritySpec, CertificateAuthority, PrivateKey
from certwright.resources.credential import EABCredential
from certwright.resources.keys import KeyAlgorithm
from certwright.resources.kinds import KINDS
from certwright.resources.metadata import ObjectKey
from certwright.resources.model import camel_case
from certwright.resources.profile import CertificateProfile, ChallengeType, Validation
from certwright.resources.rule import example_document
from certwright.resources.status import AuthorityStatus, ConditionStatus
from certwright.resources.template import CertificateTemplate, Preset, Wildcards
from certwright.resources.usages import Usage
from certwright.resources.validation import InvalidResource, parse_resource

AUTHORITY = """
apiVersion: certwright.dev/v1alpha1
kind: CertificateAuthority
metadata: {name: issuing, namespace: pki, uid: u-1, generation: 3, resourceVersion: "7"}
spec:
  intermediate: {authorityRef: {name: root}}
  commonName: Acme Issuing
  subject: {organizations: [Acme], countries: [NZ], serialNumber: A-1}
  privateKey: {algorithm: RSA, size: 3072, generate: Never}
  duration: 43800h
  renewBefore: 8760h
  maxPathLength: 0
  nameConstraints:
    permitted: {dnsDomains: [acme.com], ipRanges: [192.0.2.0/24], emailAddresses: [acme.com]}
    excluded: {uriDomains: [.mgmt.acme.com]}
  state: Retired
  crl: {url: "http://crl.acme.example/issuing.crl"}
  allowedNamespaces: {from: Selector, selector: {matchLabels: {team: "true"}}}
  deletionPolicy: Delete
"""

IMPORTED = """
apiVersion: certwright.dev/v1alpha1
kind: CertificateAuthority
metadata: {name: issuing, namespace: pki}
spec:
  imported: {secretRef: {name: acme-ca}}
  renewBefore: 8760h
  crl: {url: "http://crl.acme.example/issuing.crl"}
"""

TEMPLATE = """
apiVersion: certwright.dev/v1alpha1
kind: CertificateTemplate
metadata: {name: web-server, namespace: pki}
spec:
  preset: TLSServer
  allowed:
    commonName: {values: ["**.acme.com"]}
    subject: {organizations: {values: [Acme*]}}
    dnsNames: {values: ["*.acme.com"], wildcards: Allowed}
    ipAddresses: {cidrs: [192.0.2.0/24]}
    emailAddresses: {values: ["*@acme.com"]}
    uris: {values: ["spiffe://acme/*"]}
    usages: [digital signature, server auth]
  denied: {dnsNames: {values: ["**.mgmt.acme.com"]}}
  constraints:
    maxDuration: 8760h
    privateKeys: [{algorithm: RSA, minSize: 2048}, {algorithm: ECDSA}]
"""

PROFILE = """
apiVersion: certwright.dev/v1alpha1
kind: CertificateProfile
metadata: {name: web, namespace: pki}
spec:
  issuer: {authorityRef: {name: issuing}}
  templateRef: {name: web-server}
  defaults: {duration: 1128h, usages: [server auth], subject: {organizations: [Acme]}}
  acme: {challenges: [http-01], externalAccountBinding: Optional, hostname: Web.Acme.example}
  grants:
  - name: teams
    namespaces: {from: All}
    dnsNames: {values: ["**.${namespace}.acme.com"], wildcards: Forbidden}
    ipAddresses: {cidrs: [192.0.2.0/24]}
    validation: Skip
    maxAccounts: 5
"""

CREDENTIAL = """
apiVersion: certwright.dev/v1alpha1
kind: EABCredential
metadata: {name: default, namespace: team-a}
spec:
  profileRef: {name: web, namespace: pki}
  secretName: team-a-eab
  dnsNames: {values: ["*.team-a.acme.com"]}
  expirationTime: "2027-01-01T00:00:00Z"
  suspend: true
  rotation: {revision: 2, overlap: 12h}
  rejectAccountsBeforeTime: "2026-11-20T00:00:00Z"
"""


def _load(text: str) -> Any:
    return parse_resource(yaml.safe_load(text))


def test_an_authority_has_what_its_document_says() -> None:
    authority = _load(AUTHORITY)
    assert isinstance(authority, CertificateAuthority)
    assert authority.key == ObjectKey("pki", "issuing")
    assert (authority.metadata.uid, authority.metadata.generation) == ("u-1", 3)
    spec = authority.spec
    assert spec.subject.countries == ("NZ",)
    assert spec.private_key.algorithm is KeyAlgorithm.RSA
    assert (spec.duration, spec.effective_renew_before) == (timedelta(1825), timedelta(365))
    assert spec.name_constraints is not None
    assert spec.name_constraints.permitted is not None
    assert spec.name_constraints.permitted.ip_ranges == (ip_network("192.0.2.0/24"),)
    assert spec.max_path_length == 0


def test_an_imported_authority_names_its_secret_and_leaves_the_rest_to_that() -> None:
    authority = _load(IMPORTED)
    assert isinstance(authority, CertificateAuthority)
    assert authority.spec.imported is not None
    assert authority.spec.imported.secret_ref.name == "acme-ca"
    assert authority.spec.common_name is None


def test_a_template_has_what_its_document_says() -> None:
    template = _load(TEMPLATE)
    assert isinstance(template, CertificateTemplate)
    allowed = template.spec.allowed
    assert template.spec.preset is Preset.TLS_SERVER
    assert allowed.dns_names is not None
    assert allowed.dns_names.wildcards is Wildcards.ALLOWED
    assert allowed.usages == (Usage.DIGITAL_SIGNATURE, Usage.SERVER_AUTH)
    assert template.spec.denied.ip_addresses is None


def test_a_profile_has_what_its_document_says() -> None:
    profile = _load(PROFILE)
    assert isinstance(profile, CertificateProfile)
    assert profile.spec.acme.challenges == (ChallengeType.HTTP_01,)
    assert profile.spec.acme.hostname == "web.acme.example"
    assert profile.spec.grants is not None
    assert profile.spec.grants[0].validation is Validation.SKIP


def test_a_credential_has_what_its_document_says() -> None:
    credential = _load(CREDENTIAL)
    assert isinstance(credential, EABCredential)
    assert credential.key_id == "team-a.default"
    assert credential.secret_name == "team-a-eab"
    assert credential.spec.expiration_time == datetime(2027, 1, 1, tzinfo=UTC)
    assert credential.spec.rotation.overlap == timedelta(hours=12)


@pytest.mark.parametrize("text", [AUTHORITY, IMPORTED, TEMPLATE, PROFILE, CREDENTIAL])
def test_an_object_is_written_as_a_document_that_reads_the_same(text: str) -> None:
    resource = _load(text)
    document = resource.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    written = {"apiVersion": resource.api_version, "kind": resource.kind, **document}
    assert parse_resource(written) == resource


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_is_frozen(kind: str) -> None:
    resource = parse_resource(example_document(kind, "spec", {}))
    with pytest.raises(ValidationError, match="frozen"):
        resource.spec = resource.spec  # type: ignore[misc]


def test_a_credential_s_secret_is_named_after_it_unless_it_says_otherwise() -> None:
    credential = parse_resource(example_document("EABCredential", "spec", {}))
    assert isinstance(credential, EABCredential)
    assert credential.secret_name == "example"


@pytest.mark.parametrize(
    ("algorithm", "size"),
    [(KeyAlgorithm.RSA, 2048), (KeyAlgorithm.ECDSA, 256), (KeyAlgorithm.ED25519, None)],
)
def test_a_key_without_a_size_has_its_algorithm_s_default(
    algorithm: KeyAlgorithm, size: int | None
) -> None:
    assert PrivateKey(algorithm=algorithm).effective_size == size
    assert PrivateKey(algorithm=KeyAlgorithm.RSA, size=4096).effective_size == 4096


def test_an_authority_is_renewed_a_fifth_of_its_duration_before_its_end_by_default() -> None:
    spec = AuthoritySpec(common_name="Acme", duration=timedelta(days=50))
    assert spec.effective_renew_before == timedelta(days=10)


def test_a_constrained_dns_domain_begins_with_no_dot_as_no_certificate_of_ours_could_say_it() -> (
    None
):
    with pytest.raises(InvalidResource, match=r"permitted.dnsDomains\[0\]: a label is empty"):
        _load(AUTHORITY.replace("dnsDomains: [acme.com]", "dnsDomains: [.acme.com]"))


@pytest.mark.parametrize(
    "url", ["ldap://a/", "http://:80/", "http://[::/", "http://a/x^y", "http://a b/", "http://a/\n"]
)
def test_a_revocation_list_is_at_an_absolute_url(url: str) -> None:
    document = example_document("CertificateAuthority", "spec", {"crl": {"url": url}})
    with pytest.raises(InvalidResource, match=r"spec\.crl\.url: must be an absolute URL"):
        parse_resource(document)


@pytest.mark.parametrize(
    "url", ["http://a", "https://crl.a.b:8080/x%20?y=z", "http://[2001:db8::1]/"]
)
def test_a_revocation_list_may_be_anywhere_on_the_web(url: str) -> None:
    parse_resource(example_document("CertificateAuthority", "spec", {"crl": {"url": url}}))


def test_grants_omitted_and_no_grants_are_different() -> None:
    unset = parse_resource(example_document("CertificateProfile", "spec", {}))
    null = parse_resource(
        {**example_document("CertificateProfile", "spec", {}), "spec": {**_SPEC, "grants": None}}
    )
    empty = parse_resource(example_document("CertificateProfile", "spec", {"grants": []}))
    assert isinstance(unset, CertificateProfile)
    assert isinstance(empty, CertificateProfile)
    assert unset.spec.grants is None
    assert null == unset
    assert empty.spec.grants == ()


_SPEC = {"issuer": {"selfSigned": {}}, "templateRef": {"name": "web"}}


def test_documents_know_the_names_of_the_api_only() -> None:
    document = example_document("CertificateAuthority", "spec", {"common_name": "Acme"})
    with pytest.raises(Exception, match="did you mean commonName"):
        parse_resource(document)


def test_a_status_finds_its_conditions_and_survives_unknown_members() -> None:
    condition = {
        "type": "Ready",
        "status": "True",
        "lastTransitionTime": "2026-11-20T00:00:00Z",
        "reason": "Issued",
        "message": "",
        "severity": "none",
    }
    status = AuthorityStatus.model_validate({"conditions": [condition], "phase": "x"})
    ready = status.condition("Ready")
    assert ready is not None
    assert ready.status is ConditionStatus.TRUE
    assert status.condition("Stalled") is None


def test_annotations_are_not_in_the_repr() -> None:
    document = example_document("EABCredential", "spec", {})
    document["metadata"]["annotations"] = {"note": "hidden words"}
    assert "hidden words" not in repr(parse_resource(document))


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("dns_names", "dnsNames"),
        ("directory_url", "directoryURL"),
        ("key_id", "keyID"),
        ("url", "url"),
        ("reject_accounts_before_time", "rejectAccountsBeforeTime"),
    ],
)
def test_names_are_spelled_as_the_api_conventions_want_them(name: str, spelled: str) -> None:
    assert camel_case(name) == spelled


def test_the_usages_are_those_of_leaf_certificates() -> None:
    assert not [usage for usage in Usage if re.search("sign$|any", usage)]
