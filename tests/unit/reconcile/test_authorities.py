from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from cryptography import x509

from certwright.bundles.signer import SignerBundle, signer_name
from certwright.pki import chains, keys, paths
from certwright.pki.authorities import AuthorityContents, Issuer, issue_authority, self_signed_root
from certwright.pki.keys import KeyAlgorithm, KeyType
from certwright.pki.subjects import Subject
from certwright.reconcile.existing import Existing, SignerKey
from certwright.reconcile.plan import Plan
from certwright.reconcile.steps import CreateKey, StoreCertificates, StoreStatus, StoreTrust
from certwright.reconcile.world import Kind, ObjectId
from tests.unit.reconcile.house import NOW, House, key_of

ROOT = """
kind: CertificateAuthority
metadata: {name: root}
spec: {root: {}, commonName: Root, duration: 87600h, renewBefore: 8760h}
"""
ISSUING = """
---
kind: CertificateAuthority
metadata: {name: issuing}
spec: {intermediate: {authorityRef: {name: root}}, commonName: Issuing, duration: 43800h,
  renewBefore: 8760h, maxPathLength: 0}
"""
BELOW = "".join(
    f"""
---
kind: CertificateAuthority
metadata: {{name: {name}}}
spec: {{intermediate: {{authorityRef: {{name: {above}}}}}, commonName: {name}}}
"""
    for above, name in pairwise(("root", "first", "second", "issuing"))
)
OFFLINE = """
kind: CertificateAuthority
metadata: {name: issuing}
spec: {intermediate: {}, commonName: Issuing, maxPathLength: 0}
"""
YEAR = timedelta(days=365)


def ready(house: House, name: str = "issuing") -> tuple[str, str]:
    condition = house.ready(Kind.AUTHORITY, name)
    return condition.status, condition.reason


def test_a_root_gets_a_key_a_certificate_and_roots_to_trust_in_this_order() -> None:
    house = House(ROOT)
    plan = house.reconcile()
    assert [type(step) for step in plan.steps] == [
        CreateKey,
        StoreCertificates,
        StoreTrust,
        StoreStatus,
    ]
    certificate = house.certificate("root")
    assert paths.is_self_signed(certificate)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == 10 * YEAR
    assert certificate.not_valid_before_utc == NOW - timedelta(minutes=5)
    assert ready(house, "root") == ("True", "Issued")


def test_an_intermediate_is_signed_by_the_authority_it_refers_to() -> None:
    house = House(ISSUING + ROOT.replace("kind", "---\nkind"))
    house.reconcile()
    issuing, root = house.path("issuing")
    assert root == house.certificate("root")
    assert paths.was_issued_by(issuing, root)
    roots = house.trust[ObjectId(Kind.AUTHORITY, key_of("issuing"))]
    assert chains.certificates_from_pem(roots) == (root,)


def test_a_chain_of_any_depth_is_planned_at_once_whatever_the_order() -> None:
    names = ["root", "a", "b", "c", "d", "e"]
    documents = [
        f"""
kind: CertificateAuthority
metadata: {{name: {name}}}
spec: {{intermediate: {{authorityRef: {{name: {parent}}}}}, commonName: CA {name}}}
"""
        for parent, name in pairwise(names)
    ]
    house = House("---".join([*reversed(documents), ROOT]))
    house.reconcile()
    assert [certificate.subject for certificate in house.path("e")] == [
        house.certificate(name).subject for name in reversed(names)
    ]
    assert all(ready(house, name) == ("True", "Issued") for name in names)


def test_authorities_that_sign_each_other_in_a_circle_say_so() -> None:
    circle = """
kind: CertificateAuthority
metadata: {name: a}
spec: {intermediate: {authorityRef: {name: b}}, commonName: A}
---
kind: CertificateAuthority
metadata: {name: b}
spec: {intermediate: {authorityRef: {name: a}}, commonName: B}
---
kind: CertificateAuthority
metadata: {name: below}
spec: {intermediate: {authorityRef: {name: a}}, commonName: Below}
"""
    house = House(circle)
    house.reconcile()
    assert ready(house, "a") == ready(house, "b") == ("False", "ReferenceCycle")
    assert house.is_stalled(Kind.AUTHORITY, "a")
    assert ready(house, "below") == ("False", "IssuerNotReady")


