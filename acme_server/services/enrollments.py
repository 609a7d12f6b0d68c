"""Counting accounts: at most `maxAccounts` of one grant from one namespace.

A place is taken before the account is created; an account that never came gives it back later.
"""

from collections.abc import Callable
from datetime import timedelta

from acme_server.domain.documents import Account, AccountStatus, Enrolled, Enrollment
from acme_server.domain.problems import unauthorized
from acme_server.ports import AlreadyExists
from acme_server.services.documents import Documents
from acme_server.services.environment import Environment
from acme_server.services.identities import enrollment_id
from certwright.bundles.credential import CredentialInForce

#: A registration that entered itself and then died gives its place back after this time.
ENTRY_GRACE = timedelta(minutes=10)


class _Full(Exception):
    """Every place is taken."""


async def enroll(
    environment: Environment, credential: CredentialInForce, account: str
) -> str | None:
    """Take a place for `account` under the credential's grant and return the enrollment's id.

    None where the grant sets no `maxAccounts`. Taking a place twice is taking it once. Raises 403
    `unauthorized` when all places are taken.
    """
    if credential.max_accounts is None:
        return None
    name = enrollment_id(credential.enrollment_scope)
    place = Enrolled(account=account, since=environment.now())
    join = _joining(place, credential.max_accounts)
    try:
        try:
            await _enter(environment.documents, name, place, join)
        except _Full:
            await _remove_abandoned(environment, name)
            await _enter(environment.documents, name, place, join)
    except _Full:
        raise unauthorized(
            f"grant {credential.grant!r} allows {credential.max_accounts} accounts from namespace "
            f"{credential.namespace}, and all are registered: deactivate one, or ask the profile's "
            "owner for a higher maxAccounts"
        ) from None
    return name


async def leave(documents: Documents, account: Account) -> None:
    """Give back the place of an account that was deactivated or is counted elsewhere now."""
    if account.enrollment is None:
        return
    await documents.change(Enrollment, account.enrollment, _without({account.id}))


async def _enter(
    documents: Documents,
    name: str,
    place: Enrolled,
    join: Callable[[Enrollment], Enrollment | None],
) -> None:
    if await documents.change(Enrollment, name, join) is not None:
        return
    try:
        await documents.create(Enrollment(id=name, accounts=(place,)))
    except AlreadyExists:
        await documents.change(Enrollment, name, join)


def _joining(place: Enrolled, limit: int) -> Callable[[Enrollment], Enrollment | None]:
    def joined(current: Enrollment) -> Enrollment | None:
        if any(each.account == place.account for each in current.accounts):
            return None
        if len(current.accounts) >= limit:
            raise _Full
        return current.but(accounts=(*current.accounts, place))

    return joined


def _without(accounts: set[str]) -> Callable[[Enrollment], Enrollment | None]:
    def remaining(current: Enrollment) -> Enrollment | None:
        kept = tuple(each for each in current.accounts if each.account not in accounts)
        return None if kept == current.accounts else current.but(accounts=kept)

    return remaining


async def _remove_abandoned(environment: Environment, name: str) -> None:
    """Give back the places of accounts that died before they were created, or live no more."""
    current = await environment.documents.get(Enrollment, name)
    places = () if current is None else current.document.accounts
    abandoned = {each.account for each in places if await _is_abandoned(environment, each)}
    await environment.documents.change(Enrollment, name, _without(abandoned))


async def _is_abandoned(environment: Environment, place: Enrolled) -> bool:
    account = await environment.documents.get(Account, place.account)
    if account is None:
        return place.since < environment.now() - ENTRY_GRACE
    return account.document.status is not AccountStatus.VALID
