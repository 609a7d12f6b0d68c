from certwright.reconcile.world import Kind
from certwright.resources.template import AllowedDNSNames, CertificateTemplate, Wildcards
from tests.unit.reconcile.house import House, key_of

TEMPLATE = """
kind: CertificateTemplate
metadata: {name: web-server}
spec: {preset: TLSServer, allowed: {dnsNames: {values: ["**.acme.com"]}}}
"""


def test_a_template_is_ready_and_says_its_policy() -> None:
    house = House(TEMPLATE)
    plan = house.reconcile().templates[key_of("web-server")]
    assert house.ready(Kind.TEMPLATE, "web-server").reason == "Valid"
    assert plan.policy is not None
    assert plan.policy.allowed.dns_names == ("**.acme.com",)
    assert plan.policy.origin == "template pki/web-server"


def test_what_is_known_of_a_deleted_template_goes() -> None:
    house = House(TEMPLATE)
    house.reconcile()
    house.write("")
    house.reconcile()
    assert not house.statuses


def test_a_template_of_patterns_that_are_none_is_stalled_and_its_profiles_refuse() -> None:
    profile = """
---
kind: CertificateProfile
metadata: {name: web}
spec: {issuer: {selfSigned: {}}, templateRef: {name: web-server}}
"""
    house = House(TEMPLATE + profile)
    template = house.resources[0]
    assert isinstance(template, CertificateTemplate)
    # Written by an API server of another version: this one's models would not have taken it.
    names = AllowedDNSNames.model_construct(values=("a..b",), wildcards=Wildcards.FORBIDDEN)
    allowed = template.spec.allowed.model_copy(update={"dns_names": names})
    spec = template.spec.model_copy(update={"allowed": allowed})
    house.resources = (template.model_copy(update={"spec": spec}), *house.resources[1:])
    house.reconcile()
    assert house.ready(Kind.TEMPLATE, "web-server").reason == "InvalidSpec"
    assert house.is_stalled(Kind.TEMPLATE, "web-server")
    assert "a..b" in house.ready(Kind.PROFILE, "web").message
