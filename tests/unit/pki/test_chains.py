import base64
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.pki import chains, keys, paths
from certwright.pki.authorities import self_signed_root
from certwright.pki.chains import IncompleteChain, InvalidCertificate, verify_chain
from certwright.pki.names import SubjectAlternativeNames
from certwright.pki.subjects import Subject
from tests.unit.pki.material import (
    LEAF,
    NOW,
    P256,
    YEAR,
    authority,
    below,
    key,
    leaf,
    only,
    pem,
    root,
)

ROOT = root(contents=authority("Root"))
MIDDLE = below(ROOT, contents=authority("Middle", years=5), owner="middle")
ISSUING = below(MIDDLE, contents=authority("Issuing", 0, years=4), owner="issuing")
CERTIFICATE = leaf(ISSUING)
STRANGER = root(contents=authority("Root"), owner="stranger")


def test_certificates_survive_their_pem_form_in_order() -> None:
    text = chains.to_pem_chain([CERTIFICATE, *ISSUING.path])
    assert chains.certificates_from_pem(text) == (CERTIFICATE, *ISSUING.path)
    assert text == pem(CERTIFICATE, *ISSUING.path)


def test_explanations_around_certificates_are_skipped() -> None:
    text = f"Certificate:\n    Data:\n{pem(CERTIFICATE)}\nand more\n"
    assert chains.certificate_from_pem(text) == CERTIFICATE


SECRET = keys.private_key_to_pem(key(P256, "leaf")).decode()
ONE = pem(CERTIFICATE)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("", "holds 0 certificates; allowed: 1 to 10", id="empty"),
        pytest.param("MIIB", "holds 0 certificates", id="no PEM"),
        pytest.param(ONE * 11, "holds 11 certificates; allowed: 1 to 10", id="many"),
        pytest.param("x" * 131_073, "has 131073 characters; at most 131072", id="long"),
        pytest.param(ONE[:-30], "block that is not closed as it was opened", id="cut"),
        pytest.param(ONE + ONE[:99], "block that is not closed", id="second cut"),
        pytest.param(
            ONE.replace("END CERTIFICATE", "END CERT"), "block that is not closed", id="labels"
        ),
        pytest.param(ONE + SECRET, "block 2 of the PEM text is a PRIVATE KEY; only", id="key"),
        pytest.param(
            ONE + ONE.replace("MII", "AII"), "certificate 2 of the PEM text is mal", id="no DER"
        ),
        pytest.param(ONE.replace("M", "!"), "certificate 1 of the PEM text is mal", id="base64"),
    ],
)
def test_what_is_no_chain_in_pem_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidCertificate, match=sentence) as refused:
        chains.certificates_from_pem(text)
    assert SECRET.splitlines()[1] not in str(refused.value)


def test_a_certificate_with_a_malformed_extension_is_refused() -> None:
    broken = x509.UnrecognizedExtension(x509.BasicConstraints.oid, b"\x30\x7f")
    builder = x509.CertificateBuilder(
        ROOT.certificate.subject,
        ROOT.certificate.subject,
        ROOT.key.public_key(),
        5,
        NOW,
        NOW + YEAR,
    )
    certificate = builder.add_extension(broken, critical=False).sign(
        ROOT.key, keys.signature_hash(ROOT.key)
    )
    with pytest.raises(InvalidCertificate, match="certificate 1 of the PEM text is malformed"):
        chains.certificates_from_pem(pem(certificate))


DER = MIDDLE.certificate.public_bytes(Encoding.DER)


@settings(max_examples=500)
@given(
    st.lists(st.tuples(st.integers(0, len(DER) - 1), st.integers(0, 255)), min_size=1, max_size=3)
)
@pytest.mark.filterwarnings("ignore:Attribute's length")
def test_whatever_is_in_a_pem_block_is_refused_or_can_be_judged(
    changes: list[tuple[int, int]],
) -> None:
    changed = bytearray(DER)
    for position, octet in changes:
        changed[position] = octet
    body = base64.encodebytes(changed).decode()
    text = f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"
    try:
        certificate = chains.certificate_from_pem(text)
    except InvalidCertificate:
        return
    findings = verify_chain(certificate, (), [ROOT.certificate], NOW)
    assert findings or certificate == MIDDLE.certificate


