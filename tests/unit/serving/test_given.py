"""What people are told of a certificate that somebody gave the server."""

from datetime import timedelta

import pytest

from certwright.serving import authority
from certwright.serving.certificate import issue
from certwright.serving.given import read_given
from tests.unit.serving.keeper import EFFECTS, START

ROOTS = authority.founded(EFFECTS, START).authority


def given(*hosts: str) -> dict[str, bytes]:
    """Return a Secret's data with a certificate for hosts."""
    served = issue(ROOTS.current, hosts, EFFECTS, START)
    return {
        "tls.crt": served.certificate_pem,
        "tls.key": served.key_pem,
        "ca.crt": ROOTS.trust,
    }


@pytest.mark.parametrize(
    ("hosts", "host"),
    [
        (("acme.example.com",), "acme.example.com"),
        (("acme.example.com",), "ACME.example.com"),
        (("*.example.com",), "acme.example.com"),
        (("a.example.com", "192.0.2.1"), "192.0.2.1"),
        (("2001:db8::1",), "2001:db8:0::1"),
    ],
)
def test_a_certificate_for_the_host_is_in_order(hosts: tuple[str, ...], host: str) -> None:
    assert read_given(given(*hosts), host, START).findings == ()


@pytest.mark.parametrize(
    ("hosts", "host"),
    [
        (("acme.example.com",), "example.com"),
        (("*.example.com",), "example.com"),
        (("*.example.com",), "a.acme.example.com"),
        (("192.0.2.1",), "192.0.2.2"),
        (("a.example.com",), "192.0.2.1"),
    ],
)
def test_a_certificate_for_another_host_is_told(hosts: tuple[str, ...], host: str) -> None:
    assert read_given(given(*hosts), host, START).findings == (
        f"its certificate isn't for {host}, the host of the server's URL",
    )


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, None), (82, None), (83, "ends at"), (90, "ends at"), (91, "ended at")],
)
def test_a_certificate_near_its_end_is_told(days: int, said: str | None) -> None:
    found = read_given(given("a.example"), "a.example", START + timedelta(days=days)).findings
    assert [f"its certificate {said}" in each for each in found] == ([] if said is None else [True])


def test_everything_that_is_missing_is_told_at_once() -> None:
    found = read_given({}, "a.example", START)
    assert found.trust == b""
    assert found.findings == (
        "it has no ca.crt, so that no roots are published for clients",
        "it has no tls.crt",
    )


def test_only_authorities_are_to_be_trusted() -> None:
    data = given("a.example")
    found = read_given({**data, "ca.crt": data["tls.crt"]}, "a.example", START)
    assert found.trust is None
    assert "which is no certificate authority" in found.findings[0]


def test_text_around_roots_is_not_published() -> None:
    data = given("a.example")
    found = read_given({**data, "ca.crt": b"a comment\n" + ROOTS.trust}, "a.example", START)
    assert found.trust == ROOTS.trust


@pytest.mark.parametrize("member", ["tls.crt", "ca.crt"])
def test_what_can_not_be_read_is_named(member: str) -> None:
    found = read_given({**given("a.example"), member: b"nothing"}, "a.example", START)
    assert f"its {member} can't be used" in found.findings[0]
