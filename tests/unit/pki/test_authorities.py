from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography import x509

from certwright.pki import extensions, keys, paths
from certwright.pki.authorities import (
    AuthorityContents,
    AuthorityRefused,
    InvalidIssuer,
    Issuer,
    issue_authority,
    self_signed_root,
    signing_request,
)
from certwright.pki.constraints import InvalidNameConstraints
from certwright.pki.keys import KeyType
from certwright.pki.names import InvalidName
from certwright.pki.subjects import InvalidSubject, Subject
from certwright.pki.validity import InvalidValidity
from tests.unit.pki.material import (
    EVERY_TYPE,
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

AUTHORITY_EXTENSIONS = [x509.BasicConstraints, x509.KeyUsage, x509.SubjectKeyIdentifier]


def kinds_in(found: x509.Extensions) -> list[type[x509.ExtensionType]]:
    return [type(extension.value) for extension in found]


def test_a_root_says_what_it_was_told_and_nothing_more() -> None:
    contents = authority("Root", max_path_length=2)
    issuer = root(contents=contents)
    certificate = issuer.certificate
    assert Subject.from_x509(certificate.subject) == contents.subject
    assert certificate.issuer == certificate.subject
    assert certificate.serial_number == 1
    assert certificate.not_valid_before_utc == contents.not_before
    assert certificate.not_valid_after_utc == contents.not_after
    assert kinds_in(certificate.extensions) == AUTHORITY_EXTENSIONS
    basic, usage, _ = certificate.extensions
    assert basic.critical
    assert basic.value == x509.BasicConstraints(ca=True, path_length=2)
    assert usage.critical
    assert issuer.root is certificate


def test_an_intermediate_points_at_its_issuer() -> None:
    top = root()
    issuing = below(top, contents=replace(authority("Issuing", 0), crl_url="http://crl.example/a"))
    found = issuing.certificate.extensions
    assert issuing.certificate.issuer == top.certificate.subject
    assert issuing.root is top.certificate
    assert kinds_in(found) == [
        *AUTHORITY_EXTENSIONS,
        x509.CRLDistributionPoints,
        x509.AuthorityKeyIdentifier,
    ]
    pointer = extensions.find(found, x509.AuthorityKeyIdentifier)
    identifier = extensions.find(top.certificate.extensions, x509.SubjectKeyIdentifier)
    assert pointer is not None
    assert identifier is not None
    assert pointer.key_identifier == identifier.digest


@pytest.mark.parametrize("key_type", [pytest.param(t, id=name) for t, name in EVERY_TYPE])
def test_a_signing_request_carries_what_makes_an_authority(key_type: KeyType) -> None:
    contents = replace(authority("Offline", 1, only("example.com")), crl_url="http://crl.example/a")
    request = signing_request(key(key_type, "leaf"), contents)
    assert request.is_signature_valid
    assert Subject.from_x509(request.subject) == contents.subject
    assert kinds_in(request.extensions) == [*AUTHORITY_EXTENSIONS, x509.NameConstraints]
    assert [extension.critical for extension in request.extensions] == [True, True, False, True]


def test_the_key_of_an_issuer_is_not_shown() -> None:
    assert "key=" not in repr(root())


def test_moments_are_cut_to_whole_seconds_of_utc() -> None:
    elsewhere = timezone(timedelta(hours=2))
    contents = replace(
        authority(), not_before=datetime(2026, 6, 1, 14, 0, 0, 999_999, tzinfo=elsewhere)
    )
    assert contents.not_before == datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"subject": Subject()}, InvalidSubject, "can't be empty"),
        ({"not_after": NOW - YEAR}, InvalidValidity, "before it begins at"),
        ({"not_after": NOW.replace(tzinfo=None)}, ValueError, "without a time zone"),
        ({"max_path_length": -1}, ValueError, "can't be negative"),
        ({"name_constraints": only(".example.com")}, InvalidNameConstraints, "write 'example.com'"),
        ({"crl_url": "crl.example/a"}, InvalidName, "is not absolute"),
    ],
)
def test_contents_that_no_authority_can_have_are_refused(
    change: dict[str, object], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        replace(authority(), **change)  # type: ignore[arg-type]


def issue(issuer: Issuer, contents: AuthorityContents) -> x509.Certificate:
    return issue_authority(issuer, key(P256, "new").public_key(), contents, serial=9)


@pytest.mark.parametrize("wanted", [0, 1])
def test_a_path_length_smaller_than_the_issuers_is_granted(wanted: int) -> None:
    issuer = root(contents=authority("Root", max_path_length=2))
    certificate = issue(issuer, authority("New", wanted, years=1))
    basic = extensions.find(certificate.extensions, x509.BasicConstraints)
    assert basic == x509.BasicConstraints(ca=True, path_length=wanted)


def test_an_unbounded_issuer_grants_any_path_length() -> None:
    for wanted in (None, 0, 7):
        issue(root(), authority("New", wanted, years=1))


@pytest.mark.parametrize(
    ("issuer_length", "wanted", "sentence"),
    [
        (0, 0, "is used up: the issuer may sign no authorities"),
        (0, None, "is used up"),
        (1, 1, "the path length is 1; the chain allows at most 0"),
        (2, None, "the path length is none, which is without bound; the chain allows at most 1"),
    ],
)
def test_a_path_length_that_the_issuer_cannot_grant_is_refused(
    issuer_length: int, wanted: int | None, sentence: str
) -> None:
    issuer = root(contents=authority("Root", max_path_length=issuer_length))
    with pytest.raises(AuthorityRefused, match=sentence):
        issue(issuer, authority("New", wanted, years=1))


def test_the_path_length_of_every_authority_above_counts() -> None:
    top = root(contents=authority("Root", max_path_length=2))
    middle = below(top, contents=authority("Middle", max_path_length=1, years=5))
    with pytest.raises(AuthorityRefused, match="the chain allows at most 0"):
        issue(middle, authority("New", 1, years=1))


def test_a_validity_beyond_the_chains_is_refused() -> None:
    top = root(contents=authority("Root", years=2))
    middle = below(top, contents=authority("Middle", years=1))
    late = replace(authority("New", years=2), not_before=NOW - YEAR)
    with pytest.raises(AuthorityRefused) as refused:
        issue(middle, late)
    begins, ends = refused.value.findings
    assert "before the chain's, which begins at 2026-06-01T11:00:00+00:00" in begins
    assert "after the chain's, which ends at 2027-06-01T12:00:00+00:00" in ends


def test_a_validity_as_long_as_the_chains_is_granted() -> None:
    issue(root(contents=authority("Root", years=2)), authority("New", years=2))


def test_name_constraints_wider_than_those_above_are_refused() -> None:
    top = root(contents=authority("Root", constraints=only("example.com")))
    middle = below(top, contents=authority("Middle", years=5))
    with pytest.raises(AuthorityRefused, match="permitted DNS name 'com' is outside"):
        issue(middle, authority("New", None, only("com"), years=1))
    issue(middle, authority("New", None, only("a.example.com"), years=1))


def test_the_issuers_own_name_is_refused() -> None:
    with pytest.raises(AuthorityRefused, match="the subject is the issuer's own"):
        issue(root(contents=authority("Root")), authority("Root", years=1))


def test_every_reason_is_told() -> None:
    issuer = root(contents=authority("Root", 0, only("example.com"), years=1))
    with pytest.raises(AuthorityRefused) as refused:
        issue(issuer, authority("New", 0, only("else.example"), years=2))
    assert len(refused.value.findings) == 3


def test_a_renewed_certificate_of_the_same_key_verifies_what_was_signed_before() -> None:
    issuer = root(contents=authority("Root"))
    certificate = leaf(issuer)
    renewed = self_signed_root(issuer.key, authority("Root", years=20), serial=7)
    assert paths.was_issued_by(certificate, renewed)


def test_an_issuer_needs_its_own_key() -> None:
    certificate = root().certificate
    with pytest.raises(InvalidIssuer, match="the private key is not that of 'CN=Root ECDSA 256"):
        Issuer(certificate, key(P256, "stranger"), ())


def test_a_leaf_is_no_issuer() -> None:
    top = root()
    with pytest.raises(InvalidIssuer) as refused:
        Issuer(leaf(top), key(P256, "leaf"), top.path)
    assert len(refused.value.findings) == 2
    assert "it lacks CA:TRUE" in refused.value.findings[0]
    assert "it lacks keyCertSign" in refused.value.findings[1]


def test_a_chain_must_end_with_a_root() -> None:
    issuing = below(root())
    with pytest.raises(InvalidIssuer, match="which is not a self-signed root"):
        Issuer(issuing.certificate, issuing.key, ())


def test_a_chain_must_be_in_order() -> None:
    top = root()
    middle = below(top, owner="middle")
    issuing = below(middle, owner="issuing")
    with pytest.raises(InvalidIssuer, match="is not signed by"):
        Issuer(issuing.certificate, issuing.key, (top.certificate, middle.certificate))


def twin(certificate: x509.Certificate, **changes: object) -> x509.CertificateBuilder:
    """Build a root like another, without extensions."""
    return x509.CertificateBuilder(
        issuer_name=certificate.subject,
        subject_name=certificate.subject,
        public_key=certificate.public_key(),
        serial_number=5,
        not_valid_before=certificate.not_valid_before_utc,
        not_valid_after=certificate.not_valid_after_utc,
        **changes,  # type: ignore[arg-type]
    )


def test_a_chain_too_long_for_a_path_length_in_it_is_no_issuers() -> None:
    top = root(contents=authority("Root"))
    middle = below(top, contents=authority("Middle", years=5), owner="middle")
    issuing = below(middle, contents=authority("Issuing", years=5), owner="issuing")
    bounded = self_signed_root(top.key, authority("Root", max_path_length=0), serial=4)
    with pytest.raises(InvalidIssuer, match="'CN=Root,O=Acme' has a path length that allows 2 few"):
        Issuer(issuing.certificate, issuing.key, (middle.certificate, bounded))


def test_self_issued_certificates_do_not_count_against_a_path_length() -> None:
    """RFC 5280 section 4.2.1.9; such a certificate carries an old name over to a new key."""
    top = root(contents=authority("Root", max_path_length=1))
    new = key(P256, "rolled")
    rolled = twin(
        top.certificate,
        extensions=[
            extension
            for extension in top.certificate.extensions
            if not isinstance(extension.value, x509.SubjectKeyIdentifier)
        ],
    )
    rolled._public_key = new.public_key()
    certificate = rolled.add_extension(
        extensions.subject_key_identifier(new.public_key()), critical=False
    ).sign(top.key, keys.signature_hash(top.key))
    issuer = Issuer(certificate, new, top.path)
    assert paths.PathLimits.of(issuer.path).max_path_length == 1


def test_name_constraints_that_cannot_be_enforced_make_no_issuer() -> None:
    top = root()
    constraints = x509.NameConstraints([x509.DirectoryName(x509.Name([]))], None)
    builder = twin(top.certificate, extensions=list(top.certificate.extensions))
    certificate = builder.add_extension(constraints, critical=True).sign(
        top.key, keys.signature_hash(top.key)
    )
    with pytest.raises(InvalidIssuer, match="a name constraint is of type DirectoryName"):
        Issuer(certificate, top.key, ())


def test_an_issuer_needs_a_subject_key_identifier() -> None:
    top = root()
    builder = twin(top.certificate, extensions=list(top.certificate.extensions)[:2])
    certificate = builder.sign(top.key, keys.signature_hash(top.key))
    with pytest.raises(InvalidIssuer, match="has no subject key identifier"):
        Issuer(certificate, top.key, ())
