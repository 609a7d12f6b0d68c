from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509

from certwright.pki import extensions, keys, usages
from certwright.pki.certificates import LeafRefused, PreparedIssuer, random_serial
from certwright.pki.keys import KeyType
from certwright.pki.names import InvalidName, SubjectAlternativeNames
from certwright.pki.subjects import Subject
from certwright.pki.usages import ExtendedKeyUsage, KeyUsage
from certwright.pki.validity import InvalidValidity
from tests.unit.pki.material import (
    ED25519,
    EVERY_TYPE,
    LEAF,
    NOW,
    P256,
    YEAR,
    authority,
    below,
    key,
    leaf,
    only,
    root,
)


def test_a_leaf_says_what_it_was_told_and_nothing_more() -> None:
    certificate = leaf(root(), serial=77)
    assert certificate.serial_number == 77
    assert certificate.version is x509.Version.v3
    assert certificate.public_key() == LEAF.public_key
    assert Subject.from_x509(certificate.subject) == LEAF.subject
    assert certificate.not_valid_before_utc == LEAF.not_before
    assert certificate.not_valid_after_utc == LEAF.not_after
    found = {type(extension.value): extension for extension in certificate.extensions}
    assert {kind: extension.critical for kind, extension in found.items()} == {
        x509.KeyUsage: True,
        x509.ExtendedKeyUsage: False,
        x509.BasicConstraints: True,
        x509.SubjectKeyIdentifier: False,
        x509.AuthorityKeyIdentifier: False,
        x509.SubjectAlternativeName: False,
    }
    assert found[x509.BasicConstraints].value == x509.BasicConstraints(ca=False, path_length=None)


def test_names_and_usages_are_those_asked_for() -> None:
    found = leaf(root()).extensions
    names = extensions.find(found, x509.SubjectAlternativeName)
    usage = extensions.find(found, x509.KeyUsage)
    purposes = extensions.find(found, x509.ExtendedKeyUsage)
    assert names is not None
    assert usage is not None
    assert purposes is not None
    assert SubjectAlternativeNames.from_x509(names) == LEAF.alternative_names
    assert usages.key_usages_of(usage) == LEAF.key_usages
    assert usages.extended_key_usages_of(purposes) == LEAF.extended_key_usages


def test_a_leaf_points_at_its_issuers_identifier_whatever_its_method() -> None:
    """An authority signed elsewhere may carry an identifier of another method, such as SHA-1."""
    top = root()
    public_key = key(P256, "root").public_key()
    assert keys.subject_key_identifier(public_key) != b"another method here."
    found = [
        extension
        for extension in top.certificate.extensions
        if not isinstance(extension.value, x509.SubjectKeyIdentifier)
    ]
    certificate = (
        x509.CertificateBuilder(
            top.certificate.subject,
            top.certificate.subject,
            public_key,
            5,
            top.certificate.not_valid_before_utc,
            top.certificate.not_valid_after_utc,
            found,
        )
        .add_extension(x509.SubjectKeyIdentifier(b"another method here."), critical=False)
        .sign(top.key, keys.signature_hash(top.key))
    )
    signed = leaf(replace(top, certificate=certificate))
    pointer = extensions.find(signed.extensions, x509.AuthorityKeyIdentifier)
    assert pointer is not None
    assert pointer.key_identifier == b"another method here."


def test_without_a_subject_the_names_are_critical() -> None:
    certificate = leaf(root(), replace(LEAF, subject=Subject()))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.critical


def test_what_is_not_asked_for_is_absent() -> None:
    bare = replace(
        LEAF,
        alternative_names=SubjectAlternativeNames(),
        key_usages=frozenset(),
        extended_key_usages=frozenset(),
    )
    found = leaf(root(), bare).extensions
    assert [type(extension.value) for extension in found] == [
        x509.BasicConstraints,
        x509.SubjectKeyIdentifier,
        x509.AuthorityKeyIdentifier,
    ]


