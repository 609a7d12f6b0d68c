import ssl

import pytest

from acme_server.validation.tls import handshake_reason, unverified_context


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ssl.SSLError(1, "[SSL: WRONG_VERSION] wrong version (_ssl.c:1006)"), "wrong version"),
        (ssl.SSLError(1, "[SSL] tlsv1 alert (_ssl.c:1)"), "tlsv1 alert"),
        (ssl.SSLEOFError(8, "EOF occurred (_ssl.c:1006)"), "eof occurred"),
        (ssl.SSLError("something: /else"), "the connection was closed"),
        (ConnectionResetError(104, "reset"), "the connection was closed"),
    ],
)
def test_a_failed_handshake_is_told_in_words_of_openssl(error: OSError, reason: str) -> None:
    assert handshake_reason(error) == reason


def test_nothing_is_verified_and_nothing_older_than_tls_1_2_is_spoken() -> None:
    context = unverified_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
