"""Image archives of one layer, as `docker save` writes them: the same bytes for the same content.

Format: github.com/moby/moby, image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset".
"""

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Image:
    """An image without a base.

    Args:
        name: with a tag.
        files: what is in it, by its absolute path there; executable files all.
        links: symbolic links, by their absolute path, and where each points.
        entrypoint: what a container runs.
        arguments: what it runs that with, unless the pod says otherwise.
        user: a number, or `runAsNonRoot` would refuse the image.
    """

    name: str
    files: Mapping[str, Path]
    entrypoint: tuple[str, ...]
    user: int
    links: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()


def archive(image: Image) -> bytes:
    """Return the archive of an image."""
    layer = _layer(image)
    digest = hashlib.sha256(layer).hexdigest()
    config = json.dumps(_config(image, digest), sort_keys=True).encode()
    named = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [{"Config": named, "RepoTags": [image.name], "Layers": [f"{digest}.tar"]}]
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        _add(tar, f"{digest}.tar", layer, 0o644)
        _add(tar, named, config, 0o644)
        _add(tar, "manifest.json", json.dumps(manifest).encode(), 0o644)
    return whole.getvalue()


def _config(image: Image, layer: str) -> dict[str, object]:
    return {
        "architecture": _ARCHITECTURES[platform.machine()],
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {
            "User": str(image.user),
            "Env": ["PATH=/bin"],
            "Entrypoint": list(image.entrypoint),
            "Cmd": list(image.arguments),
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}"]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": image.name}],
    }


def _layer(image: Image) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for folder in sorted({Path(path).parent for path in (*image.files, *image.links)}):
            if folder != Path("/"):
                _add_folder(tar, str(folder)[1:], 0o755)
        _add_folder(tar, "tmp", 0o1777)
        for path, file in sorted(image.files.items()):
            _add(tar, path[1:], file.read_bytes(), 0o755)
        for path, target in sorted(image.links.items()):
            link = tarfile.TarInfo(path[1:])
            link.type, link.linkname = tarfile.SYMTYPE, target
            tar.addfile(link)
    return content.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))


def _add_folder(tar: tarfile.TarFile, name: str, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    tar.addfile(entry)
