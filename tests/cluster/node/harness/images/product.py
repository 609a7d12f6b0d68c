"""The product's own image, built of the working tree by its Dockerfile."""

from collections.abc import Iterator
from pathlib import Path

from tests.cluster.harness.building import Tell
from tests.cluster.node.harness.images import debian, kept, names
from tests.cluster.node.harness.images.builder import Builder

_REPOSITORY = Path(__file__).parents[5]


def product_image(tell: Tell) -> Path:
    """Return the archive of the image `localhost/certwright:test`.

    Raises:
        ProgramsMissing: what builds images is not here, or the build failed.
    """
    builder = Builder(kept.folder() / "buildah")
    base = debian.python_base(builder, tell)
    key = kept.key((base.encode(), *_sources()))

    def build(archive: Path) -> None:
        builder.build(_REPOSITORY / "Dockerfile", _REPOSITORY, names.PRODUCT, {"BASE": base})
        builder.save(names.PRODUCT, archive)

    return kept.kept("certwright", key, build, tell)


def _sources() -> Iterator[bytes]:
    """Give what the build sees: what .dockerignore lets in, and itself."""
    rules = (_REPOSITORY / ".dockerignore").read_text().splitlines()
    for allowed in ("Dockerfile", ".dockerignore", *(r[1:] for r in rules if r.startswith("!"))):
        for file in sorted((_REPOSITORY / allowed, *(_REPOSITORY / allowed).rglob("*"))):
            if file.is_file() and "__pycache__" not in file.parts:
                yield str(file.relative_to(_REPOSITORY)).encode()
                yield file.read_bytes()
