"""The URLs of one profile: absolute, under the base that clients see (RFC 8555 §7.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from acme_server.protocol.resources import PARAMETERS, PATHS, Resource

_ACCOUNT_ID = re.compile(PARAMETERS["account"])


@dataclass(frozen=True, slots=True)
class Urls:
    """Every URL of a profile.

    `base` is scheme and authority as clients see them, without a trailing slash:
    `https://acme.example.com:8443`.
    """

    base: str
    namespace: str
    profile: str

    def of(self, resource: Resource, parameters: Mapping[str, str] | None = None) -> str:
        """Return a resource's URL; `parameters` by the names in `resources.PATHS`."""
        path = PATHS[resource].format_map(parameters or {})
        return f"{self.base}/acme/{self.namespace}/{self.profile}/{path}"

    @property
    def directory(self) -> str:
        """The directory."""
        return self.of(Resource.DIRECTORY)

    @property
    def new_nonce(self) -> str:
        """Where nonces come from."""
        return self.of(Resource.NEW_NONCE)

    @property
    def new_account(self) -> str:
        """Where accounts are made."""
        return self.of(Resource.NEW_ACCOUNT)

    @property
    def new_order(self) -> str:
        """Where orders are made."""
        return self.of(Resource.NEW_ORDER)

    @property
    def revoke_certificate(self) -> str:
        """Where certificates are revoked."""
        return self.of(Resource.REVOKE_CERTIFICATE)

    @property
    def key_change(self) -> str:
        """Where an account changes its key."""
        return self.of(Resource.KEY_CHANGE)

    def account(self, account: str) -> str:
        """Return an account's URL, which is also its `kid`."""
        return self.of(Resource.ACCOUNT, {"account": account})

    def orders(self, account: str, cursor: str | None = None) -> str:
        """Return the URL of an account's orders; `cursor` is the last order of the page before."""
        url = self.of(Resource.ORDERS, {"account": account})
        return url if cursor is None else f"{url}?{urlencode({'cursor': cursor})}"

    def order(self, order: str) -> str:
        """Return an order's URL."""
        return self.of(Resource.ORDER, {"order": order})

    def finalize(self, order: str) -> str:
        """Return the URL that an order is finalized at."""
        return self.of(Resource.FINALIZE, {"order": order})

    def authorization(self, slot: str, number: int) -> str:
        """Return the URL of one number of an authorization's slot."""
        return self.of(Resource.AUTHORIZATION, {"slot": slot, "number": str(number)})

    def challenge(self, slot: str, number: int, challenge_type: str) -> str:
        """Return a challenge's URL."""
        parameters = {"slot": slot, "number": str(number), "type": challenge_type}
        return self.of(Resource.CHALLENGE, parameters)

    def certificate(self, serial: str) -> str:
        """Return the URL of a certificate by its serial number in lower-case hex."""
        return self.of(Resource.CERTIFICATE, {"serial": serial})

    def account_id(self, url: str) -> str | None:
        """Return the id in an account URL of this profile; None for anything else.

        A `kid` must be exactly what newAccount answered (RFC 8555 §6.2): another host, a trailing
        slash, an escape or a longer path make it another resource.
        """
        prefix = self.account("")
        if not url.startswith(prefix):
            return None
        account = url.removeprefix(prefix)
        return account if _ACCOUNT_ID.fullmatch(account) else None
