"""What one wants to know of a cluster when a test on it has failed."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.end_to_end.harness.programs import Finished

_LINES = 25

Kubectl = Callable[..., Finished]


def report(kubectl: Kubectl, logs: Path | None) -> str:
    """Return pods, events, what is known of pods that aren't ready, and the ends of logs.

    Args:
        kubectl: runs kubectl as the administrator.
        logs: the folder with the logs of the node's programs; None for a cluster that isn't ours.
    """
    parts = [
        _said(kubectl, "get", "pods", "--all-namespaces", "--output=wide"),
        _said(kubectl, "get", "events", "--all-namespaces", "--sort-by=.lastTimestamp"),
        *_unready(kubectl),
        *(_tail(log) for log in sorted(logs.glob("*.log") if logs else ())),
    ]
    return "\n\n".join(parts)


def _unready(kubectl: Kubectl) -> Iterator[str]:
    for namespace, name in _unready_pods(kubectl):
        where = (name, f"--namespace={namespace}")
        yield _said(kubectl, "describe", "pod", *where)
        tail = ("--all-containers", "--prefix", f"--tail={_LINES}")
        yield _said(kubectl, "logs", *where, *tail)


def _unready_pods(kubectl: Kubectl) -> list[tuple[str, str]]:
    try:
        found = kubectl("get", "pods", "--all-namespaces", "--output=json")
        pods = json.loads(found.output)["items"]
    except (subprocess.TimeoutExpired, ValueError):
        return []
    return [
        (pod["metadata"]["namespace"], pod["metadata"]["name"])
        for pod in pods
        if not _is_ready(pod)
    ]


def _is_ready(pod: dict[str, Any]) -> bool:
    status = pod.get("status", {})
    conditions = {each["type"]: each["status"] for each in status.get("conditions", ())}
    return status.get("phase") == "Succeeded" or conditions.get("Ready") == "True"


def _said(kubectl: Kubectl, *arguments: str) -> str:
    """Return what kubectl says; a cluster that doesn't answer is told of, too."""
    try:
        ended = kubectl(*arguments)
    except subprocess.TimeoutExpired:
        said = "took too long"
    else:
        lines = (ended.output + ended.errors).splitlines()
        said = "\n".join(lines[:1] + lines[1:][-4 * _LINES :])
    return f"$ kubectl {' '.join(arguments)}\n{said}"


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-_LINES:]
    return "\n".join((f"--- {log.name}", *lines))