def test_exactly_one_certificate_can_be_asked_for() -> None:
    with pytest.raises(InvalidCertificate, match="holds 2 certificates; allowed: 1"):
        chains.certificate_from_pem(ONE + ONE)


def test_the_earliest_expiry_is_that_of_the_shortest_lived() -> None:
    assert chains.earliest_expiry([CERTIFICATE, *ISSUING.path]) == LEAF.not_after
    assert chains.earliest_expiry(ISSUING.path) == NOW + 4 * YEAR


def test_a_chain_is_found_in_any_order() -> None:
    for candidates in permutations([CERTIFICATE, *ISSUING.path, STRANGER.certificate]):
        assert chains.chain_of(CERTIFICATE, candidates) == ISSUING.path


def test_a_root_has_an_empty_chain() -> None:
    assert chains.chain_of(ROOT.certificate, [ROOT.certificate]) == ()


def test_a_missing_issuer_is_named() -> None:
    with pytest.raises(
        IncompleteChain,
        match="must reach a self-signed root, but the issuer of 'CN=Issuing,O=Acme', "
        "'CN=Middle,O=Acme', is missing",
    ):
        chains.chain_of(CERTIFICATE, [ISSUING.certificate, ROOT.certificate])


def test_of_a_renewed_issuer_the_one_that_expires_last_is_taken() -> None:
    renewed = below(ROOT, contents=authority("Middle", years=9), owner="middle")
    candidates = [*ISSUING.path, renewed.certificate]
    assert chains.chain_of(CERTIFICATE, candidates)[1] == renewed.certificate


def test_a_self_signed_root_is_preferred_to_a_cross_signed_one() -> None:
    old = root(contents=authority("Old root"), owner="old")
    cross = below(old, contents=authority("Root"), owner="root")
    candidates = [cross.certificate, old.certificate, *ISSUING.path]
    assert chains.chain_of(CERTIFICATE, candidates)[-1] == ROOT.certificate


@pytest.mark.parametrize("with_root", [True, False])
def test_a_good_chain_verifies_with_and_without_its_root(with_root: bool) -> None:
    chain = ISSUING.path if with_root else ISSUING.path[:-1]
    roots = [STRANGER.certificate, ROOT.certificate]
    assert verify_chain(CERTIFICATE, chain, roots, NOW) == ()
    assert verify_chain(ISSUING.certificate, chain[1:], roots, NOW) == ()
    assert verify_chain(ROOT.certificate, (), roots, NOW) == ()


def test_an_untrusted_root_is_told() -> None:
    (finding,) = verify_chain(CERTIFICATE, ISSUING.path, [STRANGER.certificate], NOW)
    assert finding == "the chain ends with 'CN=Root,O=Acme', which no trusted root has signed"


def test_a_gap_is_told() -> None:
    findings = verify_chain(CERTIFICATE, [MIDDLE.certificate], [ROOT.certificate], NOW)
    assert "'CN=www.example.com' is not signed by 'CN=Middle,O=Acme'" in findings


@pytest.mark.parametrize(
    ("now", "sentences"),
    [
        (NOW - timedelta(minutes=1), ["'CN=www.example.com' is not valid before 2026-06-01T12:00"]),
        (NOW + YEAR, ["'CN=www.example.com' expired 2026-07-18T12:00:00+00:00"]),
        (LEAF.not_after, []),
        (NOW + 4.5 * YEAR, ["'CN=www.example.com' expired", "'CN=Issuing,O=Acme' expired"]),
    ],
)
def test_dates_are_told_of_every_certificate(now: datetime, sentences: list[str]) -> None:
    findings = verify_chain(CERTIFICATE, ISSUING.path, [ROOT.certificate], now)
    assert len(findings) == len(sentences)
    assert all(sentence in found for sentence, found in zip(sentences, findings, strict=True))


