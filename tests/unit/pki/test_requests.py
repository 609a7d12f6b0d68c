import contextlib
import hashlib
import subprocess
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.pki import keys, requests, usages
from certwright.pki.keys import KeyType
from certwright.pki.names import SubjectAlternativeNames
from certwright.pki.requests import InvalidRequest
from certwright.pki.subjects import Subject
from certwright.pki.usages import ExtendedKeyUsage, KeyUsage
from tests.unit.pki.material import EVERY_TYPE, P256, RSA_2048, key

Change: TypeAlias = Callable[
    [x509.CertificateSigningRequestBuilder], x509.CertificateSigningRequestBuilder
]
NAMES = SubjectAlternativeNames(
    dns_names=("www.example.com", "*.example.com"),
    ip_addresses=(ip_address("192.0.2.1"),),
    email_addresses=("me@example.com",),
    uris=("spiffe://example.com/a",),
)


def request(*changes: Change, key_type: KeyType = P256) -> bytes:
    private = key(key_type, "leaf")
    builder = x509.CertificateSigningRequestBuilder()
    for change in changes:
        builder = change(builder)
    if builder._subject_name is None:
        builder = builder.subject_name(x509.Name([]))
    return builder.sign(private, keys.signature_hash(private)).public_bytes(Encoding.DER)


def subject(rfc4514: str) -> Change:
    return lambda builder: builder.subject_name(x509.Name.from_rfc4514_string(rfc4514))


def extension(value: x509.ExtensionType, *, critical: bool = False) -> Change:
    return lambda builder: builder.add_extension(value, critical)


def names(*general_names: x509.GeneralName) -> Change:
    return extension(x509.SubjectAlternativeName(general_names))


def usage(*asked: KeyUsage) -> Change:
    return extension(usages.key_usage_extension(asked), critical=True)


@pytest.mark.parametrize("key_type", [pytest.param(t, id=name) for t, name in EVERY_TYPE])
def test_a_request_of_every_key_type_is_read(key_type: KeyType) -> None:
    der = request(extension(NAMES.to_x509()), key_type=key_type)
    parsed = requests.parse(der)
    assert parsed.public_key == key(key_type, "leaf").public_key()
    assert parsed.key_type == key_type
    assert parsed.alternative_names == NAMES
    assert parsed.digest == hashlib.sha256(der).hexdigest()


def test_everything_asked_for_is_read() -> None:
    parsed = requests.parse(
        request(
            subject("CN=www.example.com,O=Acme"),
            usage(KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_ENCIPHERMENT),
            extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])),
            extension(x509.BasicConstraints(ca=False, path_length=None), critical=True),
        )
    )
    assert parsed.subject == Subject(common_name="www.example.com", organizations=("Acme",))
    assert parsed.key_usages == frozenset({KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_ENCIPHERMENT})
    assert parsed.extended_key_usages == frozenset({ExtendedKeyUsage.SERVER_AUTH})


def test_a_request_may_say_nothing_but_its_key() -> None:
    parsed = requests.parse(request())
    assert parsed.subject.is_empty
    assert parsed.alternative_names.is_empty
    assert parsed.key_usages is None
    assert parsed.extended_key_usages is None


def test_a_name_in_the_common_name_alone_is_left_there() -> None:
    parsed = requests.parse(request(subject("CN=WWW.example.com")))
    assert parsed.subject.common_name == "WWW.example.com"
    assert parsed.alternative_names.is_empty


@pytest.mark.parametrize(
    "ignored",
    [
        pytest.param(extension(x509.TLSFeature([x509.TLSFeatureType.status_request])), id="staple"),
        pytest.param(
            extension(x509.TLSFeature([x509.TLSFeatureType.status_request]), critical=True),
            id="critical staple",
        ),
        pytest.param(
            extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")),
            id="unknown",
        ),
        pytest.param(extension(x509.SubjectKeyIdentifier(b"x" * 20)), id="key identifier"),
    ],
)
def test_what_is_not_understood_and_not_critical_is_passed_over(ignored: Change) -> None:
    assert requests.parse(request(ignored, subject("CN=x"))).subject.common_name == "x"


