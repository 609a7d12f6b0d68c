"""Steps of plans, written to the data folder."""

from collections.abc import Iterable

from acme_server.sources.folder import KeepingFailed
from acme_server.standalone import data
from acme_server.standalone.files import FileExists, Files
from certwright.reconcile.existing import Existing
from certwright.reconcile.steps import (
    CreateKey,
    RemoveCredential,
    RemoveKey,
    RemoveStatus,
    RemoveTenantSecret,
    RemoveTrust,
    Step,
    StoreCertificates,
    StoreCredential,
    StoreProfile,
    StoreSigner,
    StoreStatus,
    StoreTenantSecret,
    StoreTrust,
)
from certwright.reconcile.world import ObjectId, World
from certwright.resources.kinds import AnyResource
from certwright.resources.status import Status


class DataFolder:
    """Keeps keys, secrets and statuses as files; implements `acme_server.sources.folder.Keeper`.

    Args:
        files: The folder's.
    """

    def __init__(self, files: Files) -> None:
        self._files = files

    @property
    def name(self) -> str:
        """The folder."""
        return str(self._files.root)

    def existing(self) -> Existing:
        """Return what exists now.

        Raises:
            KeepingFailed: A file can't be read, or holds something else than it should.
        """
        return data.read_existing(self._files)

    def apply(self, world: World, steps: Iterable[Step]) -> None:
        """Write steps in their order; what is so already is left alone.

        The objects come first, as an API server has them before anybody acts on them: the UID of a
        new one must be found again by whoever goes on after a crash.

        Raises:
            KeepingFailed: A file can't be written.
        """
        objects = {ObjectId.of(found): found for found in world.objects}
        try:
            for owner, found in objects.items():
                self._files.put(data.status_path(owner), _document(found, found.status))
            for step in steps:
                self._apply(objects, step)
        except FileExists as exists:
            raise KeepingFailed(str(exists)) from None
        except OSError as error:
            raise KeepingFailed(
                f"{error.filename or self._files.root} can't be written: {error.strerror}"
            ) from error

    def keep_errors(self, errors: tuple[str, ...]) -> None:
        """Keep what is wrong with documents that aren't in force; none means that all are.

        Raises:
            KeepingFailed: The file can't be written.
        """
        try:
            if errors:
                self._files.put(data.DOCUMENTS, data.errors_document(errors))
            else:
                self._files.remove(data.DOCUMENTS)
        except OSError as error:
            raise KeepingFailed(
                f"{error.filename or self._files.root} can't be written: {error.strerror}"
            ) from error

    def _apply(self, objects: dict[ObjectId, AnyResource], step: Step) -> None:
        match step:
            case StoreStatus(owner, status):
                found = objects.get(owner) or data.read_objects(self._files)[owner]
                self._files.put(data.status_path(owner), _document(found, status))
            case StoreSigner() | StoreProfile():
                pass  # The server is this process: it has them in memory.
            case CreateKey() | StoreCertificates() | StoreTrust():
                self._store_signing(step)
            case StoreCredential() | StoreTenantSecret():
                self._store_credential(step)
            case _:
                self._remove(step)

    def _store_signing(self, step: CreateKey | StoreCertificates | StoreTrust) -> None:
        match step:
            case CreateKey(signer, pem):
                self._files.put_once(f"{data.signer_path(signer)}/{data.KEY}", pem.encode())
            case StoreCertificates(signer, pem):
                self._files.put(f"{data.signer_path(signer)}/{data.CERTIFICATES}", pem.encode())
            case StoreTrust(owner, pem):
                self._files.put(data.trust_path(owner), pem.encode())

    def _store_credential(self, step: StoreCredential | StoreTenantSecret) -> None:
        match step:
            case StoreCredential(key, bundle):
                self._files.put(data.credential_path(key), bundle.to_json())
            case StoreTenantSecret(key, kid, value):
                self._files.put(f"{data.secret_path(key)}/{data.KID}", kid.encode())
                self._files.put(f"{data.secret_path(key)}/{data.SECRET}", value.encode())

    def _remove(
        self, step: RemoveTenantSecret | RemoveCredential | RemoveKey | RemoveTrust | RemoveStatus
    ) -> None:
        match step:
            case RemoveTenantSecret(key):
                # The KID goes last: as long as it is there, it says whose the rest is.
                self._files.remove(f"{data.secret_path(key)}/{data.SECRET}")
                self._files.remove(f"{data.secret_path(key)}/{data.KID}")
            case RemoveCredential(key):
                self._files.remove(data.credential_path(key))
            case RemoveKey(signer):
                self._files.remove(f"{data.signer_path(signer)}/{data.CERTIFICATES}")
                self._files.remove(f"{data.signer_path(signer)}/{data.KEY}")
            case RemoveTrust(owner):
                self._files.remove(data.trust_path(owner))
            case RemoveStatus(owner):
                self._files.remove(data.status_path(owner))


def _document(resource: AnyResource, status: Status) -> bytes:
    """Return an object with its status, and of its spec what its document says."""
    whole = resource.model_copy(update={"status": status})
    text = whole.model_dump_json(by_alias=True, exclude_none=True, exclude_unset=True, indent=2)
    return text.encode() + b"\n"
