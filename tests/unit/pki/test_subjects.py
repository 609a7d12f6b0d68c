import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from certwright.pki.subjects import InvalidSubject, Subject

FULL = Subject(
    common_name="www.example.com",
    organizations=("Acme", "Beta"),
    countries=("CH",),
    organizational_units=("Research",),
    localities=("Zürich",),
    provinces=("ZH",),
    street_addresses=("Bahnhofstrasse 1",),
    postal_codes=("8001",),
    serial_number="A-17",
)
text = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=16
)
subjects = st.builds(
    Subject,
    common_name=st.none() | text,
    organizations=st.lists(text, max_size=3).map(tuple),
    localities=st.lists(text, max_size=2).map(tuple),
    postal_codes=st.lists(text, max_size=2).map(tuple),
)


@given(subjects)
def test_a_subject_survives_its_x509_form(subject: Subject) -> None:
    again = x509.Name.from_rfc4514_string("")
    assert Subject.from_x509(subject.to_x509()) == subject
    assert subject.is_empty == (subject.to_x509() == again)


def test_attributes_are_written_from_the_widest_to_the_narrowest() -> None:
    assert FULL.to_x509().rfc4514_string() == (
        "2.5.4.5=A-17,CN=www.example.com,OU=Research,O=Beta,O=Acme,2.5.4.17=8001,"
        "STREET=Bahnhofstrasse 1,L=Zürich,ST=ZH,C=CH"
    )


def test_only_country_and_serial_number_are_printable_strings() -> None:
    der = FULL.to_x509().public_bytes()
    assert b"\x13\x02CH" in der
    assert b"\x13\x04A-17" in der
    assert b"\x0c\x04Acme" in der
    assert der.count(b"\x0c\x04Beta") == 1


def test_order_and_encoding_of_attributes_do_not_matter_in_reading() -> None:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "x", _ASN1Type.PrintableString),
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CH"),
        ]
    )
    assert Subject.from_x509(name) == Subject(common_name="x", countries=("CH",))


def test_a_multi_valued_rdn_is_read() -> None:
    name = x509.Name.from_rfc4514_string("CN=x+O=Acme")
    assert Subject.from_x509(name) == Subject(common_name="x", organizations=("Acme",))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("common_name", "", "common name '' has 0 characters; allowed: 1 to 64"),
        ("common_name", "x" * 65, "has 65 characters; allowed: 1 to 64"),
        ("common_name", "ü" * 33, "has 66 characters; allowed: 1 to 64"),
        ("common_name", "good.example\0.evil.example", "holds a control character"),
        ("organizations", ("x" * 65,), "organization .* has 65 characters; allowed: 1 to 64"),
        ("organizational_units", ("",), "organizational unit '' has 0 characters"),
        ("localities", ("x" * 129,), "has 129 characters; allowed: 1 to 128"),
        ("provinces", ("x" * 129,), "has 129 characters; allowed: 1 to 128"),
        ("street_addresses", ("x" * 129,), "has 129 characters; allowed: 1 to 128"),
        ("postal_codes", ("x" * 41,), "has 41 characters; allowed: 1 to 40"),
        ("countries", ("CHE",), "country 'CHE' has 3 characters; allowed: exactly 2"),
        ("countries", ("Çh",), "country 'Çh' holds a character outside PrintableString"),
        ("serial_number", "a_b", "serial number 'a_b' holds a character outside PrintableString"),
    ],
)
def test_a_value_out_of_bounds_is_refused(field: str, value: str, sentence: str) -> None:
    with pytest.raises(InvalidSubject, match=sentence):
        Subject(**{field: value})  # type: ignore[arg-type]


def test_64_characters_of_many_octets_are_allowed_in_an_organization() -> None:
    subject = Subject(organizations=("漢" * 64,))
    assert Subject.from_x509(subject.to_x509()) == subject


def test_all_faults_of_a_subject_are_told() -> None:
    with pytest.raises(InvalidSubject) as refused:
        Subject(common_name="", countries=("C", "CH", "CHE"))
    assert len(refused.value.findings) == 3


@pytest.mark.parametrize(
    ("rfc4514", "sentence"),
    [
        ("DC=example,CN=x", "attribute of type 0.9.2342.19200300.100.1.25; possible: country, "),
        ("CN=a,CN=b", "has 2 attributes of type common name; at most one"),
        ("2.5.4.5=1,2.5.4.5=2", "has 2 attributes of type serial number; at most one"),
    ],
)
def test_a_name_that_no_subject_can_hold_is_refused(rfc4514: str, sentence: str) -> None:
    with pytest.raises(InvalidSubject, match=sentence):
        Subject.from_x509(x509.Name.from_rfc4514_string(rfc4514))


def test_an_attribute_that_is_no_text_is_refused() -> None:
    bits = x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\0\1", _ASN1Type.BitString)
    with pytest.raises(InvalidSubject, match=r"attribute of type 2\.5\.4\.45"):
        Subject.from_x509(x509.Name([bits]))
