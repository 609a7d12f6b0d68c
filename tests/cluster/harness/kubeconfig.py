"""kubeconfig files: how one comes to a cluster's API, read and written."""

import base64
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


class KubeconfigUnusable(Exception):
    """A kubeconfig does not say how to come to its cluster, in a way that the tests know."""


@dataclass(frozen=True, slots=True)
class Access:
    """How somebody comes to a cluster's API.

    Args:
        server: URL of the API server.
        authority: PEM file of the certificates that vouch for it; unset, this machine's trust.
        token: bearer token.
        client_certificate: PEM files of a client's certificate and its key.
        server_name: name that the server's certificate is checked for; unset, the URL's host.
    """

    server: str
    authority: Path | None
    token: str | None = field(default=None, repr=False)
    client_certificate: tuple[Path, Path] | None = None
    server_name: str | None = None

    def trust(self) -> ssl.SSLContext:
        """Return the context of TLS connections to the API server."""
        context = ssl.create_default_context(cafile=self.authority)
        if self.client_certificate is not None:
            context.load_cert_chain(*self.client_certificate)
        return context


def write(path: Path, access: Access) -> None:
    """Write a kubeconfig for kubectl and the `kubernetes` client, who come by token."""
    user = {"token": access.token}
    cluster = {"server": access.server}
    if access.authority is not None:
        cluster["certificate-authority"] = str(access.authority)
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "tests", "cluster": cluster}],
        "users": [{"name": "tests", "user": user}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
        "current-context": "tests",
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(document))


def read(path: Path, scratch: Path) -> Access:
    """Return how the current context of a kubeconfig comes to its cluster.

    Args:
        path: the kubeconfig.
        scratch: a folder for what the kubeconfig holds and Python wants in files.

    Raises:
        KubeconfigUnusable: it can't be read, or logs in by other means than the tests know.
    """
    try:
        document = yaml.safe_load(path.read_text())
        context = _named(document, "context", document["current-context"])
        cluster = _named(document, "cluster", context["cluster"])
        user = _named(document, "user", context["user"])
    except (OSError, yaml.YAMLError, KeyError, TypeError, StopIteration) as error:
        raise KubeconfigUnusable(f"{path} names no usable current context: {error!r}") from error
    files = _Files(path.parent, scratch)
    certificate = files.of(user, "client-certificate")
    key = files.of(user, "client-key")
    access = Access(
        cluster["server"],
        files.of(cluster, "certificate-authority"),
        _token(user, path.parent),
        (certificate, key) if certificate and key else None,
        cluster.get("tls-server-name"),
    )
    if access.token is None and access.client_certificate is None:
        raise KubeconfigUnusable(
            f"{path}: user {context['user']} has {', '.join(user) or 'nothing'}; the cluster tests "
            "log in by token or client certificate (`kubectl create token` makes one)"
        )
    return access


def _named(document: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    found = next(entry for entry in document[f"{kind}s"] if entry["name"] == name)
    content: Mapping[str, Any] = found[kind]
    return content


def _token(user: Mapping[str, Any], beside: Path) -> str | None:
    if "token" in user:
        return str(user["token"])
    return (beside / user["tokenFile"]).read_text().strip() if "tokenFile" in user else None


@dataclass(frozen=True, slots=True)
class _Files:
    """Finds what a kubeconfig names as a file or holds as base64 in a `…-data` member."""

    beside: Path
    scratch: Path

    def of(self, entry: Mapping[str, Any], member: str) -> Path | None:
        if data := entry.get(f"{member}-data"):
            # Created with mode 0600: one of them is a key.
            with tempfile.NamedTemporaryFile(dir=self.scratch, delete=False) as written:
                written.write(base64.b64decode(data))
            return Path(written.name)
        return self.beside / entry[member] if member in entry else None
