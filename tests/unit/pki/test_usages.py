import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from certwright.pki import usages
from certwright.pki.keys import KEY_TYPES, KeyAlgorithm, KeyType
from certwright.pki.usages import ExtendedKeyUsage, KeyUsage, UnsupportedUsage
from tests.unit.pki.material import ED25519, P256, RSA_2048

SIGNING = {
    KeyUsage.DIGITAL_SIGNATURE,
    KeyUsage.CONTENT_COMMITMENT,
    KeyUsage.CERT_SIGN,
    KeyUsage.CRL_SIGN,
}


@pytest.mark.parametrize(
    ("key_type", "possible"),
    [
        (RSA_2048, SIGNING | {KeyUsage.KEY_ENCIPHERMENT, KeyUsage.DATA_ENCIPHERMENT}),
        (P256, SIGNING | {KeyUsage.KEY_AGREEMENT, KeyUsage.ENCIPHER_ONLY, KeyUsage.DECIPHER_ONLY}),
        (ED25519, SIGNING),
    ],
    ids=str,
)
def test_usages_that_a_key_type_cannot_have_are_dropped(
    key_type: KeyType, possible: set[KeyUsage]
) -> None:
    assert usages.fitting(KeyUsage, key_type) == possible


def test_cert_managers_default_usages_lose_key_encipherment_with_ecdsa() -> None:
    asked = {KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_ENCIPHERMENT}
    assert usages.fitting(asked, P256) == {KeyUsage.DIGITAL_SIGNATURE}
    assert usages.fitting(asked, RSA_2048) == asked


def test_encipher_only_means_nothing_without_key_agreement() -> None:
    asked = {KeyUsage.DIGITAL_SIGNATURE, KeyUsage.ENCIPHER_ONLY}
    assert usages.fitting(asked, P256) == {KeyUsage.DIGITAL_SIGNATURE}


@given(st.frozensets(st.sampled_from(KeyUsage)), st.sampled_from(KEY_TYPES))
def test_fitting_usages_survive_their_extension(
    asked: frozenset[KeyUsage], key_type: KeyType
) -> None:
    fitting = usages.fitting(asked, key_type)
    assert fitting <= asked
    assert usages.fitting(fitting, key_type) == fitting
    assert usages.key_usages_of(usages.key_usage_extension(fitting)) == fitting


@given(st.frozensets(st.sampled_from(ExtendedKeyUsage), min_size=1))
def test_extended_usages_survive_their_extension(asked: frozenset[ExtendedKeyUsage]) -> None:
    extension = usages.extended_key_usage_extension(asked)
    assert usages.extended_key_usages_of(extension) == asked


def test_a_purpose_without_a_word_is_refused() -> None:
    extension = x509.ExtendedKeyUsage(
        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.SMARTCARD_LOGON]
    )
    with pytest.raises(UnsupportedUsage, match=r"1\.3\.6\.1\.4\.1\.311\.20\.2\.2 is not supported"):
        usages.extended_key_usages_of(extension)


def test_every_algorithm_can_sign() -> None:
    for algorithm in KeyAlgorithm:
        assert usages.fitting(SIGNING, KeyType(algorithm)) == SIGNING
