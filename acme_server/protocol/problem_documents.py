"""Problem documents (RFC 9457) as ACME fills them (RFC 8555 §6.7)."""

from typing import Any

from acme_server.domain.documents.members import StoredProblem
from acme_server.domain.problems import Problem

MEDIA_TYPE = "application/problem+json"


def render(problem: Problem) -> dict[str, Any]:
    """Return the JSON object of a problem that answers a request."""
    document: dict[str, Any] = {**_core(problem), "status": int(problem.status)}
    if problem.subproblems:
        document["subproblems"] = [_subproblem(each) for each in problem.subproblems]
    if problem.algorithms:
        document["algorithms"] = list(problem.algorithms)
    return document


def render_stored(problem: StoredProblem) -> dict[str, Any]:
    """Return the `error` of a challenge or order: what it failed of, or its last attempt did."""
    return render(Problem(problem.type, problem.detail))


def _core(problem: Problem) -> dict[str, Any]:
    return {"type": problem.type.urn, "detail": problem.detail}


def _subproblem(problem: Problem) -> dict[str, Any]:
    """Return a subproblem: no status, and the identifier it is about (RFC 8555 §6.7.1)."""
    document = _core(problem)
    if problem.identifier is not None:
        document["identifier"] = {
            "type": problem.identifier.type.value,
            "value": problem.identifier.value,
        }
    return document
