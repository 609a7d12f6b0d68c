"""What every client is told: where the directory is, whom to trust, how to bind its account."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Directory:
    """An ACME directory, and the file of roots that its server's certificate leads to."""

    url: str
    trust: Path


@dataclass(frozen=True, slots=True)
class Binding:
    """An external account binding as a user gets it: a KID, and a secret in base64url."""

    key_identifier: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Solvers:
    """Where the answers to challenges are given: ports on loopback, and the name server's."""

    http_01: int
    tls_alpn_01: int
    name_server: int
