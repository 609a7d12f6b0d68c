"""The product's image: what is in it, what is not, and that it runs with the least there is.

It is built by the Dockerfile, on a base that `harness/images/debian.py` makes of Debian's packages,
for no registry answers here. The Dockerfile's own base is Debian, too, with a Python compiled for
it: what is measured holds for what the Dockerfile adds and takes away; of a base, for ours alone.
"""

import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests.cluster.harness.resources import Document
from tests.cluster.node.harness.images import contents as images
from tests.cluster.node.harness.images import names
from tests.cluster.node.harness.images.contents import Contents
from tests.cluster.node.harness.images.product import product_image
from tests.cluster.node.harness.node import Node

pytestmark = pytest.mark.node

USER = 65532
MEGABYTE = 10**6

BUILD_PROGRAMS = frozenset(
    {"ar", "as", "c++", "cc", "gcc", "g++", "git", "hatchling", "ld", "make", "pip", "pip3", "uv"}
)
BUILD_PACKAGES = frozenset({"ensurepip", "hatchling", "pip", "setuptools", "wheel"})
SCRATCH = frozenset({"tmp", "var/tmp", "run/lock"})
"""What Debian leaves to everybody; with a read-only root file system, nobody can write there."""

PROGRAMS = {
    "the operator": ("certwright-operator", "run", "--help"),
    "the server": ("certwright", "serve-cluster", "--help"),
}


@pytest.fixture(scope="module")
def archive(tell: Callable[[str], None]) -> Path:
    return product_image(tell)


@pytest.fixture(scope="module")
def contents(archive: Path) -> Contents:
    """Give the image's contents, read once for all tests."""
    return images.read(archive)


@pytest.fixture(scope="module")
def namespace(node: Node, archive: Path) -> Iterator[str]:
    """Give a namespace that takes no pod but one that gives up all it can."""
    node.load(archive)
    name = f"image-test-{secrets.token_hex(4)}"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    metadata = {"name": name, "labels": labels}
    node.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    yield name
    node.kubectl("delete", "namespace", name, "--wait=false")


def restricted_pod(name: str, namespace: str, command: tuple[str, ...]) -> Document:
    container = {
        "name": "program",
        "image": names.PRODUCT,
        "imagePullPolicy": "IfNotPresent",
        "command": list(command),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": {
                "runAsNonRoot": True,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
        },
    }


def test_it_has_one_name(contents: Contents) -> None:
    assert contents.names == (names.PRODUCT,)


def test_a_container_is_no_user_of_the_machine_by_number(contents: Contents) -> None:
    assert contents.settings["User"] == f"{USER}:{USER}"


def test_without_a_command_it_is_the_command_line(contents: Contents) -> None:
    assert contents.settings["Entrypoint"] == ["certwright"]
    assert contents.settings["Env"][0].startswith("PATH=/opt/certwright/bin:")
    for command in PROGRAMS.values():
        assert f"opt/certwright/bin/{command[0]}" in contents.files


def test_it_tells_what_it_is(contents: Contents) -> None:
    labels = contents.settings["Labels"]
    told = {name.removeprefix("org.opencontainers.image.") for name in labels if labels[name]}
    assert {"title", "description", "licenses", "version", "revision"} <= told


def test_nothing_in_it_builds_or_installs_python_packages(contents: Contents) -> None:
    programs = {
        path
        for path in contents.files
        if PurePosixPath(path).parent.name in {"bin", "sbin"}
        and PurePosixPath(path).name in BUILD_PROGRAMS
    }
    packages = {
        path
        for path in map(PurePosixPath, contents.files)
        if path.suffix == ".whl" or (path.name in BUILD_PACKAGES and is_searched(path.parent.name))
    }
    assert (programs, packages) == (set(), set())


def is_searched(folder: str) -> bool:
    """Tell whether Python finds packages in folders of this name."""
    return folder.startswith("python3") or folder in {"site-packages", "dist-packages"}


def test_it_is_less_than_200_megabytes_to_fetch(contents: Contents) -> None:
    assert contents.compressed < 200 * MEGABYTE


def test_its_user_may_write_nowhere_but_where_everybody_may(contents: Contents) -> None:
    writable = {
        path
        for path, entry in contents.files.items()
        if not (entry.issym() or entry.ischr())
        and (USER in (entry.uid, entry.gid) or stat.S_IMODE(entry.mode) & stat.S_IWOTH)
    }
    assert writable <= SCRATCH


def test_it_adds_nothing_that_raises_rights(contents: Contents) -> None:
    raised = [
        path
        for path in contents.below("opt")
        if stat.S_IMODE(contents.files[path].mode) & (stat.S_ISUID | stat.S_ISGID)
    ]
    assert raised == []


def test_nothing_tells_where_its_packages_came_from(contents: Contents) -> None:
    assert not [path for path in ("etc/pip.conf", "source", "wheels") if path in contents.files]
    assert contents.below("run/secrets") == []
    assert not [each for each in contents.settings["Env"] if each.startswith("PIP_")]


@pytest.mark.parametrize("package", ["certwright", "acme_server", "certwright_operator"])
def test_its_modules_are_compiled_since_nothing_can_be_written_later(
    contents: Contents, package: str
) -> None:
    here = [path for path in contents.below("opt") if f"/site-packages/{package}/" in path]
    modules = {PurePosixPath(path) for path in here if path.endswith(".py")}
    compiled = {PurePosixPath(path) for path in here if path.endswith(".pyc")}
    assert modules
    made = {path.parent.parent / f"{path.name.partition('.')[0]}.py" for path in compiled}
    assert {module for module in modules if "versions" not in module.parts} <= made


@pytest.mark.parametrize("program", PROGRAMS)
def test_its_programs_run_where_nothing_more_is_allowed(
    node: Node, namespace: str, program: str
) -> None:
    name = program.removeprefix("the ")
    node.apply(restricted_pod(name, namespace, PROGRAMS[program]))
    ended = ("--for=jsonpath={.status.phase}=Succeeded", f"pod/{name}", "--timeout=120s")
    node.kubectl("wait", f"--namespace={namespace}", *ended).succeeded()
    said = node.kubectl("logs", name, f"--namespace={namespace}").succeeded()
    assert f"Usage: {' '.join(PROGRAMS[program][:2])}" in said.output
