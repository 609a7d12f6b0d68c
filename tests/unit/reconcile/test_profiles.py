import pytest

from certwright.bundles.profile import ProfileInForce
from certwright.bundles.signer import SignerInForce
from certwright.pki import chains, paths
from certwright.reconcile.existing import SignerKey, SignerRole
from certwright.reconcile.steps import Step, StoreProfile, StoreSigner, StoreStatus, StoreTrust
from certwright.reconcile.world import Kind, ObjectId
from tests.unit.reconcile.house import House, key_of, profile_bundle

ROOT = """
kind: CertificateAuthority
metadata: {name: root}
spec: {root: {}, commonName: Root}
"""
TEMPLATE = """
---
kind: CertificateTemplate
metadata: {name: web-server}
spec: {preset: TLSServer, allowed: {dnsNames: {values: ["**.acme.com"]}}}
"""
PROFILE = """
---
kind: CertificateProfile
metadata: {name: web}
spec: {issuer: {authorityRef: {name: root}}, templateRef: {name: web-server}}
"""
SELF_SIGNED = PROFILE.replace("authorityRef: {name: root}", "selfSigned: {}")
ALL = ROOT + TEMPLATE + PROFILE


def ready(house: House, name: str = "web") -> tuple[str, str]:
    condition = house.ready(Kind.PROFILE, name)
    return condition.status, condition.reason


def test_a_profile_names_its_signer_and_comes_after_it() -> None:
    house = House(ALL)
    plan = house.plan()
    steps = list(plan.profiles[key_of("web")].steps)
    assert [type(step) for step in steps] == [StoreSigner, StoreProfile, StoreTrust, StoreStatus]
    profile = in_force(house)
    assert profile.refusal is None
    assert profile.signer is not None
    assert profile.signer.certificate == house.certificate("root")
    assert ready(house) == ("True", "Served")


def in_force(house: House, name: str = "web") -> ProfileInForce:
    """Load what the server would be handed."""
    plan = house.reconcile()
    signer = plan.profiles[key_of(name)].signer
    loaded = None if signer is None else SignerInForce.load(signer)
    return ProfileInForce.load(profile_bundle(plan, name), loaded)


def test_every_signer_and_key_is_there_before_what_refers_to_it() -> None:
    house = House(ALL + SELF_SIGNED.replace("name: web}", "name: own}", 1))
    order = [type(step).__name__ for step in house.plan().steps]
    assert max(i for i, name in enumerate(order) if name == "CreateKey") < order.index(
        "StoreSigner", order.index("StoreProfile")
    )


@pytest.mark.parametrize(
    ("hostname", "url"),
    [
        ("", "https://acme.test:8443/acme/pki/web/directory"),
        (", acme: {hostname: web.acme.com}", "https://web.acme.com:8443/acme/pki/web/directory"),
    ],
)
def test_the_status_tells_the_directory_url(hostname: str, url: str) -> None:
    house = House(ALL.replace("{name: web-server}}", "{name: web-server}" + hostname + "}"))
    plan = house.reconcile()
    assert plan.profiles[key_of("web")].status.directory_url == url
    assert url in house.ready(Kind.PROFILE, "web").message


@pytest.mark.parametrize(
    ("documents", "reason", "told"),
    [
        (TEMPLATE + PROFILE, "ReferenceNotFound", "there is no CertificateAuthority pki/root"),
        (ROOT + PROFILE, "ReferenceNotFound", "there is no CertificateTemplate pki/web-server"),
        (
            ALL.replace("root: {}", "state: Retired, root: {}"),
            "IssuerNotActive",
            "CertificateAuthority pki/root is Retired",
        ),
        (
            ALL.replace("root: {}", "state: Disabled, root: {}"),
            "IssuerNotActive",
            "CertificateAuthority pki/root is Disabled",
        ),
        (
            ALL.replace("root: {}", "intermediate: {}"),
            "IssuerNotReady",
            "CertificateAuthority pki/root is not ready: sign the request",
        ),
    ],
)
def test_a_profile_that_lacks_something_gets_a_refusing_bundle_with_the_reason(
    documents: str, reason: str, told: str
) -> None:
    house = House(documents)
    profile = in_force(house)
    assert ready(house) == ("False", reason)
    assert not house.is_stalled(Kind.PROFILE, "web")
    assert profile.refusal is not None
    assert told in profile.refusal


