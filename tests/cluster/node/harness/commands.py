"""Commands of the machine: found or missed with a sentence, run to their end within bounds."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.end_to_end.harness.programs import Finished

ENOUGH = 180
"""Seconds after which a command that waits for pods is given up."""

_NEEDED = (
    "containerd",
    "ctr",
    "runc",
    "ip",
    "iptables",
    "nsenter",
    "setpriv",
    "unshare",
    "mount",
    "busybox",
)
_PLUGIN_FOLDERS = (Path("/usr/lib/cni"), Path("/opt/cni/bin"))
_PLUGINS = ("ptp", "host-local", "loopback", "portmap")


class NodeImpossible(Exception):
    """This machine can't run a node; the sentence says why, and what else there is."""


def run(
    command: Sequence[str],
    folder: Path,
    variables: Mapping[str, str] | None = None,
    enough: float = ENOUGH,
) -> Finished:
    """Run a command in `folder` to its end; raise `TimeoutExpired` when it takes too long.

    Args:
        command: the program and its arguments.
        folder: its working folder.
        variables: added to the environment of this process.
        enough: seconds to wait for its end.
    """
    ended = subprocess.run(
        command,
        env=os.environ | dict(variables or {}),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=enough,
        check=False,
    )
    return Finished(tuple(command), ended.returncode, ended.stdout, ended.stderr)


def plugins() -> Path:
    """Return the folder of the network plugins.

    Raises:
        NodeImpossible: they are not all there.
    """
    for folder in _PLUGIN_FOLDERS:
        if all((folder / name).exists() for name in _PLUGINS):
            return folder
    looked = " or ".join(str(folder) for folder in _PLUGIN_FOLDERS)
    raise NodeImpossible(
        f"the network plugins {', '.join(_PLUGINS)} are not in {looked}: "
        "run scripts/test-cluster-packages"
    )


def check() -> None:
    """Return if this machine can run a node, as far as can be told beforehand.

    Raises:
        NodeImpossible: it can't.
    """
    if os.geteuid() != 0:
        raise NodeImpossible(
            "the cluster tests need root to make a node, or KUBECONFIG to name a cluster with one"
        )
    if missing := [name for name in _NEEDED if shutil.which(name) is None]:
        raise NodeImpossible(
            f"the node needs {', '.join(missing)} on the PATH: run scripts/test-cluster-packages"
        )
    plugins()
