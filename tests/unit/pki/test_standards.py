"""Every certificate holds before verifiers and linters written elsewhere."""

from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from certwright.pki import usages
from certwright.pki.authorities import Issuer
from certwright.pki.certificates import LeafContents, random_serial
from certwright.pki.chains import verify_chain
from certwright.pki.constraints import NameConstraints, NameSubtrees
from certwright.pki.keys import KEY_TYPES, KeyType
from certwright.pki.names import SubjectAlternativeNames
from certwright.pki.subjects import Subject
from certwright.pki.usages import KeyUsage
from tests.unit.pki import verifiers
from tests.unit.pki.material import (
    EVERY_TYPE,
    LEAF,
    NOW,
    P256,
    authority,
    below,
    key,
    leaf,
    leaf_named,
    root,
)

TYPES = [pytest.param(key_type, id=name) for key_type, name in EVERY_TYPE]
CONSTRAINTS = NameConstraints(
    permitted=NameSubtrees(
        dns_domains=("example.com",),
        ip_ranges=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")),
        email_addresses=("example.com",),
        uri_domains=(".example.com",),
    ),
    excluded=NameSubtrees(dns_domains=("mgmt.example.com",)),
)


def every_usage(key_type: KeyType) -> LeafContents:
    leaf_usages = frozenset(KeyUsage) - usages.AUTHORITY_USAGES - {KeyUsage.DECIPHER_ONLY}
    return replace(
        LEAF,
        public_key=key(key_type, "leaf").public_key(),
        key_usages=usages.fitting(leaf_usages, key_type),
    )


def chain_of_depth(depth: int, first: int) -> Issuer:
    """Return an issuer below depth - 2 others, each of the next key type."""
    kinds = [KEY_TYPES[(first + step) % len(KEY_TYPES)] for step in range(depth - 1)]
    issuer = root(kinds[0])
    for step, kind in enumerate(kinds[1:]):
        contents = authority(f"Level {step}", max_path_length=depth - 3 - step, years=5)
        issuer = below(issuer, kind, contents)
    return issuer


@pytest.mark.parametrize("issuer_type", TYPES)
@pytest.mark.parametrize("leaf_type", TYPES)
def test_a_leaf_of_any_key_type_verifies_under_an_issuer_of_any_key_type(
    issuer_type: KeyType, leaf_type: KeyType, tmp_path: Path
) -> None:
    issuer = root(issuer_type)
    certificate = leaf(issuer, every_usage(leaf_type), random_serial())
    assert verifiers.openssl_verify(tmp_path, certificate, issuer.path) == ""
    assert verify_chain(certificate, issuer.path, [issuer.root], NOW) == ()


@pytest.mark.parametrize("depth", [3, 4])
@pytest.mark.parametrize("first", range(len(KEY_TYPES)))
def test_chains_of_mixed_key_types_verify(depth: int, first: int, tmp_path: Path) -> None:
    issuer = chain_of_depth(depth, first)
    certificate = leaf(issuer)
    assert len(issuer.path) == depth - 1
    assert verifiers.openssl_verify(tmp_path, certificate, issuer.path) == ""
    assert verify_chain(certificate, issuer.path[:-1], [issuer.root], NOW) == ()


# The library's verifier takes no Ed25519 and demands webpki algorithms.
@pytest.mark.parametrize("first", range(len(KEY_TYPES) - 3))
def test_a_tls_client_accepts_a_server_certificate(first: int) -> None:
    issuer = chain_of_depth(4, first)
    verifiers.verify_tls_server(leaf(issuer), issuer.path, "www.example.com")


@pytest.mark.parametrize("key_type", TYPES)
def test_pkilint_finds_nothing_in_a_leaf(key_type: KeyType) -> None:
    issuer = root(key_type)
    certificate = leaf(issuer, every_usage(key_type), random_serial())
    assert verifiers.lint(certificate) == []
    assert verifiers.lint_pair(issuer.certificate, certificate) == []


@pytest.mark.parametrize("key_type", TYPES)
def test_pkilint_finds_nothing_in_authorities(key_type: KeyType) -> None:
    top = root(key_type, authority("Root", max_path_length=1, constraints=CONSTRAINTS))
    contents = replace(authority("Issuing", 0, CONSTRAINTS, 5), crl_url="http://crl.example.com/a")
    issuing = below(top, key_type, contents)
    assert verifiers.lint(top.certificate) == []
    assert verifiers.lint(issuing.certificate) == []
    assert verifiers.lint_pair(top.certificate, issuing.certificate) == []


def test_pkilint_finds_nothing_in_a_leaf_with_every_kind_of_content() -> None:
    subject = Subject(
        common_name="Jörg Müller",
        organizations=("Acme", "Beta"),
        countries=("CH",),
        organizational_units=("Research",),
        localities=("Zürich",),
        provinces=("ZH",),
        street_addresses=("Bahnhofstrasse 1",),
        postal_codes=("8001",),
        serial_number="A-17",
    )
    names = SubjectAlternativeNames(
        dns_names=("www.example.com", "xn--bcher-kva.example.com"),
        ip_addresses=(ip_address("192.0.2.1"), ip_address("2001:db8::1")),
        email_addresses=("me@example.com",),
        uris=("https://www.example.com/path",),
    )
    contents = replace(
        LEAF, subject=subject, alternative_names=names, crl_url="http://crl.example.com/a.crl"
    )
    assert verifiers.lint(leaf(root(), contents)) == []


def test_pkilint_finds_nothing_in_a_leaf_without_subject(tmp_path: Path) -> None:
    issuer = root()
    certificate = leaf_named(issuer, SubjectAlternativeNames(dns_names=("www.example.com",)))
    assert verifiers.lint(certificate) == []
    assert verifiers.openssl_verify(tmp_path, certificate, issuer.path) == ""


def test_a_wildcard_is_all_that_pkilint_minds() -> None:
    """RFC 5280 section 4.2.1.6 leaves wildcards to the applications; RFC 9525 defines them."""
    names = SubjectAlternativeNames(dns_names=("*.example.com",))
    issuer = root(P256)
    certificate = leaf_named(issuer, names)
    assert [finding.split(" ")[0] for finding in verifiers.lint(certificate)] == [
        "pkix.invalid_domain_name_syntax"
    ]
    verifiers.verify_tls_server(certificate, issuer.path, "www.example.com")


def test_the_linter_is_awake() -> None:
    """A certificate with two faults is found out, so that silence means something."""
    top = root()
    stranger = root(owner="stranger", contents=authority("Stranger"))
    assert verifiers.lint_pair(stranger.certificate, leaf(top)) != []
