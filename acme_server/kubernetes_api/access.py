"""How a server comes to its API server: where it is, whom to trust, who it is itself."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from acme_server.kubernetes_api.files import ReadAgain

#: Where every pod finds its ServiceAccount (kubernetes.io: "Accessing the API from a Pod").
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class NotInCluster(Exception):
    """This process is in no pod with a ServiceAccount; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to come to an API server.

    Args:
        server: its URL.
        authority: PEM file of the certificates that vouch for it, which may change at any time;
            unset, this machine's trust.
        token: file of a bearer token, which may change at any time.
        client_certificate: PEM files of a client's certificate and its key.
        server_name: the name that its certificate is checked for; unset, the URL's host.
    """

    server: str
    authority: Path | None = None
    token: Path | None = None
    client_certificate: tuple[Path, Path] | None = None
    server_name: str | None = None

    @classmethod
    def in_cluster(cls, environment: Mapping[str, str], folder: Path = SERVICE_ACCOUNT) -> Self:
        """Return how a pod comes to its API server; raise `NotInCluster`."""
        host = environment.get("KUBERNETES_SERVICE_HOST")
        port = environment.get("KUBERNETES_SERVICE_PORT")
        if not host or not port:
            raise NotInCluster(
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod"
            )
        for name in ("ca.crt", "token"):
            if not (folder / name).is_file():
                raise NotInCluster(f"{folder / name} is missing: the pod has no ServiceAccount")
        address = f"[{host}]" if ":" in host else host
        return cls(f"https://{address}:{port}", folder / "ca.crt", folder / "token")

    @property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The API server's address, as pods know it; None where its URL has a name."""
        try:
            return ip_address(urlsplit(self.server).hostname or "")
        except ValueError:
            return None

    def trust(self) -> ReadAgain[ssl.SSLContext]:
        """Return the context of TLS connections, another one whenever its files have changed."""
        files = [each for each in (self.authority, *(self.client_certificate or ())) if each]
        return ReadAgain(files, self._context)

    def bearer(self) -> ReadAgain[str] | None:
        """Return the bearer token, if there is to be one.

        The kubelet replaces its file long before the token expires.
        """
        token = self.token
        if token is None:
            return None
        return ReadAgain([token], lambda: token.read_text("ascii").strip())

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.authority)
        if self.client_certificate is not None:
            context.load_cert_chain(*self.client_certificate)
        return context
