from ipaddress import ip_address

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from certwright.pki.names import (
    InvalidName,
    SubjectAlternativeNames,
    canonical_dns_name,
    canonical_email_address,
)

label = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True).filter(
    lambda label: label[2:4] != "--"
)
dns_name = st.builds(
    lambda labels, top: ".".join([*labels, top]),
    st.lists(label, max_size=4),
    st.from_regex(r"[a-z]{1,8}", fullmatch=True),
)


@given(dns_name, st.booleans())
def test_any_case_of_a_dns_name_is_the_same_name(name: str, wildcard: bool) -> None:
    name = f"*.{name}" if wildcard else name
    assert canonical_dns_name(name.upper()) == canonical_dns_name(name) == name


@given(st.text(max_size=30))
def test_a_canonical_dns_name_is_its_own_canonical_form(text: str) -> None:
    try:
        canonical = canonical_dns_name(text)
    except InvalidName:
        return
    assert canonical_dns_name(canonical) == canonical
    assert canonical.isascii()


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "a.b",
        "*.example.com",
        "1.example",
        "xn--bcher-kva.example",
        "www.xn--j1aef.xn--p1ai",
        "a" * 63 + ".example",
        ".".join(["a" * 49] * 5) + ".com"[:3] + "m",
    ],
)
def test_well_formed_dns_names_are_taken(name: str) -> None:
    assert canonical_dns_name(name) == name


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "has 0 characters"),
        (".".join(["a" * 50] * 5), "has 254 characters; allowed: 1 to 253"),
        ("a" * 64 + ".example", "has the label"),
        ("www..example", "has the label ''"),
        (".example", "has the label ''"),
        ("example.", "ends with a dot"),
        ("-a.example", "has the label '-a'"),
        ("a-.example", "has the label 'a-'"),
        ("a_b.example", "has the label 'a_b'"),
        ("a b.example", "has the label 'a b'"),
        ("example.com\n", "has the label"),
        ("*", "has the label '\\*'"),
        ("w*.example", "has the label"),
        ("www.*.example", "has the label"),
        ("*.*.example", "has the label"),
        ("192.0.2.1", "ends with a number"),
        ("*.1", "ends with a number"),
        ("bücher.example", "is not ASCII; write it in A-labels"),
        ("\u212aelvin.example", "is not ASCII"),
        ("ab--c.example", "no valid A-label"),
        ("xn--.example", "has the label"),
        ("xn--a.example", "no valid A-label"),
        ("xn--abc-.example", "has the label"),
        ("xn--i-n3p.example", "no valid A-label"),
        ("xn--99999999999.example", "no valid A-label"),
        ("xn--Bcher-KVA1.example", "no valid A-label"),
    ],
)
def test_malformed_dns_names_are_refused(name: str, sentence: str) -> None:
    with pytest.raises(InvalidName, match=sentence):
        canonical_dns_name(name)


def test_an_a_label_of_capital_letters_is_a_fake() -> None:
    fake = "xn--" + "Bücher".encode("punycode").decode().lower()
    real = "xn--" + "bücher".encode("punycode").decode()
    assert canonical_dns_name(f"{real}.example")
    assert fake == real, "lower case makes them one"
    capital = "xn--" + "ÜBER".encode("punycode").decode().lower()
    with pytest.raises(InvalidName, match="no valid A-label"):
        canonical_dns_name(f"{capital}.example")


def test_a_wildcard_is_refused_where_none_can_be() -> None:
    with pytest.raises(InvalidName, match="has the label"):
        canonical_dns_name("*.example.com", wildcard=False)


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("me@example.com", "me@example.com"),
        ("Me.Too+tag@EXAMPLE.com", "Me.Too+tag@example.com"),
        ("x" * 64 + "@example.com", "x" * 64 + "@example.com"),
    ],
)
def test_mailboxes_keep_the_case_of_their_local_part(address: str, canonical: str) -> None:
    assert canonical_email_address(address) == canonical


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("example.com", "not of the form"),
        ("@example.com", "not of the form"),
        ("a@b@example.com", "not of the form"),
        ('"a b"@example.com', "not of the form"),
        (".a@example.com", "not of the form"),
        ("mé@example.com", "not of the form"),
        ("x" * 65 + "@example.com", "not of the form"),
        ("x" * 64 + "@" + ".".join(["a" * 50] * 4), "at most 254"),
        ("a@", "has 0 characters"),
        ("a@*.example.com", "has the label"),
        ("a@[192.0.2.1]", "has the label"),
    ],
)
def test_malformed_mailboxes_are_refused(address: str, sentence: str) -> None:
    with pytest.raises(InvalidName, match=sentence):
        canonical_email_address(address)


@pytest.mark.parametrize(
    "uri",
    ["https://example.com/a?b#c", "spiffe://trust.example/ns/a", "urn:uuid:1234", "HTTP://[::1]/"],
)
def test_absolute_uris_are_kept_as_they_come(uri: str) -> None:
    assert SubjectAlternativeNames(uris=(uri,)).uris == (uri,)


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("/path", "not absolute"),
        ("example.com", "not absolute"),
        ("1http://example.com", "not absolute"),
        ("http:", "not absolute"),
        ("http://exämple.com", "characters of RFC 3986"),
        ("http://a b", "characters of RFC 3986"),
        ("http:///path", "empty host"),
        ("http://[::1", "malformed host"),
    ],
)
def test_other_uris_are_refused(uri: str, sentence: str) -> None:
    with pytest.raises(InvalidName, match=sentence):
        SubjectAlternativeNames(uris=(uri,))


def test_names_are_canonical_and_stand_once_in_the_order_given() -> None:
    names = SubjectAlternativeNames(dns_names=("B.example", "a.example", "b.example"))
    assert names.dns_names == ("b.example", "a.example")


def test_a_scoped_address_is_refused() -> None:
    with pytest.raises(InvalidName, match="has a scope"):
        SubjectAlternativeNames(ip_addresses=(ip_address("fe80::1%eth0"),))


def test_names_survive_their_extension() -> None:
    names = SubjectAlternativeNames(
        dns_names=("www.example.com", "*.example.com"),
        ip_addresses=(ip_address("192.0.2.1"), ip_address("2001:db8::1")),
        email_addresses=("me@example.com",),
        uris=("https://example.com/",),
    )
    assert SubjectAlternativeNames.from_x509(names.to_x509()) == names
    assert not names.is_empty
    assert SubjectAlternativeNames().is_empty


@pytest.mark.parametrize(
    "name",
    [
        x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x01a"),
        x509.DirectoryName(x509.Name([])),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
    ],
    ids=lambda name: type(name).__name__,
)
def test_names_of_other_types_are_refused(name: x509.GeneralName) -> None:
    with pytest.raises(InvalidName, match=f"is of type {type(name).__name__}; possible: DNS name"):
        SubjectAlternativeNames.from_x509(x509.SubjectAlternativeName([name]))