def test_planning_again_says_the_same_and_makes_nothing_new() -> None:
    house = House(
        ROOT + ISSUING + OFFLINE.replace("kind", "---\nkind").replace("issuing", "waiting")
    )
    first = house.reconcile()
    second = house.reconcile()
    made = set(map(repr, first.steps)) - set(map(repr, second.steps))
    assert made == {repr(step) for step in first.steps if isinstance(step, CreateKey)}
    assert list(first.events)
    assert not list(second.events)
    assert len(house.generated) == 3


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("{algorithm: RSA, size: 3072}", KeyType(KeyAlgorithm.RSA, 3072)),
        ("{algorithm: RSA}", KeyType(KeyAlgorithm.RSA, 2048)),
        ("{algorithm: ECDSA, size: 384}", KeyType(KeyAlgorithm.ECDSA, 384)),
        ("{}", KeyType(KeyAlgorithm.ECDSA, 256)),
        ("{algorithm: Ed25519}", KeyType(KeyAlgorithm.ED25519)),
    ],
)
def test_the_key_is_of_the_type_that_the_spec_names(algorithm: str, expected: KeyType) -> None:
    house = House(ROOT.replace("commonName", f"privateKey: {algorithm}, commonName"))
    house.reconcile()
    assert house.generated == [expected]
    assert keys.key_type_of(house.certificate("root").public_key()) == expected


def test_a_signer_that_the_server_still_has_tells_of_a_key_that_is_gone() -> None:
    house = House(ROOT + ISSUING)
    house.reconcile()
    path = house.path("issuing")
    issuer = house.plan().authorities[key_of("issuing")].establishment.issuer
    assert issuer is not None
    bundle = SignerBundle.of(signer_name("pki", "issuing", path[0]), issuer)
    house.statuses.clear()
    root = SignerKey(key_of("root"))
    house.existing = Existing(
        keys={root: house.existing.keys[root]},
        certificates={SignerKey(key_of("issuing")): bundle.certificate + bundle.chain},
    )
    plan = house.reconcile()
    assert ready(house) == ("False", "KeyMissing")
    assert house.is_stalled(Kind.AUTHORITY, "issuing")
    assert not can_sign(plan)
    assert len(house.generated) == 2


@pytest.mark.parametrize("left", ["certificate", "status", "both"])
def test_a_key_that_is_gone_is_never_generated_again(left: str) -> None:
    house = House(ROOT)
    house.reconcile()
    house.lose_key(SignerKey(key_of("root")))
    if left == "certificate":
        house.statuses.clear()
    if left == "status":
        house.lose_certificates(SignerKey(key_of("root")))
    house.reconcile()
    assert ready(house, "root") == ("False", "KeyMissing")
    assert house.is_stalled(Kind.AUTHORITY, "root")
    assert len(house.generated) == 1
    house.reconcile()
    assert ready(house, "root") == ("False", "KeyMissing")


def test_a_key_without_a_certificate_is_taken_for_what_a_crash_left() -> None:
    house = House(ROOT)
    plan = house.plan()
    house.apply(list(plan.steps)[:1])
    house.reconcile()
    assert len(house.generated) == 1
    assert ready(house, "root") == ("True", "Issued")


def test_a_key_that_may_not_be_generated_is_asked_for() -> None:
    house = House(ROOT.replace("commonName", "privateKey: {generate: Never}, commonName"))
    house.reconcile()
    assert ready(house, "root") == ("False", "KeyNotProvided")
    provide(house, KeyType(KeyAlgorithm.ECDSA, 256))
    house.reconcile()
    assert ready(house, "root") == ("True", "Issued")
    assert not house.generated


def provide(house: House, key_type: KeyType, name: str = "root") -> None:
    pem = keys.private_key_to_pem(keys.generate(key_type)).decode()
    found = {**house.existing.keys, SignerKey(key_of(name)): pem}
    house.existing = replace(house.existing, keys=found)


