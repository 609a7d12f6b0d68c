"""What is in an image archive, as `docker save` writes them: its settings, and all of its files."""

import io
import json
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

_PART = 2**20
_GZIP = 16 + zlib.MAX_WBITS
_REMOVED = ".wh."
"""What a layer names a file that it takes away from those below (OCI image-spec, layer.md)."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive of one image holds.

    Args:
        names: the image's names.
        settings: with what a container of it begins, as its configuration says.
        files: all layers on another, by path without the slash in front.
        compressed: the bytes of its layers as registries keep them, by gzip.
    """

    names: tuple[str, ...]
    settings: Mapping[str, Any]
    files: Mapping[str, tarfile.TarInfo]
    compressed: int

    def below(self, folder: str) -> list[str]:
        """Return the paths below a folder, and its own."""
        return [path for path in self.files if path == folder or path.startswith(f"{folder}/")]


def read(archive: Path) -> Contents:
    """Return what is in an archive, which is read once."""
    files: dict[str, tarfile.TarInfo] = {}
    size = 0
    with tarfile.open(archive) as tar:
        [manifest] = json.load(_opened(tar, "manifest.json"))
        for name in manifest["Layers"]:
            layer = _Compressing(_opened(tar, name))
            _lay(files, layer)
            size += layer.finished()
        configuration = json.load(_opened(tar, manifest["Config"]))
    return Contents(tuple(manifest["RepoTags"]), configuration["config"], files, size)


class _Compressing(io.RawIOBase):
    """A stream that is compressed, to know how much it comes to, while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self._source = source
        self._packing = zlib.compressobj(wbits=_GZIP)
        self._bytes = 0

    def read(self, size: int = -1) -> bytes:
        part = self._source.read(size)
        self._bytes += len(self._packing.compress(part))
        return part

    def finished(self) -> int:
        """Read what is left, and return how many bytes it is compressed."""
        while self.read(_PART):
            pass
        return self._bytes + len(self._packing.flush())


def _opened(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    member = tar.extractfile(name)
    assert member is not None, name
    return member


def _lay(files: dict[str, tarfile.TarInfo], layer: _Compressing) -> None:
    """Lay a layer on those below it."""
    for entry in _entries(layer):
        path = PurePosixPath(entry.name)
        if path.name.startswith(_REMOVED):
            gone = str(path.with_name(path.name.removeprefix(_REMOVED)))
            for below in [each for each in files if each == gone or each.startswith(f"{gone}/")]:
                del files[below]
        else:
            files[str(path)] = entry


def _entries(layer: _Compressing) -> Iterator[tarfile.TarInfo]:
    with tarfile.open(fileobj=layer, mode="r|") as tar:
        yield from tar
