"""`python -m tests.cluster.node.killed_run RECORDS FOLDER`: a run to be killed by its test.

It has what a node has of the machine: namespaces, and a process in them in its control group.
"""

import subprocess
import sys
import time
from pathlib import Path

from tests.cluster.node.harness import leftovers
from tests.cluster.node.harness.namespaces import Namespaces


def main() -> None:
    """Print the control group's name when all is there, and wait."""
    records, folder = (Path(each) for each in sys.argv[1:])
    namespaces = Namespaces.prepared(folder)
    with leftovers.recorded(records, namespaces.state) as run:
        run.cgroup.make()
        namespaces.start()
        pod = subprocess.Popen((*namespaces.inside, "sleep", "3600"))
        for group in run.cgroup.folders():
            if group.parent.name == "pids" or (group / "cgroup.controllers").exists():
                (group / "cgroup.procs").write_text(str(pod.pid))
        print(run.cgroup.name, flush=True)  # noqa: T201 - the test waits for it
        time.sleep(3600)


if __name__ == "__main__":
    main()
