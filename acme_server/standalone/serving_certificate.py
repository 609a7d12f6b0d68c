"""The certificate the server itself is served with, from an authority of its own.

The authority's key is kept as any authority's: written once, never made again. Key and certificate
of the server stand in one file, so that no crash can pair one with another's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from acme_server.sources.folder import KeepingFailed
from acme_server.standalone.data import SERVING_TRUST
from acme_server.standalone.files import FileExists, Files
from certwright.pki import chains
from certwright.pki.authorities import Issuer
from certwright.reconcile.effects import Effects
from certwright.reconcile.establishment import Claim, establish
from certwright.reconcile.existing import Existing, SignerKey
from certwright.reconcile.steps import CreateKey, Step, StoreCertificates
from certwright.resources.authority import AuthoritySpec, Root
from certwright.resources.metadata import ObjectKey
from certwright.serving.certificate import ServingCertificate as Served
from certwright.serving.certificate import is_due, issue

_AUTHORITY_KEY: Final = "serving/ca.key"
_AUTHORITY: Final = "serving/ca.crt"
_SERVING: Final = "serving/tls.pem"

_SIGNER: Final = SignerKey(ObjectKey("serving", "ca"))
_SPEC: Final = AuthoritySpec(
    root=Root(),
    common_name="Certwright serving CA",
    duration=timedelta(hours=87600),
    max_path_length=0,
)
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class ServingFiles:
    """Where to serve from; both may be one file. `trust` is what clients need, if it is ours."""

    certificate: Path
    key: Path
    trust: Path | None = None


class ServingCertificate:
    """Makes and renews the server's own certificate.

    Args:
        files: The data folder's.
        effects: Keys and serial numbers.
    """

    def __init__(self, files: Files, effects: Effects) -> None:
        self._files = files
        self._effects = effects

    @property
    def paths(self) -> ServingFiles:
        """Where the certificate, its key and the trusted root are."""
        serving = self._files.root / _SERVING
        return ServingFiles(serving, serving, self._files.root / SERVING_TRUST)

    def ensure(self, hosts: Iterable[str], now: datetime) -> bool:
        """See to a certificate for `hosts` and the local names; True if it is a new one.

        Args:
            hosts: Host names and addresses that clients know the server by.
            now: Aware.

        Raises:
            KeepingFailed: The authority's key is gone, or a file can't be read or written.
        """
        names = {*hosts, *_LOCAL}
        try:
            issuer = self._issuer(now)
            found = _read(self._files.read(_SERVING))
            if found is not None and not is_due(found, issuer, names, now):
                return False
            served = issue(issuer, names, self._effects, now)
            self._files.put(_SERVING, served.key_pem + served.certificate_pem)
        except OSError as error:
            raise KeepingFailed(
                f"{error.filename or self._files.root} can't be used: {error.strerror}"
            ) from error
        return True

    def _issuer(self, now: datetime) -> Issuer:
        existing = Existing(keys=self._known(_AUTHORITY_KEY), certificates=self._known(_AUTHORITY))
        claim = Claim(_SIGNER, "the serving CA", _SPEC)
        established = establish(claim, existing, self._effects, now)
        if established.issuer is None:
            raise KeepingFailed(
                f"{self._files.root / _AUTHORITY_KEY}: {established.verdict.message}; or remove "
                f"{self._files.root / 'serving'}, and give clients the new trust file"
            )
        for step in established.steps:
            self._store(step)
        root = chains.to_pem_chain([established.issuer.certificate])
        self._files.put(SERVING_TRUST, root.encode())
        return established.issuer

    def _known(self, path: str) -> dict[SignerKey, str]:
        content = self._files.read(path)
        return {} if content is None else {_SIGNER: content.decode("utf-8", "replace")}

    def _store(self, step: Step) -> None:
        match step:
            case CreateKey(_, pem):
                try:
                    self._files.put_once(_AUTHORITY_KEY, pem.encode())
                except FileExists as exists:
                    raise KeepingFailed(str(exists)) from None
            case StoreCertificates(_, pem):
                self._files.put(_AUTHORITY, pem.encode())


def _read(content: bytes | None) -> Served | None:
    """Return the key and certificate of a file; None if it has to be made anew."""
    if content is None:
        return None
    key_end = content.find(b"-----BEGIN CERTIFICATE-----")
    return Served.read(content[:key_end], content[key_end:])