def test_a_profile_that_lacks_two_things_tells_both() -> None:
    house = House(PROFILE)
    refusal = in_force(house).refusal
    assert refusal is not None
    assert "CertificateAuthority pki/root" in refusal
    assert "CertificateTemplate pki/web-server" in refusal


def test_a_reference_that_is_withdrawn_makes_a_profile_refuse_that_served_before() -> None:
    everywhere = "allowedNamespaces: {from: All}, "
    elsewhere = PROFILE.replace("{name: web}", "{name: web, namespace: team}")
    elsewhere = elsewhere.replace("name: root", "name: root, namespace: pki").replace(
        "{name: web-server}", "{name: web-server, namespace: pki}"
    )
    open_root = ROOT.replace("root: {}", everywhere + "root: {}")
    open_template = TEMPLATE.replace("preset", everywhere + "preset")
    house = House(open_root + open_template + elsewhere)
    assert in_force(house, "team/web").refusal is None
    house.write(ROOT + open_template + elsewhere)
    assert in_force(house, "team/web").refusal == (
        "CertificateAuthority pki/root does not allow namespace team to refer to it; its "
        "spec.allowedNamespaces says from: Same"
    )
    assert ready(house, "team/web") == ("False", "ReferenceNotPermitted")
    house.write(open_root + TEMPLATE + elsewhere)
    refusal = in_force(house, "team/web").refusal
    assert refusal is not None
    assert "CertificateTemplate pki/web-server" in refusal


def test_a_self_signed_profile_has_a_root_and_an_issuer_of_its_own() -> None:
    house = House(TEMPLATE + SELF_SIGNED)
    profile = in_force(house)
    assert profile.refusal is None
    assert profile.signer is not None
    (root,) = profile.signer.chain
    assert paths.is_self_signed(root)
    assert root.subject.rfc4514_string() == "CN=pki/web Root"
    trust = house.trust[ObjectId(Kind.PROFILE, key_of("web"))]
    assert chains.certificates_from_pem(trust) == (root,)
    assert len(house.generated) == 2


def test_a_self_signed_profile_keeps_its_keys_and_certificates() -> None:
    house = House(TEMPLATE + SELF_SIGNED)
    before = in_force(house).signer
    after = in_force(house).signer
    assert before is not None
    assert after is not None
    assert before.digest == after.digest
    assert len(house.generated) == 2


def test_the_lost_key_of_a_self_signed_profile_is_not_made_again() -> None:
    house = House(TEMPLATE + SELF_SIGNED)
    house.reconcile()
    house.lose_key(SignerKey(key_of("web"), SignerRole.PROFILE_ISSUER))
    profile = in_force(house)
    assert profile.signer is None
    assert profile.refusal is not None
    assert "the private key is gone" in profile.refusal
    assert len(house.generated) == 2


@pytest.mark.parametrize("role", [SignerRole.PROFILE_ROOT, SignerRole.PROFILE_ISSUER])
def test_a_key_of_a_self_signed_profile_that_is_lost_with_its_certificates_is_not_made_again(
    role: SignerRole,
) -> None:
    house = House(TEMPLATE + SELF_SIGNED)
    house.reconcile()
    house.write(ALL)
    house.reconcile()
    house.lose_key(SignerKey(key_of("web"), role))
    house.lose_certificates(SignerKey(key_of("web"), role))
    house.write(TEMPLATE + SELF_SIGNED)
    made = len(house.generated)
    refusal = in_force(house).refusal
    assert refusal is not None
    assert "the private key is gone" in refusal
    assert len(house.generated) == made


def test_a_long_name_leaves_room_in_the_common_names_of_a_profiles_own_authorities() -> None:
    name = "w" * 63
    house = House(TEMPLATE + SELF_SIGNED.replace("name: web}", f"name: {name}}}"))
    assert in_force(house, name).refusal is None


def test_the_roots_of_a_deleted_profile_go_and_its_own_keys_stay() -> None:
    house = House(TEMPLATE + SELF_SIGNED)
    house.reconcile()
    keys = dict(house.existing.keys)
    house.write(TEMPLATE)
    house.reconcile()
    assert not house.trust
    assert house.existing.keys == keys


def test_planning_again_hands_over_the_same() -> None:
    house = House(ALL + SELF_SIGNED.replace("name: web}", "name: own}", 1))

    def handed_over() -> list[Step]:
        steps = house.reconcile().steps
        return [s for s in steps if isinstance(s, StoreProfile | StoreSigner | StoreStatus)]

    assert handed_over() == handed_over()
