"""Account key rollover (RFC 8555 §7.3.5), in three writes of which the last commits.

1. the account names the key it wants (`pendingKey`);
2. the key's record points to the account;
3. the account's key is replaced.

Who dies between them leaves the old key in force, and the request can simply be made again.
"""

from http import HTTPStatus

from acme_server.domain.audit import AuditKind, Matter
from acme_server.domain.documents.accounts import Account
from acme_server.domain.problems import ACMEError, ErrorType, Problem
from acme_server.protocol import key_change, rendering
from acme_server.protocol.keys import AccountPublicKey
from acme_server.protocol.replies import Reply
from acme_server.services.account_keys import claim
from acme_server.services.auditing import tell
from acme_server.services.documents import Versioned
from acme_server.services.environment import Environment
from acme_server.services.requests import Verified


async def change_key(environment: Environment, request: Verified) -> Reply:
    """Give the account that signs a new key, which signs the inner request."""
    url = request.urls.account(request.account_id)
    new = key_change.parse(request.signed.payload, request.arrival.url, url, request.key)
    changed = await _change(environment, request, new)
    what = Matter(new_key=new.thumbprint)
    tell(environment, request, AuditKind.ACCOUNT_KEY_CHANGED, what)
    body = rendering.account(changed.document, request.urls)
    return Reply(status=HTTPStatus.OK, body=body, location=url)


async def _change(
    environment: Environment, request: Verified, new: AccountPublicKey
) -> Versioned[Account]:
    documents = environment.documents
    account = request.owner
    intent = await documents.replace(account, account.document.but(pending_key=new.jwk))
    owner = await claim(documents, request.profile.key, new.thumbprint, account.document.id)
    if owner != account.document.id:
        await documents.replace(intent, intent.document.but(pending_key=None))
        raise _taken(request, owner)
    return await documents.replace(intent, intent.document.but(key=new.jwk, pending_key=None))


def _taken(request: Verified, owner: str) -> ACMEError:
    """Return the 409 that names the account which has the key already (RFC 8555 §7.3.5)."""
    problem = Problem(ErrorType.MALFORMED, "another account has the new key", HTTPStatus.CONFLICT)
    return ACMEError(problem, location=request.urls.account(owner))
