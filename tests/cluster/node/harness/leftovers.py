"""What a run has on the machine that outlives it when it is killed: its control groups, its files.

Processes, mounts and networks end with a killed run by themselves. For the rest, a run keeps a
record, locked for as long as it lives: what a record without a lock names is nobody's any more,
and the next run removes it. Runs that keep their records in different folders never meet.
"""

import fcntl
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.cluster.harness.building import Tell
from tests.cluster.node.harness.cgroups import Cgroup

_PREFIX = "certwright-node-"


@dataclass(frozen=True, slots=True)
class Run:
    """What one run has on the machine.

    Args:
        cgroup: holds its pods.
        state: the folder with the files of its containers.
    """

    cgroup: Cgroup
    state: Path

    def remove(self) -> None:
        """Remove it.

        Raises:
            OSError: some process of the run is still there, and so is the rest.
        """
        self.cgroup.remove()
        shutil.rmtree(self.state, ignore_errors=True)


@contextmanager
def recorded(records: Path, state: Path) -> Iterator[Run]:
    """Give a run that is recorded before there is anything of it, and removed in the end.

    Args:
        records: the folder that all runs keep their records in.
        state: where the files of its containers are going to be.
    """
    name = f"{_PREFIX}{secrets.token_hex(4)}"
    record = records / f"{name}.json"
    run = Run(Cgroup(name), state)
    records.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        with _alone(records):
            lock = stack.enter_context(record.open("x"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(json.dumps({"state": str(state.absolute())}))
        lock.flush()
        try:
            yield run
        finally:
            run.remove()
            record.unlink()


def sweep(records: Path, tell: Tell) -> None:
    """Remove what runs left that are no more, and leave to those that live what is theirs."""
    records.mkdir(parents=True, exist_ok=True)
    with _alone(records):
        for record in sorted(records.glob(f"{_PREFIX}*.json")):
            with record.open() as lock:
                if _taken(lock):
                    _forget(record, tell)


@contextmanager
def _alone(records: Path) -> Iterator[None]:
    """Keep others from looking at a record that is not locked yet."""
    with (records / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _taken(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _forget(record: Path, tell: Tell) -> None:
    try:
        left = json.loads(record.read_text())
    except json.JSONDecodeError:  # Killed while it wrote: nothing was made yet.
        record.unlink()
        return
    try:
        Run(Cgroup(record.stem), Path(left["state"])).remove()
    except OSError as error:
        tell(f"a run that is no more has left processes behind, and its files: {error}")
    else:
        record.unlink()
        tell(f"removed what a run left that was killed ({record.stem})")