def test_a_key_of_another_type_than_the_spec_names_is_refused() -> None:
    house = House(ROOT)
    provide(house, KeyType(KeyAlgorithm.ECDSA, 384))
    house.reconcile()
    assert ready(house, "root") == ("False", "KeyTypeMismatch")
    message = house.ready(Kind.AUTHORITY, "root").message
    assert "ECDSA 384" in message
    assert "ECDSA 256" in message


def test_another_key_in_the_place_of_the_one_that_was_there_is_refused() -> None:
    house = House(ROOT)
    house.reconcile()
    provide(house, KeyType(KeyAlgorithm.ECDSA, 256))
    house.reconcile()
    assert ready(house, "root") == ("False", "KeyMismatch")


def test_a_key_that_cannot_be_read_is_refused_without_showing_it() -> None:
    house = House(ROOT)
    found = {SignerKey(key_of("root")): "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n"}
    house.existing = replace(house.existing, keys=found)
    house.reconcile()
    assert ready(house, "root") == ("False", "KeyInvalid")
    assert "c2VjcmV0" not in house.ready(Kind.AUTHORITY, "root").message


def test_a_root_is_renewed_before_its_end_with_the_same_key_and_the_chain_follows() -> None:
    house = House(ROOT + ISSUING)
    house.reconcile()
    before = house.certificate("root")
    house.now = before.not_valid_after_utc - YEAR
    plan = house.reconcile()
    after = house.certificate("root")
    assert after.public_key() == before.public_key()
    assert after.not_valid_after_utc > before.not_valid_after_utc
    assert house.path("issuing")[1] == after
    assert any("renewed" in event.message for _, event in plan.events)
    assert len(house.generated) == 2


def test_the_plan_says_when_to_look_again() -> None:
    house = House(ROOT + ISSUING)
    plan = house.reconcile()
    renewal = house.certificate("issuing").not_valid_after_utc - YEAR
    assert plan.next_time == renewal
    house.now = renewal - timedelta(seconds=1)
    unchanged = house.certificate("issuing")
    house.reconcile()
    assert house.certificate("issuing") == unchanged
    house.now = renewal
    house.reconcile()
    assert house.certificate("issuing") != unchanged


def test_no_authority_outlives_its_issuer_and_says_that_it_was_shortened() -> None:
    house = House(ROOT + ISSUING.replace("43800h", "175200h"))
    house.reconcile()
    issuing, root = house.path("issuing")
    assert issuing.not_valid_after_utc == root.not_valid_after_utc
    assert "before spec.duration" in house.ready(Kind.AUTHORITY, "issuing").message
    house.now += 5 * YEAR
    house.reconcile()
    assert house.certificate("issuing") == issuing, "nothing is gained by another"
    house.now = root.not_valid_after_utc - YEAR
    house.reconcile()
    issuing, root = house.path("issuing")
    assert issuing.not_valid_after_utc == root.not_valid_after_utc > house.now + 9 * YEAR


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("duration: 43800h", "duration: 17520h"),
        ("maxPathLength: 0", "maxPathLength: 1"),
        ("maxPathLength: 0", "nameConstraints: {permitted: {dnsDomains: [acme.com]}}"),
        ("commonName: Issuing", "commonName: Other"),
    ],
)
def test_an_edit_of_what_the_certificate_says_gets_a_new_one_for_the_same_key(
    before: str, after: str
) -> None:
    house = House(ROOT + ISSUING)
    house.reconcile()
    old = house.certificate("issuing")
    house.write(ROOT + ISSUING.replace(before, after))
    plan = house.reconcile()
    new = house.certificate("issuing")
    assert new != old
    assert new.public_key() == old.public_key()
    assert any("wanted now" in event.message for _, event in plan.events)
    house.reconcile()
    assert house.certificate("issuing") == new


