"""The product's own image, built of the working tree by its Dockerfile."""

from collections.abc import Iterator
from pathlib import Path

from tests.cluster.harness.building import Tell
from tests.cluster.node.harness.images import debian, kept, names
from tests.cluster.node.harness.images.builder import Builder

_REPOSITORY = Path(__file__).parents[5]


def product_image(tell: Tell, tree: Path = _REPOSITORY, name: str = names.PRODUCT) -> Path:
    """Return the archive of the product's image.

    Args:
        tell: is told what takes long.
        tree: what it is built of.
        name: what it is called on the node.

    Raises:
        ProgramsMissing: what builds images is not here, or the build failed.
    """
    builder = Builder(kept.folder() / "buildah")
    base = debian.python_base(builder, tell)
    key = kept.key((base.encode(), name.encode(), *_sources(tree)))

    def build(archive: Path) -> None:
        with builder.alone(tell):
            builder.build(tree / "Dockerfile", tree, name, {"BASE": base})
            builder.save(name, archive)

    return kept.kept(f"certwright-{name.rpartition(':')[2]}", key, build, tell)


def _sources(tree: Path) -> Iterator[bytes]:
    """Give what the build sees: what .dockerignore lets in, and itself."""
    rules = (tree / ".dockerignore").read_text().splitlines()
    for allowed in ("Dockerfile", ".dockerignore", *(r[1:] for r in rules if r.startswith("!"))):
        for file in sorted((tree / allowed, *(tree / allowed).rglob("*"))):
            if file.is_file() and "__pycache__" not in file.parts:
                yield str(file.relative_to(tree)).encode()
                yield file.read_bytes()
