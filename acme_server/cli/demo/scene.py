"""Where a demo plays: one folder, two ports on loopback, and the names in its documents."""

import os
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import yaml

PROFILE: Final = "pki/web"
NAME: Final = "www.team-a.example.test"
DOMAIN: Final = "example.test"
LOOPBACK: Final = "127.0.0.1"

# Within the folder; both programs run in it, so that commands stay readable.
DOCUMENTS: Final = "documents"
DATA: Final = "data"
SETTINGS: Final = "settings.yaml"
CERTBOT: Final = "certbot"
CERTIFICATE: Final = f"{CERTBOT}/config/live/{NAME}"
SECRET: Final = f"{DATA}/secrets/team-a/team-a-eab"
ROOTS: Final = f"{DATA}/trust/profiles/{PROFILE}.pem"
SERVING_TRUST: Final = f"{DATA}/trust/serving-ca.pem"

# Each would have certbot trust something else than the file that it is given, or go elsewhere.
_MISLEADING: Final = frozenset(
    {"REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"}
    | {f"{scheme}_PROXY" for scheme in ("HTTP", "HTTPS", "ALL")}
)


class StepFailed(Exception):
    """A step didn't do what it should; the text says what happened instead."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The folder of a demo, and its ports.

    Args:
        folder: Everything is below it.
        server_port: Where the ACME server listens.
        solver_port: Where certbot answers challenges.
    """

    folder: Path
    server_port: int
    solver_port: int

    @classmethod
    def on_free_ports(cls, folder: Path) -> Self:
        """Return a scene with two ports that were free a moment ago."""
        with ExitStack() as stack:
            # Both are held at once: else the second might be the first again.
            bound = [stack.enter_context(socket.create_server((LOOPBACK, 0))) for _ in range(2)]
            server_port, solver_port = (each.getsockname()[1] for each in bound)
        return cls(folder, server_port, solver_port)

    @property
    def documents(self) -> Path:
        """What the platform team and the tenant write."""
        return self.folder / DOCUMENTS

    @property
    def secret(self) -> Path:
        """The tenant's Secret: the files `kid` and `secret`."""
        return self.folder / SECRET

    @property
    def issued(self) -> Path:
        """Where certbot puts the certificate, its chain and its key."""
        return self.folder / CERTIFICATE

    @property
    def roots(self) -> Path:
        """Who vouches for the certificates of the profile."""
        return self.folder / ROOTS

    def write_settings(self) -> None:
        """Write settings with which a server on loopback looks for challenges on loopback."""
        settings: Mapping[str, Any] = {
            "listen": f"{LOOPBACK}:{self.server_port}",
            "validation": {
                "routes": [{"suffix": DOMAIN, "target": f"{LOOPBACK}:{self.solver_port}"}],
                "allowedNetworks": ["127.0.0.0/8"],
            },
        }
        text = yaml.safe_dump(settings, sort_keys=False)
        (self.folder / SETTINGS).write_text(text, encoding="utf-8")


def environment(**variables: str) -> dict[str, str]:
    """Return this process' environment without what would mislead a demo, and `variables`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() not in _MISLEADING and not name.startswith("CERTWRIGHT_")
    }
    return kept | variables
