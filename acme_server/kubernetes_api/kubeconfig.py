"""kubeconfig files: how a developer comes to a cluster from outside (kubernetes.io: "kubectl")."""

import base64
import binascii
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from acme_server.kubernetes_api.access import Access


class KubeconfigUnusable(Exception):
    """A kubeconfig doesn't say how to come to a cluster in a way that is known here."""


@contextmanager
def access_by(path: Path) -> Iterator[Access]:
    """Give how the current context of a kubeconfig comes to its cluster.

    What it holds in itself, rather than in files of their own, is in a private folder meanwhile.

    Raises:
        KubeconfigUnusable: It can't be read, or logs in by other means than token or certificate.
    """
    with tempfile.TemporaryDirectory(prefix="certwright-") as scratch:
        yield _read(path, Path(scratch))


def _read(path: Path, scratch: Path) -> Access:
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
        context = _named(document, "context", document["current-context"])
        cluster = _named(document, "cluster", context["cluster"])
        user = _named(document, "user", context["user"])
        server = str(cluster["server"])
    except OSError as error:
        raise KubeconfigUnusable(f"{path} can't be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, LookupError, TypeError, StopIteration):
        raise KubeconfigUnusable(f"{path} names no current context with cluster and user") from None
    files = _Members(path, scratch)
    certificate = files.file(user, "client-certificate")
    key = files.file(user, "client-key")
    token = files.token(user)
    if token is None and (certificate is None or key is None):
        raise KubeconfigUnusable(
            f"{path}: user {context['user']} logs in by {', '.join(sorted(user)) or 'nothing'}; "
            "only a token or a client certificate is known here (`kubectl create token` makes one)"
        )
    return Access(
        server,
        files.file(cluster, "certificate-authority"),
        token,
        (certificate, key) if certificate and key else None,
        cluster.get("tls-server-name"),
    )


def _named(document: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    found = next(entry for entry in document[f"{kind}s"] if entry["name"] == name)
    content: Mapping[str, Any] = found[kind]
    return content


class _Members:
    """Finds what a kubeconfig names as a file or holds itself."""

    def __init__(self, path: Path, scratch: Path) -> None:
        self._path = path
        self._scratch = scratch

    def file(self, entry: Mapping[str, Any], member: str) -> Path | None:
        """Return the file of a member, or of its base64 in `…-data`."""
        if data := entry.get(f"{member}-data"):
            try:
                return self._written(member, base64.b64decode(data, validate=True))
            except (TypeError, binascii.Error):
                said = f"{self._path}: {member}-data is no base64"
                raise KubeconfigUnusable(said) from None
        return self._path.parent / str(entry[member]) if entry.get(member) else None

    def token(self, user: Mapping[str, Any]) -> Path | None:
        """Return the file of a bearer token."""
        if user.get("tokenFile"):
            return self._path.parent / str(user["tokenFile"])
        return self._written("token", str(user["token"]).encode()) if user.get("token") else None

    def _written(self, name: str, content: bytes) -> Path:
        # The folder is its owner's alone.
        target = self._scratch / name
        target.write_bytes(content)
        return target
