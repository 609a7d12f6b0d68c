"""The node, shared by all tests of a run, and what a failed test tells of it."""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack

import pytest

from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.kubeconfig import KubeconfigUnusable
from tests.cluster.harness.processes import NotReady
from tests.cluster.harness.programs import ProgramsMissing
from tests.cluster.node.harness import node as nodes
from tests.cluster.node.harness.commands import NodeImpossible
from tests.cluster.node.harness.images import names, static
from tests.cluster.node.harness.node import Node, NodeFailed

_RUNNING = pytest.StashKey[Node]()

_FAILURES = (ProgramsMissing, KubeconfigUnusable, NodeImpossible, NotReady, NodeFailed)


@pytest.fixture(scope="session")
def node(
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
    tell: Callable[[str], None],
) -> Iterator[Node]:
    """Give a cluster that runs pods; without one the run fails at once and says what is missing."""
    folder = tmp_path_factory.mktemp("node")
    with ExitStack() as stack:
        try:
            running = stack.enter_context(nodes.running(folder, os.environ, tell))
        except _FAILURES as error:
            pytest.exit(str(error), returncode=1)
        pytestconfig.stash[_RUNNING] = running
        yield running
        del pytestconfig.stash[_RUNNING]


@pytest.fixture(scope="session")
def own_node(node: Node) -> Node:
    """Give the node to a test that breaks or enters its machine, if that is this run's own."""
    if node.own is None:
        pytest.skip("KUBECONFIG names the cluster: its machines are left alone")
    return node


@pytest.fixture(scope="session")
def cluster(node: Node) -> Cluster:
    """Give the node's cluster to the fixtures that all cluster tests share."""
    return node.cluster


@pytest.fixture(scope="session")
def busybox(node: Node, tell: Callable[[str], None]) -> str:
    """Give the name of an image with a shell and small tools, which the node has."""
    node.load(static.busybox(tell))
    return names.BUSYBOX


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failed test what one wants to know of the cluster."""
    report = yield
    running = item.config.stash.get(_RUNNING, None)
    if report.failed and running is not None and call.excinfo is not None:
        report.sections.append(("the cluster", running.report()))
    return report