def test_an_issuers_list_stands_in_the_certificates_below_it() -> None:
    crl = "commonName: Root, crl: {url: 'http://crl.acme.com/root.crl'}"
    house = House(ROOT + ISSUING)
    house.reconcile()
    house.write(ROOT.replace("commonName: Root", crl) + ISSUING)
    house.reconcile()
    for name in ("root", "issuing"):
        points = house.certificate(name).extensions.get_extension_for_class(
            x509.CRLDistributionPoints
        )
        assert "http://crl.acme.com/root.crl" in repr(points)


def test_an_authority_that_moves_below_another_one_is_signed_by_that() -> None:
    other = ROOT.replace("name: root", "name: other").replace("Root", "Other")
    house = House(ROOT + ISSUING + "---" + other)
    house.reconcile()
    house.write(ROOT + ISSUING.replace("name: root", "name: other") + "---" + other)
    house.reconcile()
    assert house.path("issuing")[1] == house.certificate("other")


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ("maxPathLength: 0", "path length"),
        ("nameConstraints: {permitted: {dnsDomains: [other.com]}}", "acme.com"),
    ],
)
def test_an_issuer_refuses_what_its_own_certificate_forbids(limits: str, told: str) -> None:
    root = ROOT.replace("commonName", f"{limits}, commonName")
    issuing = ISSUING.replace(
        "maxPathLength: 0", "nameConstraints: {permitted: {dnsDomains: [acme.com]}}"
    )
    house = House(root + issuing)
    house.reconcile()
    assert ready(house) == ("False", "IssuerRefused")
    assert told in house.ready(Kind.AUTHORITY, "issuing").message


def test_a_missing_issuer_is_waited_for_without_being_stalled() -> None:
    house = House(ISSUING.removeprefix("\n---"))
    house.reconcile()
    assert ready(house) == ("False", "ReferenceNotFound")
    assert not house.is_stalled(Kind.AUTHORITY, "issuing")
    house.write(ROOT + ISSUING)
    house.reconcile()
    assert ready(house) == ("True", "Issued")


@pytest.mark.parametrize(
    ("allowed", "labels", "reason"),
    [
        ("{from: Same}", {}, "ReferenceNotPermitted"),
        ("{from: All}", {}, "Issued"),
        ("{from: Selector, selector: {matchLabels: {pki: 'yes'}}}", {}, "ReferenceNotPermitted"),
        ("{from: Selector, selector: {matchLabels: {pki: 'yes'}}}", {"pki": "yes"}, "Issued"),
    ],
)
def test_an_issuer_elsewhere_must_allow_the_namespace(
    allowed: str, labels: dict[str, str], reason: str
) -> None:
    root = ROOT.replace("commonName", f"allowedNamespaces: {allowed}, commonName")
    elsewhere = ISSUING.replace("{name: issuing}", "{name: issuing, namespace: team}").replace(
        "{name: root}", "{name: root, namespace: pki}"
    )
    house = House()
    house.write(root + elsewhere, {"team": labels})
    house.reconcile()
    assert house.ready(Kind.AUTHORITY, "team/issuing").reason == reason


def test_an_intermediate_goes_on_while_its_issuers_key_is_kept_offline() -> None:
    house = House(ROOT + ISSUING)
    house.reconcile()
    house.lose_key(SignerKey(key_of("root")))
    house.reconcile()
    assert ready(house, "root") == ("False", "KeyMissing")
    assert ready(house) == ("True", "Issued")
    certificate = house.certificate("issuing")
    house.now = certificate.not_valid_after_utc - YEAR
    plan = house.reconcile()
    assert ready(house) == ("False", "IssuerNotReady")
    assert can_sign(plan), "a certificate that is good still serves"
    house.now = certificate.not_valid_after_utc + timedelta(seconds=1)
    plan = house.reconcile()
    assert not can_sign(plan)


def can_sign(plan: Plan, name: str = "issuing") -> bool:
    return plan.authorities[key_of(name)].establishment.issuer is not None


