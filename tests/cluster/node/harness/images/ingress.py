"""The image of the ingress controller: EasyHAProxy, on Debian's HAProxy."""

from pathlib import Path

from tests.cluster.harness.building import Tell
from tests.cluster.node.harness.images import debian, kept, names
from tests.cluster.node.harness.images.builder import Builder

_CONTEXT = Path(__file__).parent / "easyhaproxy"


def ingress_image(tell: Tell) -> Path:
    """Return the archive of the image `localhost/easyhaproxy:test`.

    Raises:
        ProgramsMissing: what builds images is not here, or the build failed.
    """
    builder = Builder(kept.folder() / "buildah")
    base = debian.python_base(builder, tell)
    key = kept.key((base.encode(), *(file.read_bytes() for file in sorted(_CONTEXT.iterdir()))))

    def build(archive: Path) -> None:
        with builder.alone(tell):
            builder.build(_CONTEXT / "Containerfile", _CONTEXT, names.INGRESS, {"BASE": base})
            builder.save(names.INGRESS, archive)

    return kept.kept("easyhaproxy", key, build, tell)
