"""The server's TLS: TLS 1.2 or newer, with a certificate that can be replaced while serving."""

import ssl
from pathlib import Path


class InvalidServingCertificate(Exception):
    """The certificate or key to serve with can't be read or don't belong together."""


def context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return a context that serves with a PEM chain, leaf first, and its PEM key.

    Raises:
        InvalidServingCertificate: naming both files, never their contents.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    _load(made, certificate, key)
    return made


def reload(serving: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Serve new connections with a new certificate; those that are open keep theirs.

    The files are tried first, so that a bad pair leaves `serving` as it is.

    Raises:
        InvalidServingCertificate: naming both files, never their contents.
    """
    context(certificate, key)
    _load(serving, certificate, key)


def _load(target: ssl.SSLContext, certificate: Path, key: Path) -> None:
    try:
        # With an empty password an encrypted key fails; without one OpenSSL would ask the terminal.
        target.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "not PEM"
        raise InvalidServingCertificate(
            f"can't serve TLS with certificate {certificate} and key {key}: {reason}"
        ) from None
