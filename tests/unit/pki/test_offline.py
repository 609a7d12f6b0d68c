from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from cryptography import x509

from certwright.pki import keys
from certwright.pki.authorities import AuthorityContents, Issuer, issue_authority, self_signed_root
from certwright.pki.constraints import NameConstraints, NameSubtrees
from certwright.pki.offline import AnswerRefused, check_answer
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

ROOT = root(contents=authority("Corporate root"))
MIDDLE = below(ROOT, contents=authority("Corporate", years=8), owner="corporate")
KEY = key(P256, "offline")
WANTED = authority("Offline", max_path_length=1)
ISSUED = replace(WANTED, not_after=NOW + 5 * YEAR)


def answer(issuer: Issuer = MIDDLE, **changes: Any) -> x509.Certificate:
    contents = replace(ISSUED, **changes)
    return issue_authority(issuer, KEY.public_key(), contents, serial=5)


def findings(
    *certificates: x509.Certificate, wanted: AuthorityContents = WANTED
) -> tuple[str, ...]:
    with pytest.raises(AnswerRefused) as refused:
        check_answer(pem(*certificates), KEY.public_key(), wanted, NOW)
    return refused.value.findings


def test_an_answer_that_fits_is_taken_in_any_order() -> None:
    certificate = answer()
    for order in permutations([certificate, *MIDDLE.path]):
        taken = check_answer(pem(*order), KEY.public_key(), WANTED, NOW)
        assert taken == (certificate, MIDDLE.path)


def test_an_accepted_answer_makes_an_issuer() -> None:
    text = pem(answer(), *MIDDLE.path)
    certificate, chain = check_answer(text, KEY.public_key(), WANTED, NOW)
    assert leaf(Issuer(certificate, KEY, chain)).issuer == certificate.subject


def test_certificates_beside_the_chain_are_passed_over() -> None:
    beside = root(owner="beside").certificate
    text = pem(beside, answer(), *MIDDLE.path)
    assert check_answer(text, KEY.public_key(), WANTED, NOW)[1] == MIDDLE.path


def test_of_two_answers_the_one_that_expires_last_is_taken() -> None:
    short, long = answer(not_after=NOW + YEAR), answer(not_after=NOW + 3 * YEAR)
    text = pem(short, long, *MIDDLE.path)
    assert check_answer(text, KEY.public_key(), WANTED, NOW)[0] == long


def test_a_signer_may_bound_a_path_length_that_was_not_bounded() -> None:
    wanted = replace(WANTED, max_path_length=None)
    text = pem(answer(max_path_length=0), *MIDDLE.path)
    check_answer(text, KEY.public_key(), wanted, NOW)


def test_a_signer_may_add_name_constraints() -> None:
    text = pem(answer(name_constraints=only("example.com")), *MIDDLE.path)
    check_answer(text, KEY.public_key(), WANTED, NOW)


def test_a_signer_may_order_and_encode_the_subject_otherwise() -> None:
    own = key(P256, "offline")
    name = x509.Name.from_rfc4514_string("O=Acme,CN=Offline")
    base = self_signed_root(own, WANTED, serial=1)
    builder = x509.CertificateBuilder(
        name, name, own.public_key(), 5, NOW, NOW + YEAR, list(base.extensions)
    )
    certificate = builder.sign(own, keys.signature_hash(own))
    assert check_answer(pem(certificate), KEY.public_key(), WANTED, NOW) == (certificate, ())


@pytest.mark.parametrize("text", ["", "hello", "-----BEGIN CERTIFICATE-----\n"])
def test_what_is_no_pem_is_refused(text: str) -> None:
    with pytest.raises(AnswerRefused, match="the PEM text holds"):
        check_answer(text, KEY.public_key(), WANTED, NOW)


def test_an_answer_for_another_key_is_refused() -> None:
    (finding,) = findings(*MIDDLE.path)
    assert finding == (
        "none of the certificates is for the key of the request: "
        "'CN=Corporate,O=Acme', 'CN=Corporate root,O=Acme'"
    )


