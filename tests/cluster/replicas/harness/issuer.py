"""A client that behaves as cert-manager's Issuer does: what parks that one for good is told.

While it registers it asks again after network errors and answers of 500 or above, the directory's
included. After any answer from 400 to 499 but badNonce it never asks again by itself
(cert-manager: `pkg/issuer/acme/setup.go`).
"""

import asyncio
import base64
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import aiohttp

from tests.cluster.harness.client import Client, Refused
from tests.cluster.harness.resources import SECRETS
from tests.end_to_end.harness.clients.account import Binding
from tests.end_to_end.harness.session import Answer, Session

T = TypeVar("T")

_PAUSE = 0.05
_TRIES = 1200


class Parked(AssertionError):
    """The Issuer would not be tried again; the message has the server's answer."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """One Issuer with an external account binding.

    Args:
        kubernetes: How it reads Secrets.
        directory: URL of the profile's directory, as it stands in the Issuer.
        trust: Whom it trusts.
        namespace: Its own, and its Secret's.
        secret: The Secret with the binding's key.
    """

    kubernetes: Client
    directory: str
    trust: ssl.SSLContext
    namespace: str
    secret: str

    async def becomes_ready(self) -> str:
        """Return the account's URL; raise `Parked`."""
        binding = await self.binding()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self.trust)) as http:
            return await self._until(lambda: self._register(http, binding))

    async def binding(self) -> Binding:
        """Return what is in the Secret, once it is there."""
        return await self._until(self._binding)

    async def looks_at_directory(self) -> None:
        """Ask for the directory until it is there: an Issuer doesn't wait for any profile."""
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self.trust)) as http:
            await self._until(lambda: self._directory(http))

    async def _binding(self) -> Binding | None:
        try:
            found = await self.kubernetes.get(SECRETS, self.secret, self.namespace)
        except Refused as refused:
            if refused.code != 404:
                raise
            return None
        values = {name: base64.b64decode(value).decode() for name, value in found["data"].items()}
        return Binding(values["kid"], values["secret"])

    async def _register(self, http: aiohttp.ClientSession, binding: Binding) -> str | None:
        directory = await self._directory(http)
        if directory is None:
            return None
        answer = await Session(http, directory).register(binding)
        return answer.location if _succeeded(answer) else None

    async def _directory(self, http: aiohttp.ClientSession) -> dict[str, str] | None:
        async with http.get(self.directory) as response:
            is_json = response.content_type == "application/json"
            body = await response.json() if is_json else await response.text()
            answer = Answer(response.status, response.headers, body)
        if not _succeeded(answer):
            return None
        found: dict[str, str] = answer.body
        return found

    async def _until(self, attempt: Callable[[], Awaitable[T | None]]) -> T:
        for _ in range(_TRIES):
            try:
                found = await attempt()
            except aiohttp.ClientError:
                found = None
            if found is not None:
                return found
            await asyncio.sleep(_PAUSE)
        raise AssertionError(f"the Issuer with {self.secret} never became ready")


def _succeeded(answer: Answer) -> bool:
    """Tell whether it succeeded, or else is tried again; raise `Parked` where it isn't."""
    if 400 <= answer.status < 500:
        raise Parked(f"{answer.status}: {answer.body}")
    return answer.status < 400