@pytest.mark.parametrize(
    ("state", "status"), [("Retired", ("True", "Retired")), ("Disabled", ("False", "Disabled"))]
)
def test_an_authority_that_is_not_active_signs_nothing(state: str, status: tuple[str, str]) -> None:
    house = House(ROOT + ISSUING)
    house.reconcile()
    old = house.certificate("root")
    house.write(ROOT.replace("commonName", f"state: {state}, commonName"))
    house.now = old.not_valid_after_utc - timedelta(days=1)
    plan = house.reconcile()
    assert ready(house, "root") == status
    assert house.certificate("root") == old
    assert not can_sign(plan, "root")


@pytest.mark.parametrize("state", ["Retired", "Disabled"])
def test_nothing_new_comes_from_an_issuer_that_is_not_active(state: str) -> None:
    house = House(ROOT.replace("commonName", f"state: {state}, commonName") + ISSUING)
    house.reconcile()
    assert ready(house, "issuing")[0] == "False"
    assert SignerKey(key_of("issuing")) not in house.existing.certificates


@pytest.mark.parametrize(("state", "goes_on"), [("Retired", True), ("Disabled", False)])
def test_what_a_retired_issuer_signed_goes_on_and_what_a_disabled_one_signed_does_not(
    state: str, goes_on: bool
) -> None:
    house = House(ROOT + ISSUING)
    house.reconcile()
    house.write(ROOT.replace("commonName", f"state: {state}, commonName") + ISSUING)
    assert can_sign(house.reconcile()) is goes_on


@pytest.mark.parametrize(
    ("root", "goes_on"),
    [
        pytest.param(ROOT, True, id="active"),
        pytest.param(ROOT.replace("commonName", "state: Retired, commonName"), True, id="retired"),
        pytest.param(
            ROOT.replace("commonName", "state: Disabled, commonName"), False, id="disabled"
        ),
        pytest.param("", False, id="removed"),
    ],
)
def test_what_stops_an_authority_stops_everything_below_it(root: str, goes_on: bool) -> None:
    house = House(ROOT + BELOW)
    house.reconcile()
    assert len(house.path("issuing")) == 4
    house.write((root + BELOW).removeprefix("\n---"))
    assert can_sign(house.reconcile()) is goes_on
    house.write(ROOT + BELOW)
    assert can_sign(house.reconcile()), "it goes on as soon as nothing stops it"


def test_nothing_goes_on_below_an_authority_that_its_issuer_leaves_no_room_for() -> None:
    house = House(ROOT + BELOW)
    house.reconcile()
    house.write(ROOT + BELOW.replace("commonName: first", "commonName: first, maxPathLength: 0"))
    plan = house.reconcile()
    assert can_sign(plan, "first")
    assert ready(house, "second") == ("False", "IssuerRefused")
    assert not can_sign(plan)
    assert "has a path length that allows" in house.ready(Kind.AUTHORITY, "issuing").message


def test_a_spec_that_no_certificate_can_say_is_stalled() -> None:
    house = House(ROOT.replace("commonName: Root", "commonName: Ä234567890" + "ä" * 50))
    house.reconcile()
    assert ready(house, "root") == ("False", "InvalidSpec")
    assert house.is_stalled(Kind.AUTHORITY, "root")


def test_a_list_where_none_can_be_is_told_before_any_certificate_would_name_it() -> None:
    house = House(
        ROOT + ISSUING.replace("{intermediate", "{crl: {url: 'http://[::::1]/'}, intermediate")
    )
    house.reconcile()
    assert ready(house) == ("False", "InvalidSpec")


def test_an_intermediate_signed_offline_shows_its_request_until_it_is_answered() -> None:
    house = House(OFFLINE)
    house.reconcile()
    assert ready(house) == ("False", "CertificateAwaited")
    request = request_of(house)
    house.reconcile()
    assert request_of(house) == request, "the request stays as it was handed out"
    house.write(answered(house, key_of_request=True))
    house.reconcile()
    assert ready(house) == ("True", "Issued")
    assert len(house.path("issuing")) == 2


def request_of(house: House) -> str:
    status = house.plan().authorities[key_of("issuing")].status
    assert status.csr is not None
    return status.csr


