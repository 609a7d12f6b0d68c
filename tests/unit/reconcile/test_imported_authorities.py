"""Authorities that are imported from a Secret: checked fully, kept nowhere, renewed by a person."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from cryptography import x509

from certwright.bundles.signer import SignerInForce
from certwright.pki import chains, keys
from certwright.pki.authorities import AuthorityContents, Issuer, issue_authority, self_signed_root
from certwright.pki.keys import KeyAlgorithm, KeyType
from certwright.pki.subjects import Subject
from certwright.reconcile.existing import ImportedSecret
from certwright.reconcile.imported_authorities import imported_secrets
from certwright.reconcile.plan import Plan
from certwright.reconcile.steps import (
    CreateKey,
    RemoveKey,
    RemoveStatus,
    RemoveTrust,
    StoreCertificates,
    StoreStatus,
    StoreTrust,
)
from certwright.reconcile.world import Kind
from tests.unit.reconcile.house import NOW, House, key_of

IMPORTED = """
kind: CertificateAuthority
metadata: {name: old}
spec: {imported: {secretRef: {name: old-ca}}}
"""
BELOW = """
---
kind: CertificateAuthority
metadata: {name: issuing}
spec: {intermediate: {authorityRef: {name: old}}, commonName: Issuing}
"""
PROFILE = """
---
kind: CertificateTemplate
metadata: {name: web-server}
spec: {preset: TLSServer}
---
kind: CertificateProfile
metadata: {name: web}
spec: {issuer: {authorityRef: {name: old}}, templateRef: {name: web-server}}
"""
SECRET: Final = "old-ca"
YEAR: Final = timedelta(days=365)
BEGIN: Final = NOW - YEAR
END: Final = NOW + 4 * YEAR
_TYPE: Final = KeyType(KeyAlgorithm.ECDSA, 256)
ROOT_KEY: Final = keys.generate(_TYPE)
OLD_KEY: Final = keys.generate(_TYPE)


def made(common_name: str, **changed: object) -> AuthorityContents:
    return replace(AuthorityContents(Subject(common_name=common_name), BEGIN, END), **changed)  # type: ignore[arg-type]


ROOT: Final = Issuer(self_signed_root(ROOT_KEY, made("Elsewhere"), 1), ROOT_KEY, ())
OLD: Final = issue_authority(ROOT, OLD_KEY.public_key(), made("Old"), 2)


def secret(
    *path: x509.Certificate, key: keys.PrivateKey | None = OLD_KEY, name: str = SECRET
) -> Mapping[str, ImportedSecret]:
    pem = None if key is None else keys.private_key_to_pem(key).decode()
    return {name: ImportedSecret(chains.to_pem_chain(path), pem)}


GOOD: Final = secret(OLD, ROOT.certificate)
KEYLESS: Final = secret(OLD, ROOT.certificate, key=None)
OF_ROOT: Final = secret(ROOT.certificate, key=ROOT_KEY)


def give(house: House, secrets: Mapping[str, ImportedSecret]) -> None:
    """Let there be these Secrets and no others."""
    imported = {key_of(name): found for name, found in secrets.items()}
    house.existing = replace(house.existing, imported=imported)


def housing(documents: str, secrets: Mapping[str, ImportedSecret] = GOOD) -> House:
    house = House(documents)
    give(house, secrets)
    return house


def ready(house: House, name: str = "old", kind: Kind = Kind.AUTHORITY) -> tuple[str, str]:
    condition = house.ready(kind, name)
    return condition.status, condition.reason


def message(house: House) -> str:
    return house.ready(Kind.AUTHORITY, "old").message


def can_sign(plan: Plan, name: str = "old") -> bool:
    return plan.authorities[key_of(name)].establishment.issuer is not None


def test_an_imported_authority_signs_and_nothing_of_it_is_kept_but_trust_and_status() -> None:
    house = housing(IMPORTED)
    plan = house.reconcile()
    assert [type(step) for step in plan.steps] == [StoreTrust, StoreStatus]
    assert house.generated == []
    assert ready(house) == ("True", "Issued")
    assert house.roots(Kind.AUTHORITY, "old") == (ROOT.certificate,)
    status = plan.authorities[key_of("old")].status
    assert status.chain == chains.to_pem_chain([OLD, ROOT.certificate])
    assert status.not_after == END


def test_a_profile_issues_from_it() -> None:
    plan = housing(IMPORTED + PROFILE).reconcile()
    signer = plan.profiles[key_of("web")].signer
    assert signer is not None
    assert SignerInForce.load(signer).certificate == OLD


def test_an_authority_below_it_is_signed_by_it() -> None:
    house = housing(IMPORTED + BELOW)
    plan = house.reconcile()
    assert house.path("issuing")[1:] == (OLD, ROOT.certificate)
    assert can_sign(plan, "issuing")


def test_planning_wants_to_see_the_secrets_of_imported_authorities_only() -> None:
    elsewhere = IMPORTED.replace("name: old}", "name: old, namespace: elsewhere}")
    house = House("---".join([IMPORTED + BELOW, elsewhere]))
    assert imported_secrets(house.world().resources) == {
        key_of("pki/old-ca"),
        key_of("elsewhere/old-ca"),
    }


def test_the_order_in_which_secret_and_authority_come_does_not_matter() -> None:
    house = housing(IMPORTED + PROFILE, {})
    house.reconcile()
    assert ready(house) == ("False", "SecretNotFound")
    assert message(house) == "there is no Secret pki/old-ca to import it from"
    assert not house.is_stalled(Kind.AUTHORITY, "old")
    assert ready(house, "web", Kind.PROFILE) == ("False", "IssuerNotReady")
    give(house, GOOD)
    house.reconcile()
    assert ready(house) == ("True", "Issued")
    assert ready(house, "web", Kind.PROFILE) == ("True", "Served")


def test_a_secret_of_that_name_in_another_namespace_is_not_looked_at() -> None:
    house = housing(IMPORTED, {"elsewhere/old-ca": GOOD[SECRET]})
    house.reconcile()
    assert ready(house) == ("False", "SecretNotFound")


OTHER_KEY: Final = keys.generate(_TYPE)
_KEY_PEM: Final = keys.private_key_to_pem(OLD_KEY).decode()


@pytest.mark.parametrize(
    ("found", "told"),
    [
        pytest.param(ImportedSecret(), "tls.crt of Secret pki/old-ca", id="neither member"),
        pytest.param(ImportedSecret(key=_KEY_PEM), "it is missing", id="no certificate"),
        pytest.param(ImportedSecret("rubbish", _KEY_PEM), "0 certificates", id="no PEM"),
        pytest.param(ImportedSecret(_KEY_PEM, _KEY_PEM), "PRIVATE KEY", id="the key twice"),
        pytest.param(secret(OLD)[SECRET], "not a self-signed root", id="no root"),
        pytest.param(
            secret(ROOT.certificate, OLD)[SECRET], "is not signed by", id="the root first"
        ),
        pytest.param(KEYLESS[SECRET], "tls.key of Secret pki/old-ca", id="no key"),
        pytest.param(
            secret(OLD, ROOT.certificate, key=OTHER_KEY)[SECRET],
            "it is another certificate's",
            id="another's key",
        ),
        pytest.param(
            replace(GOOD[SECRET], key=_KEY_PEM[:-60]), "not a well-formed key", id="half a key"
        ),
    ],
)
def test_what_cannot_be_used_is_told_by_member_and_secret_and_what_is_allowed(
    found: ImportedSecret, told: str
) -> None:
    house = housing(IMPORTED, {SECRET: found})
    plan = house.reconcile()
    assert ready(house) == ("False", "ImportRefused")
    assert house.is_stalled(Kind.AUTHORITY, "old")
    assert told in message(house)
    assert "Secret pki/old-ca can't be used" in message(house)
    assert "it must hold in PEM" in message(house)
    assert not can_sign(plan)


def test_no_key_material_shows_anywhere() -> None:
    house = housing(IMPORTED + PROFILE, {SECRET: replace(GOOD[SECRET], certificate=_KEY_PEM)})
    private = _KEY_PEM.splitlines()[1:3]  # What follows is the public key's.
    refused = house.reconcile()
    told_then = message(house)
    give(house, GOOD)
    good = house.reconcile()
    shown = repr(refused) + repr(list(refused.steps)) + repr(good) + repr(house.existing)
    for told in (told_then, shown, repr(list(good.steps)), repr(GOOD)):
        assert not any(line in told for line in private)


def test_a_list_that_the_certificate_does_not_let_it_sign_is_refused() -> None:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    name = Subject(common_name="Signs no lists").to_x509()
    own = (
        x509.CertificateBuilder(name, name, OLD_KEY.public_key(), 5, BEGIN, END)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(OLD_KEY.public_key()), critical=False
        )
        .sign(OLD_KEY, keys.signature_hash(OLD_KEY))
    )
    house = housing(IMPORTED, secret(own))
    house.reconcile()
    assert ready(house) == ("True", "Issued")
    house.write(IMPORTED.replace("spec: {", "spec: {crl: {url: 'http://crl.acme.com/'}, "))
    house.reconcile()
    assert ready(house) == ("False", "ImportRefused")
    assert "lacks cRLSign" in message(house)
    assert "leave spec.crl out" in message(house)


@pytest.mark.parametrize("which", ["the authority", "its root"])
def test_a_chain_that_has_expired_is_told_until_it_is_renewed(which: str) -> None:
    early = NOW + YEAR
    root = self_signed_root(ROOT_KEY, made("Elsewhere", not_after=early), 3)
    own = issue_authority(ROOT, OLD_KEY.public_key(), made("Old", not_after=early), 4)
    path = (own, ROOT.certificate) if which == "the authority" else (OLD, root)
    house = housing(IMPORTED + BELOW, secret(*path))
    plan = house.reconcile()
    assert ready(house) == ("True", "Issued")
    house.now = early + timedelta(seconds=1)
    plan = house.reconcile()
    assert ready(house) == ("False", "CertificateExpired")
    assert house.is_stalled(Kind.AUTHORITY, "old")
    assert "Secret pki/old-ca" in message(house)
    assert not can_sign(plan)
    assert not can_sign(plan, "issuing")
    give(house, GOOD)
    plan = house.reconcile()
    assert ready(house) == ("True", "Issued")
    assert can_sign(plan, "issuing")


def test_a_certificate_that_is_not_valid_yet_comes_into_force_by_itself() -> None:
    begin = NOW + timedelta(days=1)
    own = issue_authority(ROOT, OLD_KEY.public_key(), made("Old", not_before=begin), 4)
    house = housing(IMPORTED, secret(own, ROOT.certificate))
    plan = house.reconcile()
    assert ready(house) == ("False", "ImportRefused")
    assert not house.is_stalled(Kind.AUTHORITY, "old")
    assert plan.next_time == begin
    house.now = begin
    house.reconcile()
    assert ready(house) == ("True", "Issued")


@pytest.mark.parametrize(
    ("renew_before", "due"),
    [
        pytest.param("", END - (END - BEGIN) / 5, id="a fifth of its validity"),
        pytest.param(", renewBefore: 720h", END - timedelta(days=30), id="renewBefore"),
        pytest.param(", renewBefore: 61320h", NOW, id="longer than the certificate"),
    ],
)
def test_a_person_is_asked_in_time_for_a_renewed_certificate(
    renew_before: str, due: object
) -> None:
    house = housing(IMPORTED.replace("}}}", f"}}}}{renew_before}}}"))
    plan = house.reconcile()
    if due != NOW:
        assert ready(house) == ("True", "Issued")
        assert plan.next_time == due == plan.authorities[key_of("old")].status.renewal_time
        assert plan.next_time is not None
        house.now = plan.next_time
        plan = house.reconcile()
    assert ready(house) == ("True", "RenewalDue")
    assert "into tls.crt of Secret pki/old-ca" in message(house)
    assert warnings(plan) == [message(house)]
    assert not warnings(house.reconcile()), "it is told once"
    assert can_sign(house.plan())


def warnings(plan: Plan) -> list[str]:
    return [event.message for _, event in plan.events if event.warning]


@pytest.mark.parametrize("where", [SECRET, "renewed"])
def test_a_renewed_certificate_is_taken_from_the_secret_or_from_another(where: str) -> None:
    house = housing(IMPORTED + BELOW)
    house.reconcile()
    renewed = issue_authority(ROOT, OLD_KEY.public_key(), made("Old"), 9)
    give(house, secret(renewed, ROOT.certificate, name=where))
    house.write(IMPORTED.replace(SECRET, where) + BELOW)
    plan = house.reconcile()
    assert ready(house) == ("True", "Issued")
    assert house.path("issuing")[1] == renewed
    assert [event.message for owner, event in plan.events if owner.key.name == "old"] == [
        f"tls.crt of Secret pki/{where} is in force, valid until 2030-11-22T12:00:00Z"
    ]
    assert not list(house.reconcile().events), "it is told once"


@pytest.mark.parametrize("with_key", [True, False])
def test_a_different_key_is_never_taken_for_the_one_that_was_there(with_key: bool) -> None:
    house = housing(IMPORTED + PROFILE)
    house.reconcile()
    other = issue_authority(ROOT, OTHER_KEY.public_key(), made("Old"), 9)
    give(house, secret(other, ROOT.certificate, key=OTHER_KEY if with_key else None))
    plan = house.reconcile()
    assert ready(house) == ("False", "KeyMismatch")
    assert house.is_stalled(Kind.AUTHORITY, "old")
    assert not can_sign(plan)
    assert plan.profiles[key_of("web")].signer is None
    give(house, GOOD)
    house.reconcile()
    assert ready(house) == ("True", "Issued")


def test_what_is_below_a_root_goes_on_when_the_key_alone_goes_offline() -> None:
    house = housing(IMPORTED + BELOW, OF_ROOT)
    house.reconcile()
    give(house, secret(ROOT.certificate, key=None))
    plan = house.reconcile()
    assert ready(house) == ("False", "KeyMissing")
    assert house.is_stalled(Kind.AUTHORITY, "old")
    assert not can_sign(plan)
    assert can_sign(plan, "issuing")
    assert ready(house, "issuing") == ("True", "Issued")


def test_nothing_goes_on_below_an_authority_whose_secret_is_gone() -> None:
    house = housing(IMPORTED + BELOW)
    house.reconcile()
    give(house, {})
    plan = house.reconcile()
    assert ready(house) == ("False", "SecretNotFound")
    assert not can_sign(plan, "issuing")
    give(house, GOOD)
    assert can_sign(house.reconcile(), "issuing"), "it goes on as soon as it is back"


@pytest.mark.parametrize(
    ("state", "status"), [("Retired", ("True", "Retired")), ("Disabled", ("False", "Disabled"))]
)
def test_one_that_is_not_active_signs_nothing_and_shows_its_certificate(
    state: str, status: tuple[str, str]
) -> None:
    house = housing(IMPORTED.replace("spec: {", f"spec: {{state: {state}, "))
    plan = house.reconcile()
    assert ready(house) == status
    assert not can_sign(plan)
    assert plan.authorities[key_of("old")].status.certificate == chains.to_pem_chain([OLD])
    give(house, {})
    house.reconcile()
    assert ready(house) == status


def test_a_disabled_imported_root_is_withdrawn_from_trust_and_the_root_above_one_is_not() -> None:
    profile = PROFILE.replace("name: old}", "name: new}")
    new = "---" + IMPORTED.replace("old}", "new}").replace(SECRET, "new-ca")
    own = self_signed_root(OTHER_KEY, made("New"), 1)
    disabled = IMPORTED.replace("spec: {", "spec: {state: Disabled, ")
    for secrets, kept in ((OF_ROOT, False), (GOOD, True)):
        both = {**secrets, **secret(own, key=OTHER_KEY, name="new-ca")}
        house = housing(IMPORTED + new + PROFILE, both)
        house.reconcile()
        assert house.roots(Kind.PROFILE, "web") == (ROOT.certificate,)
        house.write(disabled + new + profile)
        house.reconcile()
        assert (ROOT.certificate in house.roots(Kind.PROFILE, "web")) is kept


def test_nothing_of_the_secret_is_removed_with_its_authority() -> None:
    house = housing(IMPORTED)
    house.reconcile()
    house.write("")
    plan = house.reconcile()
    assert [type(step) for step in plan.steps] == [RemoveTrust, RemoveStatus]
    assert not house.statuses


def test_planning_again_says_the_same() -> None:
    house = housing(IMPORTED + BELOW + PROFILE)
    house.reconcile()
    first = house.reconcile()
    assert list(map(repr, first.steps)) == list(map(repr, house.plan().steps))
    assert not list(first.events)
    mine = first.authorities[key_of("old")].steps
    assert not [
        each for each in mine if isinstance(each, CreateKey | StoreCertificates | RemoveKey)
    ]
