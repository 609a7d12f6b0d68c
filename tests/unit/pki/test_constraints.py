import re
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.pki import keys
from certwright.pki.authorities import Issuer
from certwright.pki.constraints import InvalidNameConstraints, NameConstraints, NameSubtrees
from certwright.pki.names import SubjectAlternativeNames
from certwright.pki.subjects import Subject
from tests.unit.pki.material import LEAF, authority, leaf, leaf_named, only, root
from tests.unit.pki.verifiers import openssl_verify

Names = SubjectAlternativeNames


def permitted(**subtrees: Any) -> NameConstraints:
    return NameConstraints(permitted=NameSubtrees(**subtrees))


def excluded(**subtrees: Any) -> NameConstraints:
    return NameConstraints(excluded=NameSubtrees(**subtrees))


def dns(*names: str) -> Names:
    return Names(dns_names=names)


def ip(*addresses: str) -> Names:
    return Names(ip_addresses=tuple(map(ip_address, addresses)))


def email(*addresses: str) -> Names:
    return Names(email_addresses=addresses)


def uri(*uris: str) -> Names:
    return Names(uris=uris)


ACME = permitted(dns_domains=("example.com",))
NOT_MGMT = excluded(dns_domains=("mgmt.example.com",))
NETWORKS = permitted(ip_ranges=(ip_network("192.0.2.0/24"),))
MAIL = permitted(email_addresses=("example.com", ".sub.example.com", "me@else.example"))
HOSTS = permitted(uri_domains=("host.example.com", ".sub.example.com"))

ALLOWED = [
    (ACME, dns("example.com")),
    (ACME, dns("www.example.com", "a.b.example.com")),
    (ACME, dns("*.example.com")),
    (ACME, ip("192.0.2.1")),
    (ACME, email("me@else.example")),
    (ACME, uri("urn:uuid:1")),
    (NOT_MGMT, dns("example.com", "xmgmt.example.com", "*.www.example.com")),
    (permitted(dns_domains=("",)), dns("any.example")),
    (permitted(dns_domains=(".example.com",)), dns("www.example.com")),
    (NETWORKS, ip("192.0.2.0", "192.0.2.255")),
    (NETWORKS, dns("any.example")),
    (permitted(ip_ranges=(ip_network("2001:db8::/32"),)), ip("2001:db8::1")),
    (excluded(ip_ranges=(ip_network("192.0.2.0/24"),)), ip("192.0.3.1", "2001:db8::1")),
    (MAIL, email("you@example.com", "a@b.sub.example.com", "me@else.example")),
    (excluded(email_addresses=(".example.com",)), email("me@example.com")),
    (HOSTS, uri("https://host.example.com/a", "http://x.sub.example.com:8080/b")),
    (excluded(uri_domains=(".example.com",)), uri("https://example.com/")),
]
REFUSED = [
    (ACME, dns("example.org"), "'example.org' is outside of what is permitted: 'example.com'"),
    (ACME, dns("badexample.com"), "'badexample.com' is outside"),
    (ACME, dns("com"), "'com' is outside"),
    (ACME, dns("*.com"), "'*.com' is outside"),
    (NOT_MGMT, dns("mgmt.example.com"), "is within the excluded 'mgmt.example.com'"),
    (NOT_MGMT, dns("a.mgmt.example.com"), "is within the excluded"),
    (NOT_MGMT, dns("*.mgmt.example.com"), "is within the excluded"),
    (excluded(dns_domains=("",)), dns("any.example"), "is within the excluded ''"),
    (permitted(dns_domains=(".example.com",)), dns("example.com"), "'example.com' is outside"),
    (NETWORKS, ip("192.0.3.1"), "'192.0.3.1' is outside of what is permitted: '192.0.2.0/24'"),
    (NETWORKS, ip("2001:db8::1"), "'2001:db8::1' is outside"),
    (permitted(ip_ranges=(ip_network("2001:db8::/32"),)), ip("192.0.2.1"), "is outside"),
    (excluded(ip_ranges=(ip_network("192.0.2.0/24"),)), ip("192.0.2.9"), "within the excluded"),
    (MAIL, email("me@x.example.com"), "'me@x.example.com' is outside"),
    (MAIL, email("a@sub.example.com"), "'a@sub.example.com' is outside"),
    (MAIL, email("Me@else.example"), "'Me@else.example' is outside"),
    (excluded(email_addresses=("me@a.example",)), email("me@A.example"), "within the excluded"),
    (excluded(email_addresses=(".a.example",)), email("me@b.a.example"), "within the excluded"),
    (HOSTS, uri("https://www.host.example.com/"), "is outside"),
    (HOSTS, uri("https://sub.example.com/"), "is outside"),
    (HOSTS, uri("urn:uuid:1"), "has no plain host name"),
    (HOSTS, uri("https://192.0.2.1/"), "has no plain host name"),
    (HOSTS, uri("https://x@host.example.com/"), "has no plain host name"),
    (excluded(uri_domains=("a.example",)), uri("https://A.example/"), "within the excluded"),
]


