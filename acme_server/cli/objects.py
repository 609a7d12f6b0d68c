"""Objects with their status, as a server has left them in its data folder."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from acme_server.sources.folder import KeepingFailed
from acme_server.standalone import data
from acme_server.standalone.files import Files
from certwright.reconcile.existing import SignerKey
from certwright.reconcile.imported_authorities import secret_of
from certwright.reconcile.secret_names import secret_key
from certwright.reconcile.verdicts import READY, STALLED, Reason
from certwright.reconcile.world import ObjectId
from certwright.resources.authority import CertificateAuthority
from certwright.resources.credential import EABCredential
from certwright.resources.kinds import KINDS, AnyResource
from certwright.resources.profile import CertificateProfile
from certwright.resources.status import Condition, ConditionStatus
from certwright.resources.times import format_time
from certwright.resources.validation import InvalidResource, parse_model

_DOCUMENTS: Final = "Documents"
_BROKEN: Final = "Broken"
_HELD_UP: Final = "the last good state stays in force until all of this is mended"
_WITHOUT_KEY: Final = frozenset({Reason.KEY_NOT_PROVIDED, Reason.KEY_MISSING})


class NoObjects(Exception):
    """A folder holds no status of any object; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An object, and how it stands.

    Args:
        resource: With its status.
        ready: The condition; None as long as nothing has been said.
        stalled: Why only a person can get it going, or have its edit accepted; None if that is so
            of neither.
        folder: The data folder that keeps it.
    """

    resource: AnyResource
    ready: Condition | None
    stalled: Condition | None
    folder: Path

    @classmethod
    def of(cls, resource: AnyResource, folder: Path) -> "Standing":
        """Read the conditions of an object that a data folder keeps."""
        status = resource.status
        return cls(resource, status.condition(READY), status.condition(STALLED), folder)

    @property
    def well(self) -> bool:
        """Whether it is ready, and no edit of it was refused."""
        return self._is_ready and self.stalled is None

    @property
    def fields(self) -> Mapping[str, Any]:
        """How it stands for programs, its status as the file has it included."""
        status = self.resource.status.model_dump(mode="json", by_alias=True, exclude_none=True)
        return {
            "kind": self.resource.kind,
            "namespace": self.resource.metadata.namespace,
            "name": self.resource.metadata.name,
            "ready": self._is_ready,
            "reason": self.reason,
            "message": self._message,
            "status": status,
        }

    @property
    def row(self) -> tuple[str, ...]:
        """How it stands for people: kind, namespace, name, ready, reason, and lines of message."""
        metadata = self.resource.metadata
        ready = "Unknown" if self.ready is None else self.ready.status
        texts = "\n".join(self._lines)
        return self.resource.kind, metadata.namespace, metadata.name, ready, self.reason, texts

    @property
    def reason(self) -> str:
        """Why, as a word."""
        return "" if self.ready is None else self.ready.reason

    @property
    def _is_ready(self) -> bool:
        return self.ready is not None and self.ready.status is ConditionStatus.TRUE

    @property
    def _message(self) -> str:
        return "" if self.ready is None else self.ready.message

    @property
    def _lines(self) -> Iterator[str]:
        yield self._message
        if self.stalled is not None and self.stalled.message != self._message:
            yield f"{self.stalled.reason}: {self.stalled.message}"
        for label, value in _details(self.resource, self.folder):
            if value not in self._message:
                yield f"{label}: {value}"


@dataclass(frozen=True, slots=True)
class BrokenDocuments:
    """The documents of a folder, where errors in them hold up all edits.

    Args:
        errors: Each with file and line.
    """

    errors: tuple[str, ...]

    @property
    def fields(self) -> Mapping[str, Any]:
        """How they stand for programs, in the form that objects have."""
        return {
            "kind": _DOCUMENTS,
            "namespace": "",
            "name": "",
            "ready": False,
            "reason": _BROKEN,
            "message": _HELD_UP,
            "status": {"errors": list(self.errors)},
        }

    @property
    def row(self) -> tuple[str, ...]:
        """How they stand for people: as an object would, with a line for each error."""
        texts = "\n".join((f"{_HELD_UP}:", *self.errors))
        return _DOCUMENTS, "", "", ConditionStatus.FALSE, _BROKEN, texts


def broken_documents(folder: Path) -> BrokenDocuments | None:
    """Return what is wrong with the documents; None as long as they are in force as they stand.

    Raises:
        KeepingFailed: The file that tells can't be read, or holds something else than it should.
    """
    try:
        errors = data.read_errors(Files(folder))
    except OSError as error:
        raise KeepingFailed(f"{error.filename} can't be read: {error.strerror}") from error
    return BrokenDocuments(errors) if errors else None


def standings(folder: Path) -> tuple[Standing, ...]:
    """Return how every object stands, by namespace, kind and name.

    Raises:
        NoObjects: The folder is none, or no server has written to it yet.
        KeepingFailed: A file can't be read, or holds something else than it should.
    """
    files = Files(folder)
    try:
        found = tuple(Standing.of(each, folder) for each in _objects(files))
    except OSError as error:
        raise KeepingFailed(f"{error.filename} can't be read: {error.strerror}") from error
    if not found:
        raise NoObjects(
            f"there is no status in {folder}: start `certwright serve`, or name its data folder "
            "with --data"
        )
    return found


def _objects(files: Files) -> Iterator[AnyResource]:
    for owner in data.object_ids(files):
        content = files.read(data.status_path(owner))
        # None: a server has removed it since it was listed.
        if content is not None:
            yield _object(files, owner, content)


def _object(files: Files, owner: ObjectId, content: bytes) -> AnyResource:
    try:
        return parse_model(KINDS[owner.kind], json.loads(content))
    except (ValueError, InvalidResource) as error:
        path = files.root / data.status_path(owner)
        raise KeepingFailed(f"{path} is damaged: {error}") from None


def _details(resource: AnyResource, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what people look for in a status."""
    match resource:
        case CertificateAuthority():
            yield from _of_authority(resource, folder)
        case CertificateProfile() if resource.status.directory_url is not None:
            yield "directory", resource.status.directory_url
        case EABCredential():
            yield from _of_credential(resource, folder)


def _of_authority(authority: CertificateAuthority, folder: Path) -> Iterator[tuple[str, str]]:
    status = authority.status
    ready = status.condition(READY)
    # Only whoever knows the data folder can tell where: reconciling has no folders.
    if authority.spec.imported is not None:
        secret = secret_of(authority.key, authority.spec.imported)
        yield "imported from", str(folder / data.secret_path(secret))
    elif ready is not None and ready.reason in _WITHOUT_KEY:
        yield "key", str(folder / data.signer_path(SignerKey(authority.key)) / data.KEY)
    if status.csr is not None and status.certificate is None:
        yield "CSR", "status.csr in `certwright status -o json`"
    if status.not_after is not None:
        yield "expires", format_time(status.not_after)
    if status.renewal_time is not None:
        yield "to be renewed", format_time(status.renewal_time)


def _of_credential(credential: EABCredential, folder: Path) -> Iterator[tuple[str, str]]:
    effective, end = credential.status.effective, credential.status.expiration_time
    ready = credential.status.condition(READY)
    if ready is not None and ready.reason == Reason.SECRET_MISSING:
        yield "to be restored", str(folder / data.credential_path(credential.key))
    yield "KID", credential.key_id
    yield "secret", str(folder / data.secret_path(secret_key(credential)) / data.SECRET)
    if effective is not None:
        yield "may have", ", ".join((*effective.dns_names, *effective.ip_addresses)) or "nothing"
    if end is not None:
        yield "expires", format_time(end)
