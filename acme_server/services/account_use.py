"""That an account is in use: written into it once in a while, for the sweeper."""

from http import HTTPStatus

from acme_server.domain.documents.accounts import Account
from acme_server.domain.problems import ErrorType, refuse
from acme_server.domain.retention import used
from acme_server.services.documents import Versioned
from acme_server.services.environment import Environment


async def note_use(environment: Environment, account: Versioned[Account]) -> Versioned[Account]:
    """Write that an account is in use, if that wasn't lately, and return it as it is stored.

    Before anything is made for it: a sweeper that is about to remove it then meets another version.
    """
    now = environment.now()
    if used(account.document, now) is None:
        return account
    name = account.document.id
    changed = await environment.documents.change(Account, name, lambda found: used(found, now))
    if changed is None:
        detail = "the account was not used for long and has been removed; register anew"
        raise refuse(ErrorType.ACCOUNT_DOES_NOT_EXIST, detail, HTTPStatus.BAD_REQUEST)
    return changed