def answered(
    house: House,
    *,
    key_of_request: bool,
    path_length: int | None = 0,
    begin: datetime = NOW - timedelta(days=1),
    end: datetime = NOW + YEAR,
) -> str:
    """Return the document with an answer that a root elsewhere signed."""
    root_key = keys.generate(KeyType(KeyAlgorithm.ECDSA, 256))
    root_contents = AuthorityContents(Subject(common_name="Elsewhere"), begin, end)
    root = self_signed_root(root_key, root_contents, 1)
    request = x509.load_pem_x509_csr(request_of(house).encode())
    key = request.public_key() if key_of_request else root_key.public_key()
    contents = AuthorityContents(Subject(common_name="Issuing"), begin, end, path_length)
    issuer = Issuer(root, root_key, ())
    certificate = issue_authority(issuer, keys.as_public_key(key), contents, 2)
    pem = chains.to_pem_chain([certificate, root]).replace("\n", "\\n")
    return OFFLINE.replace("intermediate: {}", f'intermediate: {{certificate: "{pem}"}}')


@pytest.mark.parametrize(
    ("renew_before", "due"),
    [
        pytest.param("", NOW + YEAR - (YEAR + timedelta(days=1)) / 5, id="a fifth of its validity"),
        pytest.param("renewBefore: 720h, ", NOW + YEAR - timedelta(days=30), id="renewBefore"),
    ],
)
def test_an_authority_signed_offline_goes_on_and_asks_in_time_for_a_new_certificate(
    renew_before: str, due: datetime
) -> None:
    house = House(OFFLINE)
    house.reconcile()
    house.write(
        answered(house, key_of_request=True).replace("commonName", f"{renew_before}commonName")
    )
    plan = house.reconcile()
    assert plan.next_time == due == plan.authorities[key_of("issuing")].status.renewal_time
    house.now = due - timedelta(seconds=1)
    assert not warnings(house.reconcile())
    assert ready(house) == ("True", "Issued")
    house.now = due
    (warning,) = warnings(house.reconcile())
    assert ready(house) == ("True", "RenewalDue")
    assert warning == house.ready(Kind.AUTHORITY, "issuing").message
    assert "signed again" in warning
    again = house.reconcile()
    assert not warnings(again), "it is told once"
    assert can_sign(again)
    house.write(answered(house, key_of_request=True, begin=due, end=due + YEAR))
    house.reconcile()
    assert ready(house) == ("True", "Issued")


def warnings(plan: Plan) -> list[str]:
    return [event.message for _, event in plan.events if event.warning]


def test_an_answer_that_does_not_fit_the_request_is_refused_with_every_reason() -> None:
    house = House(OFFLINE)
    house.reconcile()
    house.write(answered(house, key_of_request=True, path_length=3))
    plan = house.reconcile()
    assert ready(house) == ("False", "CertificateRefused")
    assert "path length is 3" in house.ready(Kind.AUTHORITY, "issuing").message
    assert not can_sign(plan)


def test_a_refused_answer_leaves_the_one_before_in_force() -> None:
    house = House(OFFLINE)
    house.reconcile()
    house.write(answered(house, key_of_request=True))
    house.reconcile()
    before = house.path("issuing")
    house.write(answered(house, key_of_request=False))
    plan = house.reconcile()
    assert ready(house) == ("False", "CertificateRefused")
    assert can_sign(plan)
    assert house.path("issuing") == before


def test_a_condition_moves_its_time_only_with_its_status() -> None:
    house = House(ISSUING.removeprefix("\n---"))
    house.reconcile()
    house.now += timedelta(hours=1)
    house.write(ROOT.replace("commonName", "state: Disabled, commonName") + ISSUING)
    house.reconcile()
    condition = house.ready(Kind.AUTHORITY, "issuing")
    assert condition.reason == "IssuerNotActive"
    assert condition.last_transition_time == NOW
    house.write(ROOT + ISSUING)
    house.reconcile()
    assert house.ready(Kind.AUTHORITY, "issuing").last_transition_time == house.now


