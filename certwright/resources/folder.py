"""A folder of documents -> all its objects and everything that is wrong with it, at once."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from certwright.resources.collection import Resources
from certwright.resources.documents import MOST_BYTES
from certwright.resources.errors import Place, ResourceError, ResourceNotice
from certwright.resources.kinds import AnyResource
from certwright.resources.metadata import ObjectKey
from certwright.resources.namespaces import Namespace
from certwright.resources.reading import Found, Read, read_file

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})

Identity = tuple[str, ObjectKey]
"""A kind and the namespace and name of an object of it; a Namespace's own namespace is empty."""


@dataclass(frozen=True, slots=True)
class LoadedFolder:
    """What a folder holds: valid objects, what is wrong with the rest, and what was left aside.

    `places` says where each object was read, for messages about it.
    """

    resources: Resources
    errors: tuple[ResourceError, ...]
    warnings: tuple[ResourceNotice, ...]
    places: Mapping[Identity, Place]


def load_folder(folder: Path) -> LoadedFolder:
    """Read every `*.yaml`, `*.yml` and `*.json` below a folder, hidden ones excepted, in order.

    Nothing is raised for what the folder holds, or for a folder or file that can't be read: that
    is one of the errors. Files are named as seen from the folder.
    """
    return _loaded(_found(folder))


def identity(resource: AnyResource | Namespace) -> Identity:
    """Return what no second object may have."""
    if isinstance(resource, Namespace):
        return resource.kind, ObjectKey("", resource.metadata.name)
    return resource.kind, resource.key


def _loaded(found: Iterable[Found]) -> LoadedFolder:
    objects: list[AnyResource | Namespace] = []
    places: dict[Identity, Place] = {}
    errors: list[ResourceError] = []
    warnings: list[ResourceNotice] = []
    for item in found:
        match item:
            case Read(place, resource) if (first := places.get(identity(resource))) is not None:
                errors.append(ResourceError(place, f"stands in {first} already"))
            case Read(place, resource):
                objects.append(resource)
                places[identity(resource)] = place
            case ResourceError():
                errors.append(item)
            case _:
                warnings.append(item)
    resources = Resources.of(objects)
    return LoadedFolder(resources, tuple(errors), tuple(warnings), MappingProxyType(places))


def _found(folder: Path) -> Iterator[Found]:
    problems: list[OSError] = []
    for path in sorted(_files(folder, problems)):
        name = path.relative_to(folder).as_posix()
        try:
            content = _content(path)
        except OSError as error:
            problems.append(error)
        else:
            yield from read_file(content, name)
    for problem in problems:
        yield ResourceError(Place(_shown(problem, folder)), f"can't be read: {problem.strerror}")


def _files(folder: Path, problems: list[OSError]) -> Iterator[Path]:
    """Yield the files to read. Linked folders are not entered; a ConfigMap's linked files are."""
    for parent, folders, files in os.walk(folder, onerror=problems.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and Path(name).suffix in _SUFFIXES:
                yield Path(parent, name)


def _content(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise OSError(0, "it is no regular file", str(path))
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _shown(problem: OSError, folder: Path) -> str:
    path = Path(problem.filename)
    return path.relative_to(folder).as_posix() if path != folder else str(folder)
