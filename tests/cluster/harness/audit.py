"""The API server's audit log: what each ServiceAccount asked for, and what it was answered."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})

_DECISION = "authorization.k8s.io/decision"
_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        # Kubernetes' own controllers.
        {"level": "None", "userGroups": ["system:serviceaccounts:kube-system"]},
        {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
        {"level": "None"},
    ],
}


@dataclass(frozen=True, slots=True)
class Request:
    """A request of a ServiceAccount, in the words in which RBAC decides on it.

    Args:
        user: `system:serviceaccount:NAMESPACE:NAME`.
        verb: As roles have it: `patch`.
        group: API group; empty is the core group.
        resource: With its subresource, as roles have it: `eabcredentials/status`.
        namespace: Empty for all namespaces and for kinds without.
        name: Empty for a collection.
        code: HTTP status of the answer.
        denied: Whether no role allows it; a 403 has other reasons, too.
    """

    user: str
    verb: str
    group: str
    resource: str
    namespace: str
    name: str
    code: int
    denied: bool = False

    @property
    def writes(self) -> bool:
        """Whether it was to change something."""
        return self.verb in WRITES

    def __str__(self) -> str:
        where = "/".join(part for part in (self.namespace, self.name) if part)
        return f"{self.code} {self.verb} {self.resource} {where}"


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The log of one API server; what a request did is in it before the request is answered."""

    path: Path

    def position(self) -> int:
        """Return where the log ends now, to read on from there later."""
        return self.path.stat().st_size if self.path.exists() else 0

    def requests(self, start: int = 0) -> tuple[Request, ...]:
        """Return the requests for resources from a position on, in the order of their answers."""
        return tuple(self._requests(start))

    def denials(self, *accounts: str) -> list[str]:
        """Return what ServiceAccounts of these names were denied for want of a role.

        What tests have them denied on purpose, they ask for in kube-system, where nothing of ours
        has any business.
        """
        return [
            f"{each} by {each.user}"
            for each in self.requests()
            if each.denied
            and each.user.rpartition(":")[2] in accounts
            and each.namespace != "kube-system"
        ]

    def _requests(self, start: int) -> Iterator[Request]:
        if not self.path.exists():
            return
        told: set[str] = set()
        with self.path.open("rb") as log:
            log.seek(start)
            for line in log:
                if not line.endswith(b"\n"):
                    return
                entry = json.loads(line)
                # A watch is told at its begin and at its end.
                if "objectRef" in entry and entry["auditID"] not in told:
                    told.add(entry["auditID"])
                    yield _request(entry)


def flags(folder: Path) -> tuple[str, ...]:
    """Return the API server's flags that make it write the log, with their policy in `folder`."""
    policy = folder / "audit-policy.yaml"
    policy.write_text(yaml.safe_dump(_POLICY))
    return (
        f"--audit-policy-file={policy}",
        f"--audit-log-path={log(folder).path}",
        # Megabytes; a log that is rotated is not read on.
        "--audit-log-maxsize=10000",
    )


def log(folder: Path) -> AuditLog:
    """Return the log that `flags` of the same folder makes."""
    return AuditLog(folder / "audit.log")


def _request(entry: dict[str, Any]) -> Request:
    about = entry["objectRef"]
    parts = (about.get("resource", ""), about.get("subresource", ""))
    return Request(
        entry["user"]["username"],
        entry["verb"],
        about.get("apiGroup", ""),
        "/".join(part for part in parts if part),
        about.get("namespace", ""),
        about.get("name", ""),
        entry.get("responseStatus", {}).get("code", 0),
        entry.get("annotations", {}).get(_DECISION) == "forbid",
    )
