"""Counting accounts: at most `maxAccounts` of one grant from one namespace.

A place is taken before the account is created. Places that are of no use to anybody, of a
registration that died or of an account whose binding has ended, are given back when one is short.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from acme_server.domain.documents.accounts import Account, Enrolled, Enrollment
from acme_server.domain.documents.states import AccountStatus
from acme_server.domain.problems import ACMEError, unauthorized
from acme_server.ports import AlreadyExists
from acme_server.services.documents import Documents, Versioned
from acme_server.services.environment import Environment
from acme_server.services.identities import enrollment_id
from acme_server.services.standing import has_ended, key_identifier
from certwright.bundles.credential import CredentialInForce

#: A place that was just taken is left alone for this long: its account may be on its way.
ENTRY_GRACE = timedelta(minutes=10)

_log = logging.getLogger(__name__)


async def require_place(
    environment: Environment, credential: CredentialInForce, account: str | None
) -> None:
    """Refuse, before anything is written, where every place under the grant is another's.

    `account` is the one that a place is looked for, None for one that has no id yet.
    """
    limit = credential.max_accounts
    if limit is None:
        return
    async with environment.enrolling:
        name = enrollment_id(credential.enrollment_scope)
        if await _others(environment.documents, name, account) >= limit:
            await _remove_useless(environment, name)
        if await _others(environment.documents, name, account) >= limit:
            raise _full(credential)


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
    join = _joining(place, credential)
    async with environment.enrolling:
        if await environment.documents.change(Enrollment, name, join) is None:
            try:
                await environment.documents.create(Enrollment(id=name, accounts=(place,)))
            except AlreadyExists:
                await environment.documents.change(Enrollment, name, join)
    return name


async def count(
    environment: Environment, account: Versioned[Account], credential: CredentialInForce | None
) -> None:
    """Count an account where its credential's grant counts now, if it isn't yet.

    The grant may have begun to count after the account was bound, or the credential may have come
    under another grant. Raises 403 `unauthorized` when all places are taken.
    """
    if credential is None or credential.max_accounts is None:
        return
    current = account.document
    if current.enrollment == enrollment_id(credential.enrollment_scope):
        return
    await require_place(environment, credential, current.id)
    enrollment = await enroll(environment, credential, current.id)
    await environment.documents.replace(account, current.but(enrollment=enrollment))
    await leave(environment.documents, current.enrollment, current.id)


async def leave(documents: Documents, enrollment: str | None, account: str) -> None:
    """Give back a place; if that can't be done now it is when one is short."""
    if enrollment is None:
        return
    try:
        await documents.change(Enrollment, enrollment, _without({account}))
    except ACMEError as error:
        _log.warning("the place of account %s is given back later: %s", account, error)


def _joining(
    place: Enrolled, credential: CredentialInForce
) -> Callable[[Enrollment], Enrollment | None]:
    limit = credential.max_accounts or 0

    def joined(current: Enrollment) -> Enrollment | None:
        others = tuple(each for each in current.accounts if each.account != place.account)
        if len(others) == len(current.accounts) and len(others) >= limit:
            raise _full(credential)
        # Who comes again is as new: its place must not look abandoned just before it is used.
        return current.but(accounts=(*others, place))

    return joined


def _full(credential: CredentialInForce) -> ACMEError:
    return unauthorized(
        f"grant {credential.grant!r} allows {credential.max_accounts} accounts from namespace "
        f"{credential.namespace}, and all are registered: deactivate one, or ask the profile's "
        "owner for a higher maxAccounts"
    )


def _without(accounts: set[str]) -> Callable[[Enrollment], Enrollment | None]:
    def remaining(current: Enrollment) -> Enrollment | None:
        kept = tuple(each for each in current.accounts if each.account not in accounts)
        return None if kept == current.accounts else current.but(accounts=kept)

    return remaining


async def _others(documents: Documents, name: str, account: str | None) -> int:
    found = await documents.get(Enrollment, name)
    places = () if found is None else found.document.accounts
    return sum(each.account != account for each in places)


async def _remove_useless(environment: Environment, name: str) -> None:
    current = await environment.documents.get(Enrollment, name)
    places = () if current is None else current.document.accounts
    useless = {each.account for each in places if await _is_useless(environment, name, each)}
    await environment.documents.change(Enrollment, name, _without(useless))


async def _is_useless(environment: Environment, name: str, place: Enrolled) -> bool:
    """Whether nobody orders under a place: its account is not there, not alive, or bound elsewhere.

    An account that is being created or bound anew has a place that was just taken.
    """
    found = await environment.documents.get(Account, place.account)
    account = None if found is None else found.document
    if account is None or account.enrollment != name:
        return place.since < environment.now() - ENTRY_GRACE
    if account.status is not AccountStatus.VALID or account.credential is None:
        return True
    credential = await environment.bundles.credential(key_identifier(account.credential))
    return has_ended(account.credential, credential)