def constrained_and_free(constraints: NameConstraints) -> tuple[Issuer, Issuer]:
    """Return a constrained root and one of the same name and key, which signs what it may not."""
    free = root(contents=authority("Constrained"))
    certificate = free.certificate
    constrained = x509.CertificateBuilder(
        issuer_name=certificate.issuer,
        subject_name=certificate.subject,
        public_key=free.key.public_key(),
        serial_number=2,
        not_valid_before=certificate.not_valid_before_utc,
        not_valid_after=certificate.not_valid_after_utc,
        extensions=list(certificate.extensions),
    ).add_extension(constraints.to_x509(), critical=True)
    return Issuer(constrained.sign(free.key, keys.signature_hash(free.key)), free.key, ()), free


@pytest.mark.parametrize(("constraints", "names"), ALLOWED)
def test_allowed_names_pass_here_and_in_openssl(
    constraints: NameConstraints, names: Names, tmp_path: Path
) -> None:
    constrained, _ = constrained_and_free(constraints)
    assert constraints.violations(names) == ()
    certificate = leaf_named(constrained, names)
    assert openssl_verify(tmp_path, certificate, constrained.path) == ""


@pytest.mark.parametrize(("constraints", "names", "sentence"), REFUSED)
def test_other_names_are_refused_here_and_by_openssl(
    constraints: NameConstraints, names: Names, sentence: str, tmp_path: Path
) -> None:
    constrained, free = constrained_and_free(constraints)
    assert any(sentence in finding for finding in constraints.violations(names))
    certificate = leaf_named(free, names)
    complaint = openssl_verify(tmp_path, certificate, constrained.path)
    # Permitted or excluded subtree violation, unsupported name syntax.
    assert re.search(r"error (47|48|53) at 0 depth", complaint)


@pytest.mark.parametrize(
    ("domain", "name", "stricter"),
    [
        ("www.example.com", "*.example.com", True),
        ("example.com", "*.com", True),
        ("a.www.example.com", "*.example.com", False),
    ],
)
def test_a_wildcard_that_serves_for_an_excluded_name_is_refused_though_openssl_takes_it(
    domain: str, name: str, stricter: bool, tmp_path: Path
) -> None:
    constraints = excluded(dns_domains=(domain,))
    constrained, free = constrained_and_free(constraints)
    assert bool(constraints.violations(dns(name))) is stricter
    certificate = leaf_named(free, dns(name))
    assert openssl_verify(tmp_path, certificate, constrained.path) == ""


def test_a_uri_whose_host_openssl_misreads_is_refused_though_openssl_takes_it(
    tmp_path: Path,
) -> None:
    constrained, free = constrained_and_free(HOSTS)
    names = uri("https://else.example?.sub.example.com")
    assert "has no plain host name" in HOSTS.violations(names)[0]
    assert openssl_verify(tmp_path, leaf_named(free, names), constrained.path) == ""


@pytest.mark.parametrize(
    ("common_name", "violates"),
    [
        ("www.example.org", True),
        ("WWW.example.com", False),
        ("example", False),
        ("Web server. No. 1", False),
    ],
)
def test_a_common_name_that_reads_as_a_dns_name_is_constrained_as_in_openssl(
    common_name: str, violates: bool, tmp_path: Path
) -> None:
    constrained, free = constrained_and_free(ACME)
    assert bool(ACME.violations(Names(), common_name)) is violates
    contents = replace(LEAF, subject=Subject(common_name=common_name), alternative_names=Names())
    complaint = openssl_verify(tmp_path, leaf(free, contents), constrained.path)
    assert bool(complaint) is violates


def test_a_name_that_is_also_the_common_name_is_told_once() -> None:
    assert len(ACME.violations(dns("a.example.org"), "A.example.org")) == 1


def test_every_violation_is_told() -> None:
    both = NameConstraints(ACME.permitted, excluded(ip_ranges=(ip_network("::/0"),)).excluded)
    names = Names(dns_names=("a.example", "b.example"), ip_addresses=(ip_address("::1"),))
    assert len(both.violations(names)) == 3


