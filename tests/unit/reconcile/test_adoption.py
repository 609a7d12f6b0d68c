"""Keys that were kept from an earlier namespace of the same name come back to who names them."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from certwright.pki import keys
from certwright.reconcile.adoption import ADOPT_KEY, is_adopted
from certwright.reconcile.existing import Existing, SignerKey, SignerRole
from certwright.reconcile.signing_keys import identifier_of
from certwright.reconcile.steps import CreateKey, RemoveKey, StoreCertificates
from certwright.reconcile.world import Kind
from certwright.resources.authority import CertificateAuthority
from certwright.resources.metadata import ObjectKey
from certwright.resources.profile import CertificateProfile
from tests.unit.reconcile.house import House, key_of

ROOT = """
kind: CertificateAuthority
metadata: {name: root}
spec: {root: {}, commonName: Root}
"""
OWN = """
kind: CertificateTemplate
metadata: {name: web-server}
spec: {preset: TLSServer}
---
kind: CertificateProfile
metadata: {name: web}
spec: {issuer: {selfSigned: {}}, templateRef: {name: web-server}}
"""
AUTHORITY = SignerKey(key_of("root"))
PROFILE_ROOT = SignerKey(key_of("web"), SignerRole.PROFILE_ROOT)
PROFILE_ISSUER = SignerKey(key_of("web"), SignerRole.PROFILE_ISSUER)


def after_its_namespace(documents: str, *signers: SignerKey) -> tuple[House, dict[SignerKey, str]]:
    """Return the house of a new namespace whose name another one had, and those kept keys.

    The operator doesn't hand out such keys; it tells that they are there.
    """
    before = House(documents)
    before.reconcile()
    kept = {signer: before.existing.keys[signer] for signer in signers}
    withheld = {signer: _identifier(pem) for signer, pem in kept.items()}
    house = House(documents)
    house.existing = Existing(withheld=withheld, certificates=before.existing.certificates)
    return house, kept


def _identifier(pem: str) -> str:
    return identifier_of(keys.private_key_from_pem(pem.encode()))


def annotated(documents: str, name: str, value: str) -> str:
    annotations = f"annotations: {{{ADOPT_KEY}: '{value}'}}"
    return documents.replace(
        f"metadata: {{name: {name}}}", f"metadata: {{name: {name}, {annotations}}}"
    )


def adopted(house: House, kept: Mapping[SignerKey, str]) -> None:
    """Hand out what the objects ask for, as an operator does."""
    world = house.world().resources
    owners: dict[ObjectKey, CertificateAuthority | CertificateProfile] = {
        **world.authorities,
        **world.profiles,
    }
    given = {
        signer: pem
        for signer, pem in kept.items()
        if is_adopted(owners[signer.key], _identifier(pem))
    }
    withheld = {s: found for s, found in house.existing.withheld.items() if s not in given}
    house.existing = replace(house.existing, keys=given, withheld=withheld)


@pytest.mark.parametrize("generate", ["IfAbsent", "Never"])
def test_a_kept_key_is_withheld_and_none_is_made_in_its_place(generate: str) -> None:
    documents = ROOT.replace("root: {}", f"privateKey: {{generate: {generate}}}, root: {{}}")
    house, kept = after_its_namespace(ROOT, AUTHORITY)
    house.write(documents)
    plan = house.reconcile()
    ready = house.ready(Kind.AUTHORITY, "root")
    identifier = _identifier(kept[AUTHORITY])
    assert (ready.status, ready.reason) == ("False", "KeyWithheld")
    assert house.is_stalled(Kind.AUTHORITY, "root")
    assert identifier in ready.message
    assert f"annotation {ADOPT_KEY} of CertificateAuthority pki/root" in ready.message
    assert house.generated == []
    assert not [each for each in plan.steps if isinstance(each, CreateKey | StoreCertificates)]
    assert not house.trust, "what it signed is not vouched for to the new namespace"
    assert plan.authorities[AUTHORITY.key].status.certificate is None


def test_a_kept_key_comes_back_to_the_authority_that_names_it() -> None:
    house, kept = after_its_namespace(ROOT, AUTHORITY)
    house.reconcile()
    house.write(annotated(ROOT, "root", _identifier(kept[AUTHORITY])))
    adopted(house, kept)
    house.reconcile()
    ready = house.ready(Kind.AUTHORITY, "root")
    assert (ready.status, ready.reason) == ("True", "Issued")
    assert house.existing.keys[AUTHORITY] == kept[AUTHORITY]
    assert house.generated == []


def test_an_annotation_with_another_identifier_changes_nothing() -> None:
    house, kept = after_its_namespace(ROOT, AUTHORITY)
    house.write(annotated(ROOT, "root", "00" * 20))
    adopted(house, kept)
    house.reconcile()
    assert house.ready(Kind.AUTHORITY, "root").reason == "KeyWithheld"


def test_a_profile_tells_both_of_its_own_keys_and_takes_both_back_by_one_annotation() -> None:
    house, kept = after_its_namespace(OWN, PROFILE_ROOT, PROFILE_ISSUER)
    plan = house.reconcile()
    ready = house.ready(Kind.PROFILE, "web")
    both = ",".join(_identifier(kept[each]) for each in sorted(kept))
    assert (ready.status, ready.reason) == ("False", "KeyWithheld")
    assert house.is_stalled(Kind.PROFILE, "web")
    assert f"add {both} to the annotation {ADOPT_KEY} of CertificateProfile" in ready.message
    assert plan.profiles[key_of("web")].bundle.refusal == ready.message
    assert house.generated == []
    house.write(annotated(OWN, "web", both))
    adopted(house, kept)
    house.reconcile()
    assert house.ready(Kind.PROFILE, "web").reason == "Served"
    assert house.existing.keys == kept


def test_an_authority_and_a_profile_of_one_name_have_keys_of_their_own() -> None:
    house = House(ROOT.replace("name: root}", "name: web}") + "---" + OWN)
    house.existing = Existing(withheld={PROFILE_ROOT: "aa", PROFILE_ISSUER: "bb"})
    house.reconcile()
    assert house.ready(Kind.AUTHORITY, "web").reason == "Issued"
    assert "add bb,aa to" in house.ready(Kind.PROFILE, "web").message


@pytest.mark.parametrize("asked", [False, True], ids=["withheld", "taken back"])
def test_a_kept_key_is_deleted_by_the_deletion_policy_of_who_took_it_back_only(
    asked: bool,
) -> None:
    deleting = ROOT.replace("root: {}", "deletionPolicy: Delete, root: {}")
    house, kept = after_its_namespace(ROOT, AUTHORITY)
    house.write(annotated(deleting, "root", _identifier(kept[AUTHORITY]) if asked else ""))
    adopted(house, kept)
    house.reconcile()
    house.write("")
    removed = [step for step in house.plan().steps if isinstance(step, RemoveKey)]
    assert removed == ([RemoveKey(AUTHORITY)] if asked else [])


def test_what_stands_on_a_withheld_key_waits() -> None:
    below = "---\nkind: CertificateAuthority\nmetadata: {name: issuing}\nspec: {intermediate: "
    documents = ROOT + below + "{authorityRef: {name: root}}, commonName: Issuing}"
    house, _ = after_its_namespace(ROOT, AUTHORITY)
    house.write(documents)
    house.reconcile()
    assert house.ready(Kind.AUTHORITY, "issuing").reason == "IssuerNotReady"


@pytest.mark.parametrize(
    ("annotation", "asked"),
    [
        ("0a1b", True),
        (" 0a1b ", True),
        ("0A:1B", True),
        ("ffff, 0a1b", True),
        ("ffff,0a1b,", True),
        ("0a1", False),
        ("0a1b2", False),
        ("0a1b ffff", False),
        ("", False),
        ("true", False),
    ],
)
def test_an_annotation_lists_identifiers_in_hexadecimal(annotation: str, asked: bool) -> None:
    (authority,) = House(annotated(ROOT, "root", annotation)).resources
    assert isinstance(authority, CertificateAuthority)
    assert is_adopted(authority, "0a1b") is asked


def test_without_an_annotation_no_key_is_asked_for() -> None:
    (authority,) = House(ROOT).resources
    assert isinstance(authority, CertificateAuthority)
    assert not is_adopted(authority, "0a1b")
    assert not is_adopted(authority, "")
