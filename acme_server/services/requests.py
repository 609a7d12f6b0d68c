"""A request that has been verified, as the services' handlers take it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from acme_server.domain.documents.accounts import Account
from acme_server.domain.problems import malformed
from acme_server.protocol import jws
from acme_server.protocol.jws import UnverifiedRequest
from acme_server.protocol.keys import AccountPublicKey
from acme_server.protocol.resources import Resource
from acme_server.protocol.urls import Urls
from acme_server.services.documents import Versioned
from certwright.bundles.profile import ProfileInForce


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as it came in: to which profile and resource, and its bytes.

    `url` is the absolute URL that it must have been signed for, `client` the address that it came
    from, where that is known.
    """

    profile: ProfileInForce
    urls: Urls
    resource: Resource
    url: str
    parameters: Mapping[str, str]
    body: bytes
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """A request whose signature, nonce and URL were found right (RFC 8555 §6.2 to §6.5).

    `key` signed it. `account` is None where the request brought its key itself: newAccount, and
    revocation by the certificate's key.
    """

    arrival: Arrival
    signed: UnverifiedRequest
    key: AccountPublicKey
    account: Versioned[Account] | None = None

    @property
    def profile(self) -> ProfileInForce:
        """The profile whose directory the resource belongs to."""
        return self.arrival.profile

    @property
    def urls(self) -> Urls:
        """The profile's URLs."""
        return self.arrival.urls

    @property
    def owner(self) -> Versioned[Account]:
        """The account that signed, where the resource is an account's."""
        if self.account is None:
            raise malformed("this resource needs `kid`, the account URL, in the protected header")
        return self.account

    @property
    def account_id(self) -> str:
        """The id of the account that signed."""
        return self.owner.document.id

    @property
    def only_reads(self) -> bool:
        """Whether this is a POST-as-GET (RFC 8555 §6.3)."""
        return self.signed.post_as_get

    def parameter(self, name: str) -> str:
        """Return a parameter of the resource's path."""
        return self.arrival.parameters[name]

    def object(self) -> dict[str, Any]:
        """Return the payload, which must be a JSON object."""
        return jws.payload_object(self.signed)

    def changes(self) -> dict[str, Any]:
        """Return what the payload asks to change: nothing if it is empty."""
        return {} if self.only_reads else self.object()

    def require_reading(self) -> None:
        """Refuse anything but a POST-as-GET."""
        jws.require_empty_payload(self.signed)