def test_an_answer_without_its_root_is_refused() -> None:
    (finding,) = findings(answer(), MIDDLE.certificate)
    assert "must reach a self-signed root" in finding
    assert "'CN=Corporate root,O=Acme', is missing" in finding


def test_a_leaf_certificate_is_refused_as_an_answer() -> None:
    contents = replace(LEAF, public_key=KEY.public_key(), subject=WANTED.subject)
    found = findings(leaf(ROOT, contents), ROOT.certificate)
    assert [finding for finding in found if "it lacks CA:TRUE" in finding]
    assert [finding for finding in found if "it lacks keyCertSign" in finding]


def test_an_expired_answer_is_refused() -> None:
    with pytest.raises(AnswerRefused, match="'CN=Offline,O=Acme' expired 2031-05-31"):
        check_answer(pem(answer(), *MIDDLE.path), KEY.public_key(), WANTED, NOW + 6 * YEAR)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"subject": Subject(common_name="Other")},
            "the subject is 'CN=Other', but 'CN=Offline,O=Acme' was requested",
        ),
        ({"max_path_length": None}, "the path length is without bound, but 1 was requested"),
        ({"max_path_length": 2}, "the path length is 2, but 1 was requested"),
        ({"max_path_length": 0}, "the path length is 0, but 1 was requested"),
    ],
)
def test_an_answer_that_differs_from_the_request_is_refused(
    changes: dict[str, Any], sentence: str
) -> None:
    assert findings(answer(**changes), *MIDDLE.path) == (sentence,)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (None, "name constraints were requested, but the certificate has none"),
        (only("else.example"), "the name constraints are not those that were requested"),
    ],
)
def test_name_constraints_that_were_requested_must_be_in_the_answer(
    given: NameConstraints | None, sentence: str
) -> None:
    wanted = replace(WANTED, name_constraints=only("example.com"))
    certificate = answer(name_constraints=given)
    assert findings(certificate, *MIDDLE.path, wanted=wanted) == (sentence,)


def test_name_constraints_that_were_requested_and_given_fit() -> None:
    constraints = NameConstraints(excluded=NameSubtrees(dns_domains=("mgmt.example.com",)))
    wanted = replace(WANTED, name_constraints=constraints)
    text = pem(answer(name_constraints=constraints), *MIDDLE.path)
    check_answer(text, KEY.public_key(), wanted, NOW)


def self_made(subject: str, *added: x509.ExtensionType) -> x509.Certificate:
    """Sign with the authority's own key what no issuer here would."""
    base = self_signed_root(KEY, WANTED, serial=1)
    name = x509.Name.from_rfc4514_string(subject)
    builder = x509.CertificateBuilder(
        name, name, KEY.public_key(), 5, NOW, NOW + YEAR, list(base.extensions)
    )
    for extension in added:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(KEY, keys.signature_hash(KEY))


def test_a_subject_with_unknown_attributes_differs() -> None:
    (finding,) = findings(self_made("DC=example,CN=Offline,O=Acme"))
    assert finding.startswith("the subject is 'DC=example,CN=Offline,O=Acme', but ")


def test_constraints_that_cannot_be_enforced_are_told_once() -> None:
    constraints = x509.NameConstraints([x509.DirectoryName(x509.Name([]))], None)
    wanted = replace(WANTED, name_constraints=only("example.com"))
    (finding,) = findings(self_made("CN=Offline,O=Acme", constraints), wanted=wanted)
    assert "is of type DirectoryName" in finding


def test_an_issuer_whose_path_length_is_used_up_makes_no_answer() -> None:
    bounded = self_signed_root(ROOT.key, authority("Corporate root", 0), serial=4)
    certificate = answer(ROOT)
    (finding,) = findings(certificate, bounded)
    assert finding == (
        "'CN=Corporate root,O=Acme' has a path length that allows 1 fewer authorities than "
        "there are below it"
    )


def test_every_reason_is_told() -> None:
    found = findings(answer(subject=Subject(common_name="Other"), max_path_length=0), *MIDDLE.path)
    assert len(found) == 2
