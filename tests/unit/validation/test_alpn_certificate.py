from datetime import timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from acme_server.validation.alpn_certificate import objection
from certwright.policy.identifiers import Identifier, IdentifierType
from tests.unit.validation import alpn
from tests.unit.validation.fakes import NOW

WWW = Identifier(IdentifierType.DNS, alpn.NAME)
ADDRESS = Identifier(IdentifierType.IP, "10.0.0.1")

DNS_NAME = x509.DNSName(alpn.NAME)
IP_NAME = x509.IPAddress(ip_address("10.0.0.1"))


def verdict(certificate: x509.Certificate, identifier: Identifier = WWW) -> str | None:
    der = certificate.public_bytes(Encoding.DER)
    return objection(der, identifier, alpn.KEY_AUTHORIZATION, NOW)


def test_the_certificate_of_the_rfc_proves_the_name() -> None:
    assert verdict(alpn.certificate()) is None


def test_the_case_of_a_name_does_not_count() -> None:
    upper = alpn.names(x509.DNSName("WWW.Example.COM"))
    assert verdict(alpn.certificate([upper, alpn.digest()])) is None


@pytest.mark.parametrize("address", ["10.0.0.1", "fd00::1"])
def test_an_address_is_proved_by_an_ip_address_name(address: str) -> None:
    names = alpn.names(x509.IPAddress(ip_address(address)))
    identifier = Identifier(IdentifierType.IP, address)
    assert verdict(alpn.certificate([names, alpn.digest()]), identifier) is None


def test_a_certificate_that_begins_a_little_later_is_let_pass() -> None:
    assert verdict(alpn.certificate(until=NOW + timedelta(days=2, minutes=5))) is None


SINGLE = alpn.names(DNS_NAME)

WRONG = {
    "no names": ([alpn.digest()], "its certificate has no subjectAltName"),
    "two names": (
        [alpn.names(DNS_NAME, x509.DNSName("example.com")), alpn.digest()],
        "its certificate has 2 names in subjectAltName, not one",
    ),
    "the same name twice": (
        [alpn.names(DNS_NAME, DNS_NAME), alpn.digest()],
        "its certificate has 2 names in subjectAltName, not one",
    ),
    "another name": (
        [alpn.names(x509.DNSName("example.com")), alpn.digest()],
        "its certificate is for another name",
    ),
    "a wildcard": (
        [alpn.names(x509.DNSName("*.example.com")), alpn.digest()],
        "its certificate is for another name",
    ),
    "an address": (
        [alpn.names(IP_NAME), alpn.digest()],
        "its certificate is for another name",
    ),
    "no digest": ([SINGLE], "its certificate has no acmeIdentifier extension"),
    "a digest that is not critical": (
        [SINGLE, alpn.digest(critical=False)],
        "its certificate's acmeIdentifier extension is not critical",
    ),
    "the digest without its tag": (
        [SINGLE, alpn.digest(alpn.DIGEST[2:])],
        "its certificate's acmeIdentifier extension is not the digest of this challenge",
    ),
    "the digest with more behind it": (
        [SINGLE, alpn.digest(alpn.DIGEST + b"\x00")],
        "its certificate's acmeIdentifier extension is not the digest of this challenge",
    ),
    "another digest": (
        [SINGLE, alpn.digest(b"\x04\x20" + bytes(32))],
        "its certificate's acmeIdentifier extension is not the digest of this challenge",
    ),
}


@pytest.mark.parametrize(("extensions", "expected"), WRONG.values(), ids=WRONG)
def test_any_other_certificate_proves_nothing(
    extensions: list[alpn.Extension], expected: str
) -> None:
    assert verdict(alpn.certificate(extensions)) == expected


def test_a_name_that_reads_like_the_address_does_not_prove_it() -> None:
    names = alpn.names(x509.DNSName("10.0.0.1"))
    certificate = alpn.certificate([names, alpn.digest()])
    assert verdict(certificate, ADDRESS) == "its certificate is for another name"


def test_an_expired_certificate_proves_nothing() -> None:
    expired = alpn.certificate(until=NOW - timedelta(seconds=1))
    assert verdict(expired) == "its certificate has expired"


@pytest.mark.parametrize("issuer", ["target", "authority"])
def test_a_certificate_that_another_key_signed_proves_nothing(issuer: str) -> None:
    signed = alpn.certificate(signer="authority", issuer=issuer)
    assert verdict(signed) == "its certificate is not self-signed"


@pytest.mark.parametrize(
    "der", [b"", b"nonsense", alpn.certificate().public_bytes(Encoding.DER)[:-1]]
)
def test_what_is_no_certificate_proves_nothing(der: bytes) -> None:
    expected = "its certificate can't be parsed"
    assert objection(der, WWW, alpn.KEY_AUTHORIZATION, NOW) == expected
