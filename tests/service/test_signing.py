"""Signing with a key in this process."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from acme_server.signers.local import LocalSigner
from certwright.bundles.signer import SignerBundle, SignerInForce, signer_name
from certwright.pki.authorities import AuthorityContents, Issuer, self_signed_root
from certwright.pki.certificates import LeafContents, LeafRefused
from certwright.pki.keys import KeyAlgorithm, KeyType, generate
from certwright.pki.names import SubjectAlternativeNames
from certwright.pki.subjects import Subject
from tests.fakes.clock import FakeClock


def signer(kind: KeyType) -> SignerInForce:
    now = FakeClock().now()
    key = generate(kind)
    contents = AuthorityContents(Subject(common_name="Root"), now, now + timedelta(days=1))
    certificate = self_signed_root(key, contents, 1)
    bundle = SignerBundle.of(signer_name("pki", "root", certificate), Issuer(certificate, key, ()))
    return SignerInForce.load(bundle)


@pytest.mark.parametrize(
    "kind",
    [KeyType(KeyAlgorithm.ECDSA, 256), KeyType(KeyAlgorithm.RSA, 3072)],
    ids=["quick key", "slow key"],
)
async def test_quick_and_slow_keys_sign_alike_and_refuse_alike(kind: KeyType) -> None:
    now = FakeClock().now()
    found = signer(kind)
    contents = LeafContents(
        public_key=ec.generate_private_key(ec.SECP256R1()).public_key(),
        subject=Subject(),
        alternative_names=SubjectAlternativeNames(dns_names=("a.example",)),
        not_before=now,
        not_after=now + timedelta(hours=1),
    )
    leaf = await LocalSigner().sign(found, contents, 7)
    leaf.verify_directly_issued_by(found.certificate)
    too_long = LeafContents(
        public_key=contents.public_key,
        subject=Subject(),
        alternative_names=contents.alternative_names,
        not_before=now,
        not_after=now + timedelta(days=9),
    )
    with pytest.raises(LeafRefused):
        await LocalSigner().sign(found, too_long, 8)
