"""TLS towards targets that prove nothing by their certificate's issuer."""

import re
import ssl

#: `[SSL: REASON] words (_ssl.c:1006)`
_WORDS = re.compile(r"^(?:\[[^]]*\] )?([A-Za-z0-9 ]+)(?: \(_ssl\.c:[0-9]+\))?$")


def unverified_context(*protocols: str) -> ssl.SSLContext:
    """Return a client context that takes any certificate: who asks for one has none yet.

    `protocols` are offered by ALPN (RFC 7301).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def handshake_reason(error: OSError) -> str:
    """Return why a handshake failed: words of OpenSSL's table, not of the peer."""
    # `SSLError.reason` is empty for alerts that came after Python's own table, such as RFC 7301's.
    found = _WORDS.search(str(error.args[-1])) if isinstance(error, ssl.SSLError) else None
    return found.group(1).lower() if found else "the connection was closed"
