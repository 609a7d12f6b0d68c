"""`python -m tests.cluster.node.harness.images.listing`: make all images and name their archives.

For a cluster that is not the tests' own, and has to be given them: one path a line.
"""

import sys

from tests.cluster.harness import programs
from tests.cluster.harness.programs import ProgramsMissing
from tests.cluster.node.harness.images.node_images import node_images


def main() -> None:
    """Print the path of each archive; what takes long is told on standard error."""

    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - for the one who waits

    try:
        images = node_images(programs.node_programs(tell), tell)
    except ProgramsMissing as missing:
        sys.exit(str(missing))
    for archive in (
        images.busybox,
        images.cert_manager,
        images.acme_solver,
        images.ingress,
        images.product,
    ):
        print(archive)  # noqa: T201 - the result


if __name__ == "__main__":
    main()
