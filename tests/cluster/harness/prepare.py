"""`python -m tests.cluster.harness.prepare [--node]`: build what the cluster tests need.

Tests that run several at once have no terminal of their own to tell of it on.
"""

import os
import sys

import click

from tests.cluster.harness import programs
from tests.cluster.harness.programs import ProgramsMissing
from tests.cluster.node.harness.images.node_images import node_images


@click.command()
@click.option("--node", is_flag=True, help="Also what a cluster with a node is made of.")
def main(node: bool) -> None:
    """Build the programs of a control plane, and what tests on it run beside them.

    Where KUBECONFIG names a cluster, nothing is built for it; --node makes a cluster of its own.
    """
    os.nice(10)  # A build takes every core there is, for minutes.
    try:
        if node:
            node_images(programs.node_programs(click.echo), click.echo)
        elif not os.environ.get("KUBECONFIG"):
            programs.prepared(click.echo)
            programs.helm(click.echo)
    except ProgramsMissing as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
