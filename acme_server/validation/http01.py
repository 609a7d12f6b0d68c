"""The http-01 challenge (RFC 8555 §8.3, for addresses RFC 8738 §4)."""

from yarl import URL

from acme_server.ports import ValidationRequest
from acme_server.validation.endpoints import Endpoint, bracketed
from acme_server.validation.failures import unauthorized
from acme_server.validation.http_client import LONGEST_BODY, Answer, Fetch, HTTPClient
from acme_server.validation.redirects import REDIRECTS, next_url, origin
from acme_server.validation.settings import ValidationSettings
from certwright.policy.identifiers import Identifier, IdentifierType


class HTTP01:
    """Looks for the key authorization under the identifier's well-known path."""

    def __init__(self, client: HTTPClient, settings: ValidationSettings) -> None:
        self._client = client
        self._settings = settings

    async def prove(self, request: ValidationRequest) -> None:
        """Return when the challenge is met; raise `AttemptFailed` when it isn't."""
        fetch = self._first(request.identifier, request.token)
        visited: tuple[URL, ...] = (fetch.url,)
        answer = await self._client.get(fetch)
        while answer.status in REDIRECTS:
            url = next_url(visited, answer.status, answer.location, self._settings.redirect_ports)
            visited = (*visited, url)
            answer = await self._client.get(_following(url))
        _check(answer, visited[-1], request.key_authorization)

    def _first(self, identifier: Identifier, token: str) -> Fetch:
        path = f"/.well-known/acme-challenge/{token}"
        url = URL.build(scheme="http", host=identifier.value, path=path)
        # RFC 8555 §8.3: the Host header is the name being verified, whatever port was configured.
        host = bracketed(identifier.value)
        if identifier.type is IdentifierType.DNS and (
            route := self._settings.route(identifier.value)
        ):
            return Fetch(url, route.target, host, trusted=True)
        return Fetch(url, Endpoint(identifier.value, self._settings.http01_port), host)


def _following(url: URL) -> Fetch:
    host = (url.raw_host or "").rstrip(".")
    authority = origin(url).partition("://")[2]
    return Fetch(url, Endpoint(host, url.port or 80), authority)


def _check(answer: Answer, url: URL, key_authorization: str) -> None:
    where = origin(url)
    if answer.status != 200:
        raise unauthorized(f"Invalid response from {where}: {answer.status}")
    if answer.body is None:
        raise unauthorized(
            f"The answer of {where} is longer than {LONGEST_BODY} bytes ({answer.media_type}), so "
            "it is not the key authorization"
        )
    # RFC 8555 §8.3: the server SHOULD ignore whitespace characters at the end of the body.
    if answer.body.rstrip() != key_authorization.encode():
        raise unauthorized(
            f"The key authorization file from {where} did not match this challenge: "
            f"{len(answer.body)} bytes of {answer.media_type}"
        )
