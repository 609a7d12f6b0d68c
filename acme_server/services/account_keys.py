"""Which account a key belongs to: one document a key, which counts only while the account agrees.

A past key keeps its document, so that the question "was this ever an account's key?" is one read.
"""

from acme_server.domain.documents.accounts import Account, AccountKey
from acme_server.ports import AlreadyExists, Conflict
from acme_server.protocol.keys import parse_jwk
from acme_server.services.documents import Documents, Versioned
from acme_server.services.identities import account_key_id


async def holder(documents: Documents, profile: str, thumbprint: str) -> Versioned[Account] | None:
    """Return the account whose current key has `thumbprint` (RFC 7638) in `profile`, if any."""
    record = await documents.get(AccountKey, account_key_id(profile, thumbprint))
    if record is None:
        return None
    account = await documents.get(Account, record.document.account)
    if account is None or current_thumbprint(account.document) != thumbprint:
        return None
    return account


async def claimed_for(documents: Documents, profile: str, thumbprint: str) -> str | None:
    """Return the id of the account that a key is, was or is about to be of; None for a new key."""
    record = await documents.get(AccountKey, account_key_id(profile, thumbprint))
    return None if record is None else record.document.account


async def claim(documents: Documents, profile: str, thumbprint: str, account: str) -> str:
    """Point the key at `account` unless it is spoken for, and return the account it points to.

    A record without its account is a registration that died half-way: its id is returned, to be
    finished. A record that an account left behind by a key change is taken over. One that is about
    to be swept with its account is kept by being written. Raises `Conflict` when others change it
    meanwhile.
    """
    name = account_key_id(profile, thumbprint)
    try:
        await documents.create(AccountKey(id=name, account=account))
    except AlreadyExists:
        return await _take_over(documents, name, thumbprint, account)
    return account


async def _take_over(documents: Documents, name: str, thumbprint: str, account: str) -> str:
    record = await documents.get(AccountKey, name)
    if record is None:
        raise Conflict
    if record.document.account == account:
        # Written again, so that whoever has read it as free to take meets another version.
        await documents.replace(record, record.document.but(leaving=None))
        return account
    earlier = await documents.get(Account, record.document.account)
    if earlier is None or current_thumbprint(earlier.document) == thumbprint:
        if record.document.leaving is not None:
            await documents.replace(record, record.document.but(leaving=None))
        return record.document.account
    await _end_pending_change(documents, earlier, thumbprint)
    await documents.replace(record, record.document.but(account=account, leaving=None))
    return account


async def _end_pending_change(
    documents: Documents, account: Versioned[Account], thumbprint: str
) -> None:
    """Make sure that a key change which stopped half-way can't commit to this key any more."""
    pending = account.document.pending_key
    if pending is not None and parse_jwk(pending).thumbprint == thumbprint:
        await documents.replace(account, account.document.but(pending_key=None))


def current_thumbprint(account: Account) -> str:
    """Return the RFC 7638 thumbprint of an account's key."""
    return parse_jwk(account.key).thumbprint
