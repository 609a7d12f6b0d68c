from certwright.reconcile.world import Kind
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