def test_a_refused_edit_is_told_beside_how_the_object_in_force_stands() -> None:
    house = House(ROOT)
    refused = ObjectId(Kind.AUTHORITY, key_of("root"))
    house.refused_edits[refused] = "spec.privateKey never changes"
    house.reconcile()
    assert ready(house, "root") == ("True", "Issued")
    stalled = house.statuses[refused].condition("Stalled")
    assert stalled is not None
    assert (stalled.reason, stalled.message) == ("EditRefused", "spec.privateKey never changes")
    house.refused_edits.clear()
    house.reconcile()
    assert not house.is_stalled(Kind.AUTHORITY, "root")


@pytest.mark.parametrize(("policy", "kept"), [("Retain", True), ("Delete", False)])
def test_the_key_of_a_deleted_authority_is_kept_unless_its_deletion_was_wanted(
    policy: str, kept: bool
) -> None:
    house = House(ROOT.replace("commonName", f"deletionPolicy: {policy}, commonName"))
    house.reconcile()
    before = house.certificate("root")
    house.write("")
    house.reconcile()
    assert not house.statuses
    assert not house.trust
    assert (SignerKey(key_of("root")) in house.existing.keys) is kept
    house.write(ROOT)
    house.reconcile()
    assert (house.certificate("root") == before) is kept
    assert ready(house, "root") == ("True", "Issued")


def test_no_key_shows_in_the_repr_of_a_plan() -> None:
    house = House(ROOT)
    plan = house.reconcile()
    shown = repr(plan) + repr(list(plan.steps)) + repr(house.existing)
    assert "PRIVATE KEY" not in shown


def test_certificates_that_cannot_be_read_are_made_anew_for_the_same_key() -> None:
    house = House(ROOT)
    house.reconcile()
    key = house.certificate("root").public_key()
    house.existing = replace(house.existing, certificates={SignerKey(key_of("root")): "rubbish"})
    house.reconcile()
    assert house.certificate("root").public_key() == key


def test_a_request_that_cannot_be_read_is_made_anew() -> None:
    house = House(OFFLINE)
    house.reconcile()
    owner = ObjectId(Kind.AUTHORITY, key_of("issuing"))
    house.statuses[owner] = house.statuses[owner].model_copy(update={"csr": "rubbish"})
    assert "BEGIN CERTIFICATE REQUEST" in request_of(house)


def test_a_refused_answer_does_not_bring_back_what_has_expired() -> None:
    house = House(OFFLINE)
    house.reconcile()
    house.write(answered(house, key_of_request=True))
    house.reconcile()
    house.now += 2 * YEAR
    plan = house.reconcile()
    assert ready(house) == ("False", "CertificateRefused")
    assert not can_sign(plan)


def test_nothing_is_signed_below_a_chain_that_has_expired() -> None:
    house = House(ROOT + ISSUING)
    house.reconcile()
    house.lose_key(SignerKey(key_of("root")))
    house.now = house.certificate("root").not_valid_after_utc + timedelta(seconds=1)
    plan = house.reconcile()
    assert ready(house) == ("False", "IssuerNotReady")
    assert not can_sign(plan)
    assert "expired" in house.ready(Kind.AUTHORITY, "issuing").message


def test_a_retired_issuer_signs_nobody_new() -> None:
    house = House(ROOT)
    house.reconcile()
    house.write(ROOT.replace("commonName", "state: Retired, commonName") + ISSUING)
    house.reconcile()
    assert ready(house) == ("False", "IssuerNotActive")
    assert "Retired" in house.ready(Kind.AUTHORITY, "issuing").message


def test_a_certificate_that_says_too_much_does_not_go_on_while_its_issuer_cannot_sign() -> None:
    house = House(ROOT + ISSUING)
    house.reconcile()
    house.lose_key(SignerKey(key_of("root")))
    narrowed = "nameConstraints: {permitted: {dnsDomains: [acme.com]}}"
    house.write(ROOT + ISSUING.replace("maxPathLength: 0", narrowed))
    plan = house.reconcile()
    assert ready(house) == ("False", "IssuerNotReady")
    assert not can_sign(plan)
