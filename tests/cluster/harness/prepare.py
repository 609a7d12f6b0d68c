"""`python -m tests.cluster.harness.prepare [--node]`: build what the cluster tests need.

Tests that run several at once have no terminal of their own to tell of it on.
"""

import os
import sys

import click

from tests.cluster.harness import programs
from tests.cluster.harness.programs import ProgramsMissing
from tests.cluster.node.harness import commands
from tests.cluster.node.harness.commands import NodeImpossible
from tests.cluster.node.harness.images.node_images import node_images


@click.command()
@click.option("--node", is_flag=True, help="Also what a cluster with a node is made of.")
def main(node: bool) -> None:
    """Build the programs of a control plane, and what tests on it run beside them.

    Where KUBECONFIG names a cluster, nothing is built for it but the images that tests know.
    """
    os.nice(10)  # A build takes every core there is, for minutes.
    given = bool(os.environ.get("KUBECONFIG"))
    try:
        if node:
            _node(given)
        elif not given:
            programs.prepared(click.echo)
            programs.helm(click.echo)
            programs.caddy(click.echo)
    except (ProgramsMissing, NodeImpossible) as missing:
        sys.exit(str(missing))
    except OSError as error:  # A full disk, say; what was begun is not kept.
        sys.exit(f"what the cluster tests need can't be kept: {error}")


def _node(given: bool) -> None:
    if not given:
        # Minutes before a node would tell.
        commands.check()
    node_images(programs.node_programs(click.echo), click.echo)


if __name__ == "__main__":
    main()
