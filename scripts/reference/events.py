"""docs/reference/events.md: conditions, Events, error types and the audit log's events."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from acme_server.domain.audit import AuditKind
from acme_server.domain.problems import ErrorType, Problem
from certwright.reconcile.verdicts import Reason
from scripts.reference import sentences
from scripts.reference.markdown import code, prose, table

_INTRODUCTION: Final = """\
# Conditions, events and errors

What the program says, in its own words; `…` stands for what varies.
[troubleshooting.md](../troubleshooting.md) has what to do.

## Conditions

`Ready` is in every status and sums it up. `Stalled` is there while nothing goes on until a person
acts. Each has a reason, for programs, and a message, for people.
"""

_EVENTS: Final = """\
## Events

On the object that they are about, at most once an hour each: `kubectl describe`. Those that tell
of a condition have its reason and its message: `Warning` when it changed for the worse, `Normal`
when an object that wasn't ready is. The others have the reason `Reconciled`, or `NeedsAttention`
where the type is `Warning`:
"""

_ERRORS: Final = """\
## Errors

What ACME clients are answered, and what stands at failed challenges:
`urn:ietf:params:acme:error:` and one of these types (RFC 8555 §6.7), with a `detail` for people.
The status is the one that goes with the type where nothing else is fitting. 503 always has the
type `serverInternal` and a `Retry-After`.
"""

_AUDIT: Final = """\
## Events of the audit log

The members of a line are described in [standalone.md](../standalone.md#the-audit-log).
"""


def page(root: Path) -> str:
    """Return the page, from the sources below a root."""
    return "\n".join(
        [
            _INTRODUCTION,
            _reasons(root),
            _EVENTS,
            _list(sorted(set(sentences.calls(root, "Event")))),
            _ERRORS,
            table(("type", "status"), ((code(each), _status(each)) for each in ErrorType)),
            _AUDIT,
            _list(each.value for each in AuditKind),
        ]
    )


def _reasons(root: Path) -> str:
    said: dict[str, list[str]] = defaultdict(list)
    ready: dict[str, bool] = {}
    for each in sentences.of_reasons(root):
        reason = Reason[each.member]
        ready[reason] = each.ready
        if each.sentence and each.sentence not in said[reason]:
            said[reason].append(each.sentence)
    rows = (
        (code(reason), "yes" if ready[reason] else "no", _messages(said[reason]))
        for reason in sorted(Reason)
        if reason in ready
    )
    return table(("reason", "ready", "messages"), rows)


def _messages(said: list[str]) -> str:
    return "; or: ".join(map(code, said)) or "what was found"


def _status(kind: ErrorType) -> str:
    status = Problem(kind, "").status
    return f"{status.value} {prose(status.phrase)}"


def _list(texts: Iterable[str]) -> str:
    return "".join(f"- {code(text)}\n" for text in texts)
