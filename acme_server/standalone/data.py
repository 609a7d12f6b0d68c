"""The data folder: where everything stands in it, read back as what exists now.

secrets/NAMESPACE/SECRETNAME/{kid,secret}        what tenants' clients read
secrets/NAMESPACE/SECRETNAME/{tls.crt,tls.key}   what people bring for authorities to be imported
signers/NAMESPACE/NAME/{tls.key,tls.crt}         keys with certificate and chain
signers/NAMESPACE/NAME@{root,issuer}/…           those of a profile's own authorities
credentials/NAMESPACE/NAME.json                  bundles of credentials, secrets included
trust/{authorities,profiles}/NAMESPACE/NAME.pem  roots only, that of today first
trust/serving-ca.pem                             who vouches for the server itself
status/NAMESPACE/KIND/NAME.json                  objects in force, with their status
documents.json                                   errors of documents that hold up all edits
serving/…, certwright.db, nonces, lock           the server's own
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from acme_server.sources.folder import KeepingFailed
from acme_server.standalone.files import Files
from certwright.bundles.credential import CredentialBundle
from certwright.bundles.document import BundleRefused
from certwright.reconcile.existing import Existing, ImportedSecret, SignerKey, SignerRole
from certwright.reconcile.world import Kind, ObjectId
from certwright.resources.kinds import KINDS, AnyResource
from certwright.resources.metadata import ObjectKey
from certwright.resources.validation import InvalidResource, parse_model

DATABASE: Final = "certwright.db"
DOCUMENTS: Final = "documents.json"
NONCES: Final = "nonces"
SERVING_TRUST: Final = "trust/serving-ca.pem"

KEY: Final = "tls.key"
CERTIFICATES: Final = "tls.crt"
KID: Final = "kid"
SECRET: Final = "secret"  # noqa: S105 - a file's name

# No resource's name holds an @.
_SUFFIXES: Final = {
    SignerRole.AUTHORITY: "",
    SignerRole.PROFILE_ROOT: "@root",
    SignerRole.PROFILE_ISSUER: "@issuer",
}
_ROLES: Final = {suffix: role for role, suffix in _SUFFIXES.items()}
_TRUST: Final = {Kind.AUTHORITY: "authorities", Kind.PROFILE: "profiles"}


def signer_path(signer: SignerKey) -> str:
    """Return the folder of a key and its certificates."""
    return f"signers/{signer.key.namespace}/{signer.key.name}{_SUFFIXES[signer.role]}"


def credential_path(key: ObjectKey) -> str:
    """Return the file of a credential's bundle."""
    return f"credentials/{key.namespace}/{key.name}.json"


def secret_path(key: ObjectKey) -> str:
    """Return the folder of a Secret."""
    return f"secrets/{key.namespace}/{key.name}"


def trust_path(owner: ObjectId) -> str:
    """Return the file of an authority's or profile's roots."""
    return f"trust/{_TRUST[owner.kind]}/{owner.key.namespace}/{owner.key.name}.pem"


def status_path(owner: ObjectId) -> str:
    """Return the file of an object in force."""
    return f"status/{owner.key.namespace}/{owner.kind}/{owner.key.name}.json"


def errors_document(errors: tuple[str, ...]) -> bytes:
    """Write what is wrong with documents that aren't in force, as `read_errors` reads it."""
    return json.dumps({"errors": errors}, indent=2, ensure_ascii=False).encode() + b"\n"


def read_errors(files: Files) -> tuple[str, ...]:
    """Read what is wrong with documents that aren't in force; nothing if all are.

    Raises:
        KeepingFailed: The file holds something else than it should.
    """
    content = files.read(DOCUMENTS)
    if content is None:
        return ()
    try:
        return tuple(map(str, json.loads(content)["errors"]))
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(files, DOCUMENTS, error) from None


def read_existing(files: Files) -> Existing:
    """Read what exists now.

    Raises:
        KeepingFailed: A file can't be read, or holds something else than it should.
    """
    try:
        signers = list(_signers(files))
        return Existing(
            keys=dict(_texts(files, signers, KEY)),
            certificates=dict(_texts(files, signers, CERTIFICATES)),
            imported=dict(_imported(files)),
            credentials={key: _credential(files, key) for key in _credential_keys(files)},
            tenant_secrets=dict(_tenant_secrets(files)),
            trust=dict(_trust(files)),
            objects=read_objects(files),
        )
    except OSError as error:
        raise KeepingFailed(
            f"{error.filename or files.root} can't be read: {error.strerror}"
        ) from error


