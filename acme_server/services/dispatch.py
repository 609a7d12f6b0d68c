"""Which service answers which resource, and who signs its requests: one table."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType

from acme_server.domain.problems import ACMEError, unavailable
from acme_server.ports import BundlesUnavailable, Conflict
from acme_server.protocol import rendering
from acme_server.protocol.replies import Reply
from acme_server.protocol.resources import Resource
from acme_server.protocol.urls import Urls
from acme_server.services.accounts import account, new_account
from acme_server.services.auditing import tell_refusal
from acme_server.services.authentication import SignedBy, authenticate
from acme_server.services.authorizations import authorization
from acme_server.services.certificates import certificate
from acme_server.services.challenges import challenge
from acme_server.services.environment import Environment
from acme_server.services.finalization import finalize
from acme_server.services.key_changes import change_key
from acme_server.services.orders import new_order, order, orders
from acme_server.services.requests import Arrival, Verified
from acme_server.services.revocation import revoke
from certwright.bundles.profile import ProfileInForce

#: Seconds after which what is in force may be known again.
_BUNDLES_RETRY = 5

Handler = Callable[[Environment, Verified], Awaitable[Reply]]


async def _directory(environment: Environment, request: Verified) -> Reply:  # noqa: ARG001
    """Answer a POST-as-GET of the directory (RFC 8555 §6.3)."""
    request.require_reading()
    return _rendered(request.profile, request.urls)


async def _new_nonce(environment: Environment, request: Verified) -> Reply:  # noqa: ARG001
    """Answer a POST-as-GET of newNonce: the nonce is in the header, as in every answer."""
    request.require_reading()
    return Reply(HTTPStatus.OK, None)


HANDLERS: Mapping[Resource, tuple[SignedBy, Handler]] = MappingProxyType(
    {
        Resource.DIRECTORY: (SignedBy.ACCOUNT, _directory),
        Resource.NEW_NONCE: (SignedBy.ACCOUNT, _new_nonce),
        Resource.NEW_ACCOUNT: (SignedBy.OWN_KEY, new_account),
        Resource.ACCOUNT: (SignedBy.ACCOUNT, account),
        Resource.KEY_CHANGE: (SignedBy.ACCOUNT, change_key),
        Resource.NEW_ORDER: (SignedBy.ACCOUNT, new_order),
        Resource.ORDERS: (SignedBy.ACCOUNT, orders),
        Resource.ORDER: (SignedBy.ACCOUNT, order),
        Resource.AUTHORIZATION: (SignedBy.ACCOUNT, authorization),
        Resource.CHALLENGE: (SignedBy.ACCOUNT, challenge),
        Resource.FINALIZE: (SignedBy.ACCOUNT, finalize),
        Resource.CERTIFICATE: (SignedBy.ACCOUNT, certificate),
        Resource.REVOKE_CERTIFICATE: (SignedBy.EITHER, revoke),
    }
)


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """The services behind one door, as the web sees them."""

    environment: Environment

    async def directory(self, namespace: str, profile: str) -> Reply:
        """Answer a GET of a profile's directory."""
        found = await self._profile(namespace, profile)
        return _rendered(found, self._urls(found))

    async def handle_post(
        self,
        resource: Resource,
        parameters: Mapping[str, str],
        namespace: str,
        profile: str,
        body: bytes,
        client: str | None = None,
    ) -> Reply:
        """Answer a POST; raise `ACMEError` to answer with a problem.

        `parameters` are those of the resource's path, and `cursor` of the orders list's query.
        `client` is the address that the request came from.
        """
        found = await self._profile(namespace, profile)
        urls = self._urls(found)
        signed_by, handler = HANDLERS[resource]
        url = _signed_url(urls, resource, parameters)
        arrival = Arrival(found, urls, resource, url, parameters, body, client)
        request = await authenticate(self.environment, arrival, signed_by)
        try:
            return await _handled(self.environment, request, handler)
        except ACMEError as error:
            tell_refusal(self.environment, request, error)
            raise

    def issue_nonce(self, *, authenticated: bool) -> str:
        """Return a fresh nonce."""
        return self.environment.nonces.issue(authenticated=authenticated)

    async def index_url(self, namespace: str, profile: str) -> str:
        """Return the URL of a profile's directory, whether or not there is such a profile."""
        found: ProfileInForce | None = None
        with suppress(BundlesUnavailable):
            found = await self.environment.bundles.profile(namespace, profile)
        if found is None:
            return Urls(self.environment.base_url, namespace, profile).directory
        return self._urls(found).directory

    def directory_url(self, profile: ProfileInForce) -> str:
        """Return the URL of a profile's directory."""
        return self._urls(profile).directory

    async def _profile(self, namespace: str, name: str) -> ProfileInForce:
        """Return a profile; 503 for one that nobody knows yet.

        Never 404: cert-manager takes a 4xx from the directory for final and parks its Issuer, while
        the profile may only be on its way.
        """
        try:
            found = await self.environment.bundles.profile(namespace, name)
        except BundlesUnavailable as told:
            raise unavailable(str(told), _BUNDLES_RETRY) from told
        if found is None:
            detail = f"there is no profile {namespace}/{name} here, or not yet"
            raise unavailable(detail, _BUNDLES_RETRY)
        return found

    def _urls(self, profile: ProfileInForce) -> Urls:
        base = self.environment.base_url
        if profile.hostname is not None:
            base = with_host(base, profile.hostname)
        return Urls(base, profile.namespace, profile.name)


async def _handled(environment: Environment, request: Verified, handler: Handler) -> Reply:
    try:
        return await handler(environment, request)
    except Conflict:
        # Two requests changed the same document at once, and the other one came first.
        detail = "another request is changing the same thing; try again"
        raise unavailable(detail, 1) from None
    except BundlesUnavailable as told:
        raise unavailable(str(told), _BUNDLES_RETRY) from told


def with_host(base: str, host: str) -> str:
    """Return the base URL under another host: a profile's own name, on the same port."""
    scheme, _, authority = base.partition("://")
    port = authority.rpartition("]")[2].partition(":")[2]
    return f"{scheme}://{host}" + (f":{port}" if port else "")


def _signed_url(urls: Urls, resource: Resource, parameters: Mapping[str, str]) -> str:
    if resource is Resource.ORDERS:
        return urls.orders(parameters["account"], parameters.get("cursor"))
    return urls.of(resource, parameters)


def _rendered(profile: ProfileInForce, urls: Urls) -> Reply:
    required = profile.external_account_required
    return Reply(HTTPStatus.OK, rendering.directory(urls, external_account_required=required))
