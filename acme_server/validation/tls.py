"""TLS towards targets that prove nothing by their certificate's issuer."""

import ssl


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
    reason = error.reason if isinstance(error, ssl.SSLError) else None
    return reason.lower().replace("_", " ") if reason else "the connection was closed"