def read_objects(files: Files) -> dict[ObjectId, AnyResource]:
    """Read the objects in force with their status, by namespace, kind and name.

    Raises:
        KeepingFailed: A file holds something else than it should.
    """
    return {owner: _object(files, owner) for owner in object_ids(files)}


def object_ids(files: Files) -> Iterator[ObjectId]:
    """List the objects in force, by namespace, kind and name."""
    for namespace in files.names("status"):
        for kind in Kind:
            for name in _json_names(files, f"status/{namespace}/{kind}"):
                yield ObjectId(kind, ObjectKey(namespace, name))


def _object(files: Files, owner: ObjectId) -> AnyResource:
    path = status_path(owner)
    try:
        document = json.loads(files.read(path) or b"")
        return parse_model(KINDS[owner.kind], document)
    except (ValueError, InvalidResource) as error:
        raise _damaged(files, path, error) from None


def _signers(files: Files) -> Iterator[SignerKey]:
    for namespace in files.names("signers"):
        for folder in files.names(f"signers/{namespace}"):
            name, mark, role = folder.partition("@")
            if mark + role in _ROLES:
                yield SignerKey(ObjectKey(namespace, name), _ROLES[mark + role])


def _texts(files: Files, signers: list[SignerKey], file: str) -> Iterator[tuple[SignerKey, str]]:
    for signer in signers:
        content = files.read(f"{signer_path(signer)}/{file}")
        if content is not None:
            yield signer, content.decode("utf-8", "replace")


def _credential_keys(files: Files) -> Iterator[ObjectKey]:
    for namespace in files.names("credentials"):
        for name in _json_names(files, f"credentials/{namespace}"):
            yield ObjectKey(namespace, name)


def _json_names(files: Files, folder: str) -> Iterator[str]:
    """List a folder's files by name; an editor's backup among them is none of ours."""
    for file in files.names(folder):
        if file.endswith(".json"):
            yield file.removesuffix(".json")


def _credential(files: Files, key: ObjectKey) -> CredentialBundle:
    path = credential_path(key)
    try:
        return CredentialBundle.from_json(files.read(path) or b"")
    except BundleRefused as refused:
        raise _damaged(files, path, refused) from None


def _secret_keys(files: Files) -> Iterator[ObjectKey]:
    for namespace in files.names("secrets"):
        for name in files.names(f"secrets/{namespace}"):
            yield ObjectKey(namespace, name)


def _tenant_secrets(files: Files) -> Iterator[tuple[ObjectKey, str]]:
    """Read whose each Secret is; one that holds an authority is somebody else's."""
    for key in _secret_keys(files):
        kid = files.read(f"{secret_path(key)}/{KID}")
        if kid is not None:
            yield key, kid.decode("utf-8", "replace").strip()
        elif {KEY, CERTIFICATES} & set(files.names(secret_path(key))):
            yield key, ""


def _imported(files: Files) -> Iterator[tuple[ObjectKey, ImportedSecret]]:
    for key in _secret_keys(files):
        found = ImportedSecret(_text(files, key, CERTIFICATES), _text(files, key, KEY))
        if found != ImportedSecret():
            yield key, found


def _text(files: Files, secret: ObjectKey, file: str) -> str | None:
    content = files.read(f"{secret_path(secret)}/{file}")
    return None if content is None else content.decode("utf-8", "replace")


def _trust(files: Files) -> Iterator[tuple[ObjectId, str]]:
    for kind, folder in _TRUST.items():
        for namespace in files.names(f"trust/{folder}"):
            for file in files.names(f"trust/{folder}/{namespace}"):
                owner = ObjectId(kind, ObjectKey(namespace, file.removesuffix(".pem")))
                content = files.read(trust_path(owner)) if file.endswith(".pem") else None
                if content is not None:
                    yield owner, content.decode("ascii", "replace")


def _damaged(files: Files, path: str, error: Exception) -> KeepingFailed:
    where: Path = files.root / path
    return KeepingFailed(f"{where} is damaged; restore it from a backup: {error}")
