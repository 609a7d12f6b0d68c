"""`python -m tests.cluster.harness.prepare`: build what the cluster tests need, telling of it.

Tests that run several at once have no terminal of their own to tell it on.
"""

import os
import sys

from tests.cluster.harness import programs
from tests.cluster.harness.programs import ProgramsMissing


def main() -> None:
    """Build the programs of a control plane, unless KUBECONFIG names a cluster."""
    if os.environ.get("KUBECONFIG"):
        return
    try:
        programs.prepared(lambda line: print(line, flush=True))  # noqa: T201 - for the one who waits
    except ProgramsMissing as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
