from datetime import timedelta

import pytest

from certwright.bundles.document import BundleRefused
from certwright.bundles.signer import SignerBundle, SignerInForce, certificate_digest, signer_name
from certwright.pki.chains import certificates_from_pem
from certwright.pki.keys import private_key_to_pem
from tests.unit.bundles.material import issuer, signer
from tests.unit.pki.material import NOW, P256, YEAR, key, pem, root


def test_a_signer_is_loaded_ready_to_sign() -> None:
    loaded = SignerInForce.load(signer())
    assert loaded.name == signer().name
    assert loaded.certificate == issuer().certificate
    assert loaded.chain == issuer().chain
    assert loaded.key.public_key() == issuer().key.public_key()
    assert loaded.digest == certificate_digest(issuer().certificate)
    assert loaded.not_before == NOW - timedelta(hours=1)
    assert loaded.earliest_expiry == NOW + 5 * YEAR
    assert loaded.crl_url == "http://crl.example/1.crl"


def test_a_signers_name_ends_in_its_certificates_digest() -> None:
    digest = certificate_digest(issuer().certificate)
    assert signer().name == f"pki.issuing-2026.{digest[:16]}"


def test_what_is_served_behind_a_leaf_has_no_root() -> None:
    assert certificates_from_pem(SignerInForce.load(signer()).chain_pem) == (issuer().certificate,)
    alone = root()
    name = signer_name("pki", "web", alone.certificate)
    assert SignerInForce.load(SignerBundle.of(name, alone)).chain_pem == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(
            {"key": private_key_to_pem(key(P256, "other")).decode()},
            "the private key is not that of",
            id="another key",
        ),
        pytest.param({"key": "-----BEGIN NOTHING-----"}, "private key", id="no key"),
        pytest.param({"chain": ""}, "not a self-signed root", id="no chain"),
        pytest.param(
            {"chain": pem(root(owner="other").certificate)},
            "can't sign",
            id="another authority's chain",
        ),
        pytest.param({"certificate": "nothing"}, "PEM text", id="no certificate"),
        pytest.param({"name": "pki.issuing-2026.0123"}, "another certificate", id="another name"),
    ],
)
def test_a_signer_whose_parts_do_not_fit_is_refused(changes: dict[str, str], said: str) -> None:
    bundle = signer().model_copy(update=changes)
    with pytest.raises(BundleRefused) as refused:
        SignerInForce.load(bundle)
    assert said in str(refused.value)
    assert f"signer {bundle.name}" in str(refused.value)
    assert "PRIVATE KEY" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_no_key_shows_in_the_repr_of_a_loaded_signer() -> None:
    shown = repr(SignerInForce.load(signer()))
    assert "PrivateKey" not in shown
    assert "PRIVATE" not in shown
