"""From bytes to a verified request (RFC 8555 §6.2 to §6.5).

The order is fixed, and each step relies on the ones before it:

1. shape: one flattened JWS with the right members;
2. algorithm and key: the key is the request's own (`jwk`) or its account's (`kid`);
3. signature;
4. nonce: only a signed request can use one up, so that nobody can burn another's;
5. url: the request was meant for this resource;
6. the account's status, which only its owner learns.
"""

from enum import Enum, auto
from http import HTTPStatus

from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.states import AccountStatus
from acme_server.domain.problems import ErrorType, malformed, refuse, unavailable
from acme_server.ports import NonceRejected, Nonces, NoncesUnavailable
from acme_server.protocol import jws
from acme_server.protocol.jws import UnverifiedRequest
from acme_server.protocol.keys import AccountPublicKey, parse_jwk
from acme_server.services.documents import Documents, Versioned
from acme_server.services.environment import Environment
from acme_server.services.requests import Arrival, Verified


class SignedBy(Enum):
    """Which key the requests of a resource are signed with (RFC 8555 §6.2)."""

    OWN_KEY = auto()
    ACCOUNT = auto()
    EITHER = auto()


async def authenticate(environment: Environment, arrival: Arrival, by: SignedBy) -> Verified:
    """Return the verified request; raise `ACMEError` for the first thing that is wrong."""
    request = jws.parse(arrival.body)
    account = None
    if by is SignedBy.ACCOUNT or (by is SignedBy.EITHER and request.kid is not None):
        account = await _account(environment.documents, arrival, jws.require_kid(request))
    key = _key(request, account)
    jws.verify_signature(request, key)
    await _redeem(environment.nonces, jws.require_nonce(request))
    jws.require_url(request, arrival.url)
    if account is not None:
        require_valid(account.document)
    return Verified(arrival, request, key, account)


def require_valid(account: Account) -> None:
    """Refuse whatever a deactivated account asks for: 401 (RFC 8555 §7.3.6)."""
    if account.status is not AccountStatus.VALID:
        detail = f"the account is {account.status}; register a new key"
        raise refuse(ErrorType.UNAUTHORIZED, detail, HTTPStatus.UNAUTHORIZED)


async def _account(documents: Documents, arrival: Arrival, kid: str) -> Versioned[Account]:
    account_id = arrival.urls.account_id(kid)
    if account_id is None:
        example = arrival.urls.account("ID")
        raise malformed(f"`kid` must be an account URL of this directory, {example}")
    found = await documents.get(Account, account_id)
    if found is None or found.document.profile != arrival.profile.key:
        raise refuse(ErrorType.ACCOUNT_DOES_NOT_EXIST, "no account has this `kid`; register anew")
    return found


def _key(request: UnverifiedRequest, account: Versioned[Account] | None) -> AccountPublicKey:
    if account is None:
        return jws.require_jwk(request)
    return parse_jwk(account.document.key)


async def _redeem(nonces: Nonces, nonce: str) -> None:
    try:
        await nonces.redeem(nonce)
    except NonceRejected:
        detail = "the nonce was not issued here or has been used; take the one that comes with this"
        raise refuse(ErrorType.BAD_NONCE, detail) from None
    except NoncesUnavailable:
        raise unavailable("the replica that issued the nonce can't be asked now") from None
