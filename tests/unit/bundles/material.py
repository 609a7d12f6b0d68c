"""Bundles for these tests."""

import json
from functools import cache

from certwright.bundles.credential import CredentialBundle, CredentialSecret, encode_secret
from certwright.bundles.document import ProfileReference
from certwright.bundles.profile import ProfileBundle
from certwright.bundles.signer import SignerBundle, signer_name
from certwright.pki.authorities import Issuer
from certwright.policy.scopes import Scope
from certwright.policy.template import resolve
from certwright.resources.template import TemplateSpec
from tests.unit.pki.material import below, root

SECRET = encode_secret(bytes(range(32)))
FORMER = encode_secret(bytes(32))


@cache
def issuer() -> Issuer:
    return below(root())


def signer() -> SignerBundle:
    name = signer_name("pki", "issuing-2026", issuer().certificate)
    return SignerBundle.of(name, issuer(), "http://crl.example/1.crl")


def profile(signer_: str | None = None) -> ProfileBundle:
    spec = {"preset": "TLSServer", "allowed": {"dnsNames": {"values": ["**.acme.com"]}}}
    return ProfileBundle(
        namespace="pki",
        name="web",
        uid="u-1",
        signer=signer_,
        template=resolve(TemplateSpec.model_validate_json(json.dumps(spec)), "template pki/web"),
    )


def credential(**members: object) -> CredentialBundle:
    given: dict[str, object] = {
        "namespace": "team-a",
        "name": "default",
        "uid": "u-2",
        "profile": ProfileReference(namespace="pki", name="web", uid="u-1"),
        "secrets": (CredentialSecret(revision=1, secret=SECRET),),
        "grant": "teams",
        "scopes": (Scope(dns_names=("*.team-a.acme.com",), origin="grant teams"),),
        "max_accounts": 5,
    }
    return CredentialBundle.model_validate(given | members)
