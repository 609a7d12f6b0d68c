"""What the audit log tells: who did what under which rules, and what was refused.

An event is a fact that has come about: whatever it tells of is stored already. It holds no secret:
no key but the public thumbprint of one, no challenge token, no external account binding.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.members import StoredIdentifier
from acme_server.domain.problems import ErrorType, Problem


class AuditKind(StrEnum):
    """What happened."""

    ACCOUNT_CREATED = "accountCreated"
    ACCOUNT_BOUND_ANEW = "accountBoundAnew"
    ACCOUNT_UPDATED = "accountUpdated"
    ACCOUNT_KEY_CHANGED = "accountKeyChanged"
    ACCOUNT_DEACTIVATED = "accountDeactivated"
    ORDER_CREATED = "orderCreated"
    AUTHORIZATION_DEACTIVATED = "authorizationDeactivated"
    CHALLENGE_MET = "challengeMet"
    CHALLENGE_FAILED = "challengeFailed"
    CERTIFICATE_ISSUED = "certificateIssued"
    CERTIFICATE_REVOKED = "certificateRevoked"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asked.

    Args:
        profile: The profile that was asked, `NAMESPACE/NAME`.
        account: The account's id; None where a key without an account signed.
        credential: KID of the credential that the account is bound to, if to any.
        grant: Name of the grant that the account is under, if under any.
        key: RFC 7638 thumbprint of the key that signed, where there is no account to name.
        client: Address that the request came from, where one is known: a proxy's behind a proxy.
    """

    profile: str
    account: str | None = None
    credential: str | None = None
    grant: str | None = None
    key: str | None = None
    client: str | None = None

    @classmethod
    def of(cls, account: Account, client: str | None = None) -> Self:
        """Return an account as the one who asks."""
        bound = account.credential
        return cls(
            profile=account.profile,
            account=account.id,
            credential=None if bound is None else f"{bound.namespace}.{bound.name}",
            grant=None if bound is None else bound.grant or None,
            client=client,
        )


@dataclass(frozen=True, slots=True)
class Matter:
    """What it was about; a kind of event fills what it is about, and leaves out the rest.

    Args:
        resource: What was addressed, by its name of RFC 8555 §7.1.
        order: The order's id.
        identifiers: Names and addresses.
        serial: The certificate's serial number, 40 hex digits; an order has its certificate's.
        issuer: Name of the signer, whose end is of its certificate's digest.
        challenge: The challenge's type.
        new_key: RFC 7638 thumbprint of the account's key from now on.
        reason: Why a certificate was revoked: RFC 5280 §5.3.1's code.
        problem: The type of a refusal or a failure.
        detail: A sentence for people.
        rules: What allowed it: the template, then the grant's and the credential's scopes.
    """

    resource: str | None = None
    order: str | None = None
    identifiers: tuple[str, ...] = ()
    serial: str | None = None
    issuer: str | None = None
    challenge: ChallengeType | None = None
    new_key: str | None = None
    reason: int | None = None
    problem: ErrorType | None = None
    detail: str | None = None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One line of the audit log. `time` is aware, in UTC."""

    time: datetime
    kind: AuditKind
    who: Actor
    what: Matter = Matter()


def names(identifiers: Iterable[StoredIdentifier]) -> tuple[str, ...]:
    """Return identifiers as audit events hold them."""
    return tuple(each.value for each in identifiers)


def names_in(problem: Problem) -> tuple[str, ...]:
    """Return the identifiers that a problem and its subproblems are about."""
    every = (problem, *problem.subproblems)
    return tuple(each.identifier.value for each in every if each.identifier is not None)