def test_a_request_signed_with_rsa_pss_is_read() -> None:
    private = key(RSA_2048, "leaf")
    assert isinstance(private, rsa.RSAPrivateKey)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    signed = builder.sign(private, hashes.SHA256(), rsa_padding=pss)
    assert requests.parse(signed.public_bytes(Encoding.DER)).key_type == RSA_2048


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param(
            [subject("CN=a,CN=b")], "2 attributes of type common name; at most one", id="two CN"
        ),
        pytest.param([subject("DC=a")], "an attribute of type 0.9.2342", id="attribute"),
        pytest.param(
            [names(x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\5\0"))],
            "of type OtherName",
            id="otherName",
        ),
        pytest.param(
            [names(x509.DirectoryName(x509.Name([])))], "of type DirectoryName", id="directoryName"
        ),
        pytest.param(
            [names(x509.RegisteredID(x509.ObjectIdentifier("1.2.3")))],
            "of type RegisteredID",
            id="registeredID",
        ),
        pytest.param([names(x509.DNSName("a_b.example"))], "DNS name 'a_b.example'", id="DNS"),
        pytest.param(
            [extension(x509.BasicConstraints(ca=True, path_length=None))],
            "to be a certificate authority",
            id="CA:TRUE",
        ),
        pytest.param([usage(KeyUsage.CERT_SIGN)], "authority: cert sign", id="keyCertSign"),
        pytest.param([usage(KeyUsage.CRL_SIGN)], "authority: crl sign", id="cRLSign"),
        pytest.param(
            [extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SMARTCARD_LOGON]))],
            "extended key usage 1.3.6.1.4.1.311.20.2.2 is not supported",
            id="extended key usage",
        ),
        pytest.param(
            [
                extension(
                    x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"),
                    critical=True,
                )
            ],
            "critical extension 1.2.3.4 is not supported",
            id="critical",
        ),
        pytest.param(
            [
                extension(
                    x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"\x30\x7f")
                )
            ],
            "extensions are malformed",
            id="malformed",
        ),
    ],
)
def test_what_no_leaf_can_have_is_refused(changes: list[Change], sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        requests.parse(request(*changes))


GOOD = request(subject("CN=www.example.com"))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(b"", "not a PKCS #10 request in DER", id="empty"),
        pytest.param(GOOD + b"\0", "not a PKCS #10 request in DER", id="trailing octet"),
        pytest.param(GOOD[:-1], "not a PKCS #10 request in DER", id="cut"),
        pytest.param(b"MIIBGjCBwQ", "not a PKCS #10 request in DER", id="base64"),
        pytest.param(
            x509.load_der_x509_csr(GOOD).public_bytes(Encoding.PEM), "is PEM; DER is", id="PEM"
        ),
        pytest.param(GOOD.replace(b"www.", b"wwx."), "signature does not verify", id="changed"),
    ],
)
def test_what_is_no_signed_request_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        requests.parse(data)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_no_changed_octet_is_overlooked(position: int, change: int) -> None:
    """ECDSA signatures can be changed into others that verify, but not by one octet."""
    changed = bytearray(GOOD)
    changed[position] ^= change
    with pytest.raises(InvalidRequest):
        requests.parse(bytes(changed))


def sequence(*parts: bytes, tag: int = 0x30) -> bytes:
    content = b"".join(parts)
    length = len(content).to_bytes(2)
    return (
        bytes([tag, 0x82]) + length + content
        if len(content) > 127
        else (bytes([tag, len(content)]) + content)
    )