def test_the_crl_is_pointed_at_when_there_is_one() -> None:
    certificate = leaf(root(), replace(LEAF, crl_url="http://crl.example.com/a.crl"))
    points = extensions.find(certificate.extensions, x509.CRLDistributionPoints)
    assert points is not None
    (point,) = points
    assert point.full_name == [x509.UniformResourceIdentifier("http://crl.example.com/a.crl")]


@pytest.mark.parametrize("key_type", [pytest.param(t, id=name) for t, name in EVERY_TYPE])
def test_the_signature_is_over_the_hash_that_fits_the_issuers_key(key_type: KeyType) -> None:
    issuer = root(key_type)
    expected = keys.signature_hash(issuer.key)
    used = leaf(issuer).signature_hash_algorithm
    assert (used and used.name) == (expected and expected.name)


def test_serial_numbers_are_unpredictable_and_always_20_octets() -> None:
    drawn = {random_serial() for _ in range(1000)}
    assert len(drawn) == 1000
    assert {len(f"{serial:x}") for serial in drawn} == {40}
    assert {serial >> 158 for serial in drawn} == {0b01}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"subject": Subject(), "alternative_names": SubjectAlternativeNames()},
            "neither a subject nor an alternative name",
        ),
        (
            {"key_usages": frozenset({KeyUsage.KEY_ENCIPHERMENT})},
            "key usage key encipherment is not possible for a leaf's ECDSA 256 key",
        ),
        (
            {"key_usages": frozenset({KeyUsage.CERT_SIGN, KeyUsage.CRL_SIGN})},
            "key usage cert sign, crl sign is not possible",
        ),
        (
            {
                "key_usages": frozenset(
                    {KeyUsage.KEY_AGREEMENT, KeyUsage.ENCIPHER_ONLY, KeyUsage.DECIPHER_ONLY}
                )
            },
            "exclude each other",
        ),
        ({"not_after": NOW + 6 * YEAR}, "after the chain's, which ends at 2031-05-31"),
        ({"not_before": NOW - YEAR}, "before the chain's, which begins at 2026-06-01T11:00"),
        ({"subject": Subject(common_name="www.example.org")}, "'www.example.org' is outside"),
        (
            {"alternative_names": SubjectAlternativeNames(dns_names=("a.example.com", "b.com"))},
            "DNS name 'b.com' is outside of what is permitted: 'example.com'",
        ),
    ],
)
def test_what_the_chain_does_not_allow_is_refused_before_signing(
    change: dict[str, object], sentence: str
) -> None:
    top = root(contents=authority("Root", constraints=only("example.com")))
    issuing = below(top)
    with pytest.raises(LeafRefused, match=sentence) as refused:
        leaf(issuing, replace(LEAF, **change))  # type: ignore[arg-type]
    assert len(refused.value.findings) == 1


def test_an_expired_issuer_signs_nothing() -> None:
    issuer = root(contents=authority("Root", years=1))
    late = replace(LEAF, not_before=NOW + 2 * YEAR, not_after=NOW + 3 * YEAR)
    with pytest.raises(LeafRefused, match="after the chain's"):
        leaf(issuer, late)


def test_a_validity_up_to_the_last_second_of_the_chain_is_granted() -> None:
    prepared = PreparedIssuer.of(root(contents=authority("Root", years=1)))
    certificate = leaf(prepared.issuer, replace(LEAF, not_after=prepared.limits.not_after))
    assert certificate.not_valid_after_utc == NOW + YEAR


def test_every_reason_is_told() -> None:
    contents = replace(
        LEAF,
        public_key=key(ED25519, "leaf").public_key(),
        key_usages=frozenset({KeyUsage.KEY_AGREEMENT}),
        extended_key_usages=frozenset({ExtendedKeyUsage.SERVER_AUTH}),
        not_after=NOW + 20 * YEAR,
    )
    issuer = root(contents=authority("Root", constraints=only("else.example")))
    with pytest.raises(LeafRefused) as refused:
        leaf(issuer, contents)
    assert len(refused.value.findings) == 4
    assert str(refused.value) == "; ".join(refused.value.findings)


def test_contents_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InvalidValidity):
        replace(LEAF, not_after=LEAF.not_before - timedelta(seconds=1))
    with pytest.raises(InvalidName):
        replace(LEAF, crl_url="no URL")
