"""Commands of the machine: found or missed with a sentence, run to their end within bounds."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.end_to_end.harness.programs import Finished

CONTAINED = (
    *("setpriv", "--pdeathsig=KILL", "--"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
    *("--propagation=private", "--"),
)
"""What put before a command ends it with this process, and with it all that it started or mounted.

Use it in the main thread: the command ends with the thread that started it.
"""

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
_GIGABYTE = 10**9
_ROOM = 4 * _GIGABYTE
"""What the images take as files of containers is 2 GB; logs and volumes need some, too."""
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


def check_room(folder: Path, room: int = _ROOM) -> None:
    """Return if a node's files fit below `folder`.

    Args:
        folder: it exists.
        room: how many bytes they need, beside the hundredth of a disk below which kubelet evicts.

    Raises:
        NodeImpossible: they don't.
    """
    disk = shutil.disk_usage(folder)
    needed = room + disk.total // 100
    if disk.free < needed:
        raise NodeImpossible(
            f"the node needs {needed / _GIGABYTE:.1f} GB in {folder}, where "
            f"{disk.free / _GIGABYTE:.1f} GB are free: make room, or let TMPDIR name another place"
        )