def test_names_outside_the_constraints_of_any_authority_above_are_told() -> None:
    own = key(P256, "root")
    constrained = self_signed_root(own, authority("Root", None, only("else.example")), serial=1)
    findings = verify_chain(CERTIFICATE, ISSUING.path[:-1], [constrained], NOW)
    assert findings == (
        "DNS name 'www.example.com' is outside of what is permitted: 'else.example'",
        "DNS name 'example.com' is outside of what is permitted: 'else.example'",
    )


def test_under_constraints_a_leaf_without_common_name_or_names_is_looked_at_too() -> None:
    own = key(P256, "root")
    constrained = self_signed_root(own, authority("Root", None, only("else.example")), serial=1)
    names = SubjectAlternativeNames(dns_names=("www.example.com",))
    nameless = leaf(ROOT, replace(LEAF, subject=Subject(), alternative_names=names))
    assert len(verify_chain(nameless, (), [constrained], NOW)) == 1
    organization = Subject(organizations=("Acme",))
    bare = replace(LEAF, subject=organization, alternative_names=SubjectAlternativeNames())
    assert verify_chain(leaf(ROOT, bare), (), [constrained], NOW) == ()


def signed(*added: x509.ExtensionType, base: x509.Certificate = CERTIFICATE) -> x509.Certificate:
    """Sign with the root's key what `issue_leaf` would not."""
    kept = [e for e in base.extensions if not isinstance(e.value, tuple(map(type, added)))]
    builder = x509.CertificateBuilder(
        ROOT.certificate.subject,
        base.subject,
        LEAF.public_key,
        5,
        NOW,
        NOW + timedelta(days=30),
        kept,
    )
    for extension in added:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(ROOT.key, keys.signature_hash(ROOT.key))


def test_a_name_that_cannot_be_judged_is_told_under_constraints_only() -> None:
    own = key(P256, "root")
    constrained = self_signed_root(own, authority("Root", None, only("example.com")), serial=1)
    other = x509.SubjectAlternativeName([x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))])
    (finding,) = verify_chain(signed(other), (), [constrained], NOW)
    assert "is of type RegisteredID" in finding
    assert verify_chain(signed(other), (), [ROOT.certificate], NOW) == ()


def test_constraints_that_cannot_be_enforced_are_told_once() -> None:
    constraints = x509.NameConstraints([x509.DirectoryName(x509.Name([]))], None)
    builder = x509.CertificateBuilder(
        ROOT.certificate.subject,
        ROOT.certificate.subject,
        ROOT.key.public_key(),
        5,
        NOW,
        NOW + YEAR,
        list(ROOT.certificate.extensions),
    )
    constrained = builder.add_extension(constraints, critical=True).sign(
        ROOT.key, keys.signature_hash(ROOT.key)
    )
    (finding,) = verify_chain(leaf(ROOT), (), [constrained], NOW)
    assert "is of type DirectoryName" in finding


def test_a_leaf_that_signs_is_told() -> None:
    impostor = below(ROOT, owner="leaf", contents=authority("Impostor", years=3))
    below_leaf = leaf(impostor)
    findings = verify_chain(
        below_leaf, [signed(x509.BasicConstraints(ca=False, path_length=None))], [ROOT.root], NOW
    )
    assert any("it lacks CA:TRUE" in finding for finding in findings)


def test_a_signature_over_sha_1_is_told(tmp_path: Path) -> None:
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-sha1", "-newkey", "rsa:2048", "-noenc", "-batch"),
            *("-subj", "/CN=weak", "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "crt")),
        ],
        capture_output=True,
        check=True,
        timeout=30,
    )
    weak = chains.certificate_from_pem((tmp_path / "crt").read_text())
    (finding,) = paths.link_findings(weak, weak)
    assert finding == "'CN=weak' is signed over sha1, which can be forged"