RICH = request(
    subject("CN=www.example.com,O=Acme,2.5.4.5=1"),
    extension(x509.SubjectAlternativeName([*NAMES.to_x509(), x509.DirectoryName(x509.Name([]))])),
    usage(KeyUsage.DIGITAL_SIGNATURE),
    extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])),
    extension(x509.BasicConstraints(ca=False, path_length=None)),
)
TO_BE_SIGNED = x509.load_der_x509_csr(RICH).tbs_certrequest_bytes


@settings(max_examples=1000)
@given(
    st.lists(
        st.tuples(st.integers(0, len(TO_BE_SIGNED) - 1), st.integers(0, 255)),
        min_size=1,
        max_size=3,
    )
)
@pytest.mark.filterwarnings("ignore:Attribute's length")
def test_whatever_an_asker_signs_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    changed = bytearray(TO_BE_SIGNED)
    for position, octet in changes:
        changed[position] = octet
    private = key(P256, "leaf")
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    signature = private.sign(bytes(changed), ec.ECDSA(hashes.SHA256()))
    ecdsa_with_sha256 = bytes.fromhex("300a06082a8648ce3d040302")
    der = sequence(bytes(changed), ecdsa_with_sha256, sequence(b"\0", signature, tag=0x03))
    with contextlib.suppress(InvalidRequest):
        requests.parse(der)


@given(st.binary(max_size=200))
def test_any_octets_are_a_request_or_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequest):
        requests.parse(data)


def signed_with(
    private: rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | dsa.DSAPrivateKey
    | ed448.Ed448PrivateKey,
) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    algorithm = None if isinstance(private, ed448.Ed448PrivateKey) else hashes.SHA256()
    return builder.sign(private, algorithm).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (signed_with(rsa.generate_private_key(65537, 1024)), "is weak: the RSA modulus has 1024"),
        (signed_with(rsa.generate_private_key(3, 2048)), "is weak: the RSA exponent is not 65537"),
        (signed_with(ec.generate_private_key(ec.SECP256K1())), "is weak: the curve secp256k1"),
        (signed_with(dsa.generate_private_key(1024)), "algorithm is not supported; possible: RSA"),
        (signed_with(ed448.Ed448PrivateKey.generate()), "algorithm is not supported"),
    ],
    ids=["RSA 1024", "exponent 3", "secp256k1", "DSA", "Ed448"],
)
def test_weak_and_unsupported_keys_are_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        requests.parse(data)


@pytest.mark.parametrize("digest", ["sha1", "md5", "sha224"])
def test_signatures_that_can_be_forged_are_refused(digest: str, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(keys.private_key_to_pem(key(RSA_2048, "leaf")))
    made = subprocess.run(
        [
            *("openssl", "req", "-new", "-key", str(tmp_path / "key.pem")),
            *("-subj", "/CN=x", f"-{digest}", "-outform", "DER"),
        ],
        capture_output=True,
        check=True,
        timeout=30,
    )
    with pytest.raises(InvalidRequest, match=f"is signed over {digest}; possible: SHA-256"):
        requests.parse(made.stdout)


def with_a_long_common_name() -> bytes:
    with pytest.warns(UserWarning, match="length must be"):
        name = x509.NameAttribute(NameOID.COMMON_NAME, "x" * 65, _validate=False)
    return request(lambda builder: builder.subject_name(x509.Name([name])))


@pytest.mark.filterwarnings("ignore:Attribute's length")
def test_a_common_name_over_64_characters_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="has 65 characters; allowed: 1 to 64"):
        requests.parse(with_a_long_common_name())


def test_a_common_name_over_64_characters_is_refused_where_warnings_are_errors() -> None:
    with pytest.raises(InvalidRequest, match=">= 1 and <= 64, but it was 65"):
        requests.parse(with_a_long_common_name())


def test_the_first_thing_wrong_is_told_as_one_sentence() -> None:
    with pytest.raises(InvalidRequest) as refused:
        requests.parse(request(usage(KeyUsage.CERT_SIGN)))
    assert str(refused.value) == (
        "the request asks for key usages of a certificate authority: cert sign"
    )
