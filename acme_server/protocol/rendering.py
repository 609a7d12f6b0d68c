"""ACME's objects as clients see them (RFC 8555 §7.1), rendered from documents and derived states.

A member that has nothing to say is left out, never null: clients parse what is there.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.members import StoredIdentifier, StoredProblem
from acme_server.domain.documents.orders import Order
from acme_server.domain.documents.states import AuthorizationStatus, OrderStatus
from acme_server.protocol.problem_documents import render_stored
from acme_server.protocol.resources import Resource
from acme_server.protocol.urls import Urls

_LISTED = (
    Resource.NEW_NONCE,
    Resource.NEW_ACCOUNT,
    Resource.NEW_ORDER,
    Resource.REVOKE_CERTIFICATE,
    Resource.KEY_CHANGE,
)


def directory(urls: Urls, *, external_account_required: bool) -> dict[str, Any]:
    """Return the directory of a profile (RFC 8555 §7.1.1)."""
    return {
        **{resource.value: urls.of(resource) for resource in _LISTED},
        "meta": {"externalAccountRequired": external_account_required},
    }


def account(account: Account, urls: Urls) -> dict[str, Any]:
    """Return an account (RFC 8555 §7.1.2)."""
    return _present(
        {
            "status": account.status.value,
            "contact": list(account.contact) or None,
            "orders": urls.orders(account.id),
        }
    )


def orders(ids: Iterable[str], urls: Urls) -> dict[str, Any]:
    """Return a page of an account's orders (RFC 8555 §7.1.2.1)."""
    return {"orders": [urls.order(order) for order in ids]}


def order(
    order: Order, status: OrderStatus, error: StoredProblem | None, urls: Urls
) -> dict[str, Any]:
    """Return an order (RFC 8555 §7.1.3) in its derived status and with the error that explains it.

    It has a `certificate` once it is valid.
    """
    issued = status is OrderStatus.VALID
    return _present(
        {
            "status": status.value,
            "expires": time(order.expires),
            "identifiers": [_identifier(each) for each in order.identifiers],
            "notBefore": _optional_time(order.not_before),
            "notAfter": _optional_time(order.not_after),
            "error": _optional_problem(error),
            "authorizations": [
                urls.authorization(each.slot, each.number) for each in order.authorizations
            ],
            "finalize": urls.finalize(order.id),
            "certificate": urls.certificate(order.serial) if issued else None,
        }
    )


def authorization(
    authorization: Authorization, status: AuthorizationStatus, urls: Urls
) -> dict[str, Any]:
    """Return an authorization (RFC 8555 §7.1.4) in its derived status."""
    return _present(
        {
            "identifier": _identifier(authorization.identifier),
            "status": status.value,
            "expires": time(authorization.expires),
            "challenges": [
                challenge(authorization, each, urls) for each in authorization.challenges
            ],
            "wildcard": authorization.wildcard or None,
        }
    )


def challenge(authorization: Authorization, challenge: Challenge, urls: Urls) -> dict[str, Any]:
    """Return a challenge of an authorization (RFC 8555 §7.1.5, §8)."""
    return _present(
        {
            "type": challenge.type.value,
            "url": urls.challenge(authorization.id, authorization.number, challenge.type.value),
            "status": challenge.status.value,
            "token": challenge.token,
            "validated": _optional_time(challenge.validated),
            "error": _optional_problem(challenge.error),
        }
    )


def time(moment: datetime) -> str:
    """Return a moment in RFC 3339's form, in UTC and whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _optional_time(moment: datetime | None) -> str | None:
    return None if moment is None else time(moment)


def _optional_problem(problem: StoredProblem | None) -> dict[str, Any] | None:
    return None if problem is None else render_stored(problem)


def _identifier(identifier: StoredIdentifier) -> dict[str, str]:
    return {"type": identifier.type.value, "value": identifier.value}


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
