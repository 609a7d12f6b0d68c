"""Telling the audit log what has come about, with who asked for it."""

from acme_server.domain.audit import Actor, AuditEvent, AuditKind, Matter, names_in
from acme_server.domain.documents.accounts import Account
from acme_server.domain.problems import ACMEError
from acme_server.services.environment import Environment
from acme_server.services.requests import Verified
from certwright.policy.account import AccountPolicy


def tell(
    environment: Environment,
    request: Verified,
    kind: AuditKind,
    what: Matter,
    account: Account | None = None,
) -> None:
    """Tell what a request brought about.

    `account` is the one that asks where it isn't the one that signed, as it was read: one that was
    only just made, or bound anew.
    """
    who = actor_of(request) if account is None else Actor.of(account, request.arrival.client)
    environment.audit.record(AuditEvent(environment.now(), kind, who, what))


def tell_refusal(environment: Environment, request: Verified, error: ACMEError) -> None:
    """Tell what was refused to whom; the problem's detail names the rule."""
    parameters, problem = request.arrival.parameters, error.problem
    what = Matter(
        resource=request.arrival.resource.value,
        order=parameters.get("order"),
        identifiers=names_in(problem),
        serial=parameters.get("serial"),
        problem=problem.type,
        detail=problem.detail,
    )
    tell(environment, request, AuditKind.REFUSED, what)


def actor_of(request: Verified) -> Actor:
    """Return who signed a request."""
    client = request.arrival.client
    if request.account is None:
        return Actor(request.profile.key, key=request.key.thumbprint, client=client)
    return Actor.of(request.account.document, client)


def rules_of(policy: AccountPolicy) -> tuple[str, ...]:
    """Return what decides for an account: the template, then what narrows it."""
    return (policy.template.policy.origin, *(each.origin for each in policy.scopes))
