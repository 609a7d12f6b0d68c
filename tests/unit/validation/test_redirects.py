from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from acme_server.domain.problems import ErrorType
from acme_server.validation.failures import AttemptFailed
from acme_server.validation.redirects import MOST_REDIRECTS, next_url, origin

PORTS = frozenset({80, 443})
HERE = URL("http://www.example.com/.well-known/acme-challenge/token")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://www.example.com/x", "https://www.example.com/x"),
        ("/elsewhere?a=b", "http://www.example.com/elsewhere?a=b"),
        ("//other.example.com/x#part", "http://other.example.com/x"),
        ("http://other.example.com:443/x", "http://other.example.com:443/x"),
        ("https://[fd00::1]/x", "https://[fd00::1]/x"),
    ],
)
def test_a_redirect_is_followed(status: int, location: str, expected: str) -> None:
    assert next_url((HERE,), status, location, PORTS) == URL(expected)


@pytest.mark.parametrize(
    ("location", "sentence"),
    [
        ("file:///etc/passwd", "neither http nor https"),
        ("ftp://ftp.example.com/x", "neither http nor https"),
        ("javascript:alert(1)", "neither http nor https"),
        ("http://user@www.example.com/", "user name or password"),
        ("http://:secret@www.example.com/", "user name or password"),
        ("http://user:secret@www.example.com/", "user name or password"),
        ("http://www.example.com:8080/", "port is 8080; allowed are 80, 443"),
        ("http://[fe80::1%25eth0]/", "zone"),
        ("https:///x", "no host"),
        ("http://[fe80::1/", "no valid URL"),
        ("http://www.example.com:port/", "no valid URL"),
        ("http://www.example.com/" + "a" * 2000, "longer than 2000"),
        (str(HERE), "Redirect loop detected at http://www.example.com"),
    ],
)
def test_a_redirect_elsewhere_is_not_followed(location: str, sentence: str) -> None:
    with pytest.raises(AttemptFailed, match=sentence) as caught:
        next_url((HERE,), 302, location, PORTS)
    assert caught.value.type is ErrorType.CONNECTION
    assert "secret" not in caught.value.detail
    assert "/etc" not in caught.value.detail


def test_see_other_is_not_followed() -> None:
    with pytest.raises(AttemptFailed, match="its status is 303") as caught:
        next_url((HERE,), 303, "/x", PORTS)
    assert caught.value.type is ErrorType.CONNECTION


def test_a_redirect_without_a_target_is_an_invalid_response() -> None:
    with pytest.raises(AttemptFailed, match="302 without a Location") as caught:
        next_url((HERE,), 302, None, PORTS)
    assert caught.value.type is ErrorType.UNAUTHORIZED


def test_ten_redirects_are_followed_and_an_eleventh_is_not() -> None:
    visited = tuple(HERE.with_path(f"/{number}") for number in range(MOST_REDIRECTS))
    last = next_url(visited, 301, "/last", PORTS)
    with pytest.raises(AttemptFailed, match="Too many redirects: more than 10"):
        next_url((*visited, last), 301, "/one-more", PORTS)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://example.com/secret?token", "http://example.com"),
        ("https://example.com:5001/", "https://example.com:5001"),
        ("http://[fd00::1]/", "http://[fd00::1]"),
    ],
)
def test_only_the_origin_of_a_url_is_repeated(url: str, expected: str) -> None:
    assert origin(URL(url)) == expected


@given(st.text(alphabet=st.characters(codec="latin-1")) | st.text("htp:/@[]%.?#\\1a"))
def test_whatever_the_target_sends_ends_in_a_permitted_url_or_a_failure(location: str) -> None:
    with suppress(AttemptFailed):
        target = next_url((HERE,), 302, location, PORTS)
        assert target.scheme in {"http", "https"}
        assert target.port in PORTS
        assert target.raw_host
        assert target.raw_user is None
