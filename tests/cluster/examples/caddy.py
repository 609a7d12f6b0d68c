"""Caddy with the example's Caddyfile, on ports of a test's own."""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509

from tests.cluster.harness.processes import Process
from tests.end_to_end.harness import programs
from tests.end_to_end.harness.clients.account import Binding
from tests.end_to_end.harness.server import Server
from tests.unit.examples.documents import FOLDER

KEY_ID: Final = "team-a.default"
"""The KID that stands in the Caddyfile."""

# As the examples' page starts it: the secret is in the environment, never an argument.
_START: Final = 'CERTWRIGHT_EAB_SECRET=$(cat "$1") exec "$2" run --config "$3"'
_SECONDS: Final = 10


class NotInExample(Exception):
    """What a test has to put its own in the place of isn't in the example."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A person's machine: Caddy in front of a program, for one name.

    Args:
        name: what is served.
        program: Caddy's.
        folder: for the Caddyfile, the secret, and what Caddy keeps.
        upstream: the port of the program behind Caddy.
    """

    name: str
    program: Path
    folder: Path
    upstream: int

    def process(self, server: Server, binding: Binding) -> Process:
        """Return Caddy, not started yet, that answers where `server` looks for answers."""
        self.folder.mkdir()
        caddyfile, secret = self.folder / "Caddyfile", self.folder / "secret"
        caddyfile.write_text(self._caddyfile(server))
        secret.touch(mode=0o600)
        secret.write_text(binding.secret)
        environment = programs.bare_environment(self.folder)
        command = (
            *("env", "-i", *(f"{name}={value}" for name, value in environment.items())),
            *("sh", "-c", _START, "sh", str(secret), str(self.program), str(caddyfile)),
        )
        return Process(command, self.folder / "caddy.log")

    def page(self, server: Server) -> bytes | None:
        """Return what a browser that trusts the profile's roots is served; None if it isn't yet.

        A certificate that doesn't verify is not "not yet": Caddy has no other to serve.
        """
        trust = ssl.create_default_context(cafile=server.roots())
        address = ("127.0.0.1", server.place.solvers.tls_alpn_01)
        try:
            with (
                socket.create_connection(address, _SECONDS) as connection,
                trust.wrap_socket(connection, server_hostname=self.name) as secured,
            ):
                secured.sendall(f"GET / HTTP/1.0\r\nHost: {self.name}\r\n\r\n".encode())
                return b"".join(iter(lambda: secured.recv(4096), b""))
        except ssl.SSLCertVerificationError:
            raise
        except OSError:
            # Nobody listens, or Caddy ends the handshake since it has no certificate.
            return None

    def full_chain(self) -> Path:
        """Return the file that holds the certificate and its chain, as Caddy keeps it."""
        [found] = self.folder.glob(f".local/share/caddy/certificates/*/{self.name}/{self.name}.crt")
        return found

    def serial(self) -> str:
        """Return the serial number of the certificate that Caddy keeps, in 40 hex digits."""
        leaf = x509.load_pem_x509_certificate(self.full_chain().read_bytes())
        return f"{leaf.serial_number:040x}"

    def _caddyfile(self, server: Server) -> str:
        solvers, directory = server.place.solvers, server.directory()
        return _replaced(
            (FOLDER / "clients" / "Caddyfile").read_text("utf-8"),
            {
                "https://acme.example.com/acme/pki/web/directory": directory.url,
                "/etc/certwright/acme-ca.pem": str(directory.trust),
                "shop.team-a.apps.example.com": self.name,
                "127.0.0.1:8080": f"127.0.0.1:{self.upstream}",
                # What is known of the machine alone: its ports, and what of it is listened on.
                "{\n\tacme_ca ": "{\n\tadmin off\n\tdefault_bind 127.0.0.1\n"
                f"\thttp_port {solvers.http_01}\n\thttps_port {solvers.tls_alpn_01}\n\tacme_ca ",
            },
        )


def _replaced(text: str, ours: Mapping[str, str]) -> str:
    for theirs, own in ours.items():
        if text.count(theirs) != 1:
            raise NotInExample(f"{theirs!r} is {text.count(theirs)} times in the example, not once")
        text = text.replace(theirs, own)
    return text
