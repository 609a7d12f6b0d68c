"""Namespaces of a run's own, in which a node lives: its processes, its mounts, its network.

One process holds them. Whatever runs in them ends with it, and with the last process the mounts,
interfaces, routes and packet filters are gone: nothing of the machine's own is touched.

There is no way out: no interface leads out of the network.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.processes import Process

ADDRESS = "192.0.2.10"
"""The node's address, of a documentation range (RFC 5737)."""

_INTERFACE = "node"


@dataclass(slots=True)
class Namespaces:
    """The namespaces, from `start` to `stop`.

    Args:
        folder: keeps what is written to /var/lib and /var/log inside.
    """

    folder: Path
    holder: Process

    @classmethod
    def prepared(cls, folder: Path) -> "Namespaces":
        """Return namespaces that don't exist yet; `folder` is empty and theirs."""
        return cls(folder, Process(_holding(folder), folder / "namespaces.log"))

    def start(self) -> None:
        """Make them, and return when the network is there.

        Raises:
            NotReady: a command that makes them failed.
        """
        self.state.mkdir()
        self.logs.mkdir()
        for tunable, value in _TUNABLES.items():
            _stand_in(self.folder, tunable).write_text(f"{value}\n")
        self.holder.start(_ready(self.folder).exists)

    def stop(self) -> None:
        """End everything that runs inside, hard."""
        self.holder.kill()

    @property
    def state(self) -> Path:
        """What is /var/lib inside."""
        return self.folder / "state"

    @property
    def logs(self) -> Path:
        """What is /var/log inside."""
        return self.folder / "logs"

    @property
    def network(self) -> tuple[str, ...]:
        """What put before a command runs it in the network, and nowhere else."""
        return ("nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--")

    @property
    def inside(self) -> tuple[str, ...]:
        """What put before a command runs it in all of the namespaces.

        nsenter waits for the command outside: signals don't reach it, and it ends when nsenter
        does.
        """
        at = f"/proc/{self.holder.pid}/ns"
        return (
            "nsenter",
            f"--net={at}/net",
            f"--mount={at}/mnt",
            f"--pid={at}/pid_for_children",
            "--",
            "setpriv",
            "--pdeathsig=KILL",
            "--",
        )


_TUNABLES = {
    "kernel/keys/root_maxbytes": "25000000",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
}
"""What kubelet wants the kernel to do, by its place in /proc/sys."""


def _ready(folder: Path) -> Path:
    return folder / "ready"


def _stand_in(folder: Path, tunable: str) -> Path:
    return folder / f"sysctl-{tunable.replace('/', '.')}"


def _holding(folder: Path) -> tuple[str, ...]:
    """Return the command that makes the namespaces and holds them.

    /sys stays what it is: another one would hide the mounts of the cgroups.
    """
    script = " && ".join(
        (
            *(shlex.join(each) for each in _setup(folder)),
            "echo 1 >/proc/sys/net/ipv4/ip_forward",
            shlex.join(("touch", str(_ready(folder)))),
            # Process 1 inherits every orphan, and reaps it while it waits for its own children.
            "while :; do sleep 3600 & wait; done",
        )
    )
    return (
        "unshare",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "--propagation=private",
        "--",
        "sh",
        "-c",
        script,
    )


def _setup(folder: Path) -> tuple[tuple[str, ...], ...]:
    return (
        # kubelet wants to share mounts with pods; outside, none of them shows.
        ("mount", "--make-rshared", "/"),
        ("mount", "-t", "tmpfs", "tmpfs", "/run"),
        ("mount", "--bind", str(folder / "state"), "/var/lib"),
        ("mount", "--bind", str(folder / "logs"), "/var/log"),
        # These are the whole machine's; where kubelet finds what it wants, it changes nothing.
        *(
            ("mount", "--bind", str(_stand_in(folder, each)), f"/proc/sys/{each}")
            for each in _TUNABLES
        ),
        ("ip", "link", "set", "lo", "up"),
        # A link of type dummy would say it better; not every kernel has it.
        ("ip", "link", "add", _INTERFACE, "type", "bridge"),
        ("ip", "address", "add", f"{ADDRESS}/24", "dev", _INTERFACE),
        ("ip", "link", "set", _INTERFACE, "up"),
        # kube-apiserver and kubelet look for one. It leads nowhere.
        ("ip", "route", "add", "default", "dev", _INTERFACE),
    )