domains = st.sampled_from(["a", "b.a", "c.a", "b.b.a", ".a", ".b.a", ""])
subtrees = st.lists(domains, max_size=2).map(lambda found: NameSubtrees(tuple(found)))
host = st.sampled_from(["a", "b.a", "c.a", "b.b.a", "c.b.a", "xb.a", "b", "*.a", "*.b.a", "*.c.a"])


@settings(max_examples=60)
@given(subtrees, subtrees, st.lists(host, min_size=1, max_size=2))
def test_what_passes_here_passes_in_openssl(
    tmp_path_factory: pytest.TempPathFactory,
    allowed: NameSubtrees,
    denied: NameSubtrees,
    names: list[str],
) -> None:
    if allowed.is_empty and denied.is_empty:
        return
    constraints = NameConstraints(allowed, denied)
    constrained, free = constrained_and_free(constraints)
    folder = tmp_path_factory.mktemp("names")
    complaint = openssl_verify(folder, leaf_named(free, dns(*names)), constrained.path)
    violations = constraints.violations(dns(*names))
    if not any("*" in name for name in names):
        assert bool(violations) == bool(complaint)
    assert violations or not complaint


OUTER = NameConstraints(
    NameSubtrees(("example.com",), (ip_network("192.0.2.0/24"),), (".a.example",), (".a.example",)),
    NameSubtrees(("mgmt.example.com",)),
)


@pytest.mark.parametrize(
    "inner",
    [
        permitted(dns_domains=("example.com",)),
        permitted(dns_domains=("a.example.com", ".example.com", ".a.example.com")),
        permitted(ip_ranges=(ip_network("192.0.2.128/25"),)),
        permitted(email_addresses=("me@b.a.example", "b.a.example", ".a.example", ".b.a.example")),
        permitted(uri_domains=("b.a.example", ".b.a.example")),
        excluded(dns_domains=("else.example",)),
    ],
)
def test_narrower_constraints_are_within_wider_ones(inner: NameConstraints) -> None:
    assert inner.findings_within(OUTER) == ()


@pytest.mark.parametrize(
    ("inner", "sentence"),
    [
        (permitted(dns_domains=("com",)), "permitted DNS name 'com' is outside"),
        (permitted(dns_domains=("",)), "permitted DNS name '' is outside"),
        (permitted(dns_domains=(".com",)), "permitted DNS name '.com' is outside"),
        (permitted(dns_domains=("a.mgmt.example.com",)), "is within the excluded"),
        (permitted(ip_ranges=(ip_network("192.0.0.0/16"),)), "'192.0.0.0/16' is outside"),
        (permitted(ip_ranges=(ip_network("2001:db8::/32"),)), "'2001:db8::/32' is outside"),
        (permitted(email_addresses=("a.example",)), "'a.example' is outside"),
        (permitted(email_addresses=("me@a.example",)), "'me@a.example' is outside"),
        (permitted(email_addresses=(".example",)), "'.example' is outside"),
        (permitted(uri_domains=("a.example",)), "'a.example' is outside"),
    ],
)
def test_wider_constraints_are_not(inner: NameConstraints, sentence: str) -> None:
    (finding,) = inner.findings_within(OUTER)
    assert sentence in finding


def test_constraints_survive_their_extension() -> None:
    assert NameConstraints.from_x509(OUTER.to_x509()) == OUTER
    assert NameConstraints.from_x509(NOT_MGMT.to_x509()) == NOT_MGMT


def test_domains_are_kept_in_lower_case() -> None:
    assert only("EXAMPLE.com") == only("example.com")


@pytest.mark.parametrize(
    "subtrees",
    [
        {"dns_domains": ("*.example.com",)},
        {"dns_domains": ("a_b.example",)},
        {"dns_domains": (".",)},
        {"email_addresses": ("",)},
        {"email_addresses": ("a b@example.com",)},
        {"uri_domains": ("",)},
        {"uri_domains": ("https://example.com",)},
    ],
)
def test_malformed_subtrees_are_refused(subtrees: dict[str, Any]) -> None:
    with pytest.raises(InvalidNameConstraints, match="a name constraint is malformed"):
        NameSubtrees(**subtrees)


def test_constraints_that_say_nothing_are_refused() -> None:
    with pytest.raises(InvalidNameConstraints, match="must permit or exclude something"):
        NameConstraints()


def test_constraints_that_cannot_be_enforced_are_refused() -> None:
    extension = x509.NameConstraints([x509.DirectoryName(x509.Name([]))], None)
    with pytest.raises(InvalidNameConstraints, match="is of type DirectoryName; possible: DNS"):
        NameConstraints.from_x509(extension)


def test_root_without_constraints_has_none_in_its_certificate() -> None:
    assert "nameConstraints" not in str(root().certificate.extensions)
