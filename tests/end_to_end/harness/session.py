"""One step of RFC 8555 at a time, for what no finished client can be stopped in the middle of.

Signing and the external account binding are those of certbot's `acme` library; nothing of the
server's own code is used.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from acme import jws, messages
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from josepy.b64 import b64decode, b64encode
from josepy.jwa import ES256
from josepy.jwk import JWKEC
from josepy.util import ComparableECKey

from tests.end_to_end.harness import webroot
from tests.end_to_end.harness.clients.account import Binding, Directory

T = TypeVar("T")

_PROBLEM = "urn:ietf:params:acme:error:"
_ATTEMPTS = 4
_POLLS = 400
_PAUSE = 0.1


class ServerFailed(AssertionError):
    """An answer of 500 or above: the same may succeed later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: a status, headers and a body that is JSON or a PEM chain."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def problem(self) -> str | None:
        """The error type without its common prefix; None if this is no problem document."""
        found = self.body.get("type") if isinstance(self.body, dict) else None
        return str(found).removeprefix(_PROBLEM) if self.status >= 400 and found else None

    @property
    def detail(self) -> str:
        """The sentence of a problem document."""
        return str(self.body["detail"])

    @property
    def location(self) -> str:
        """The URL of what was made."""
        return self.headers["Location"]

    def accepted(self) -> "Answer":
        """Return itself; raise `AssertionError` for a problem, `ServerFailed` for the server's."""
        if self.status >= 500:
            raise ServerFailed(f"{self.status}: {self.body}")
        assert self.status < 400, f"{self.status}: {self.body}"
        return self


@dataclass(frozen=True, slots=True)
class IssuedChain:
    """A certificate that the server said it has issued."""

    url: str
    pem: str
    key: ec.EllipticCurvePrivateKey

    @property
    def serial(self) -> str:
        """The serial number as the server writes it: 40 hex digits."""
        return f"{x509.load_pem_x509_certificate(self.pem.encode()).serial_number:040x}"


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A new key, and the request that it has signed for some names, in DER."""

    key: ec.EllipticCurvePrivateKey
    encoded: bytes

    @classmethod
    def of(cls, order: Answer) -> "SigningRequest":
        """Return a request for the names of an order."""
        key = _new_key()
        names = [identifier["value"] for identifier in order.body["identifiers"]]
        return cls(key, _request(key, names))


class Session:
    """A client with an account key, an account once it has registered, and connections of its own.

    It counts the POSTs that were `answered`, and among them those by badNonce.

    Args:
        http: open connections that trust the server.
        directory: the answer of the directory's URL.
    """

    def __init__(self, http: aiohttp.ClientSession, directory: dict[str, Any]) -> None:
        self.directory = directory
        self.account: str | None = None
        self.key = JWKEC(key=ComparableECKey(_new_key()))
        self._http = http
        self.answered = 0
        self.rejected_nonces = 0
        self._nonce: str | None = None

    async def post(self, url: str, payload: Any = None) -> Answer:
        """Send one signed request, None as POST-as-GET, again on badNonce (RFC 8555 §6.5)."""
        content = b"" if payload is None else json.dumps(payload).encode()
        answer = await self._post(url, content)
        for _ in range(_ATTEMPTS):
            if answer.problem != "badNonce":
                break
            self.rejected_nonces += 1
            answer = await self._post(url, content)
        return answer

    async def register(self, binding: Binding | None = None) -> Answer:
        """Ask for an account."""
        wanted: dict[str, Any] = {"termsOfServiceAgreed": True}
        if binding is not None:
            wanted["externalAccountBinding"] = messages.ExternalAccountBinding.from_data(
                self.key.public_key(),
                binding.key_identifier,
                binding.secret,
                messages.Directory({"newAccount": self.directory["newAccount"]}),
            )
        answer = await self.post(self.directory["newAccount"], wanted)
        if answer.status < 400:
            self.account = answer.location
        return answer

    async def order(self, *names: str) -> Answer:
        """Ask for an order for DNS names."""
        identifiers = [{"type": "dns", "value": name} for name in names]
        return await self.post(self.directory["newOrder"], {"identifiers": identifiers})

    async def prepare_http_01(self, order: Answer, folder: Path) -> list[str]:
        """Put the answers of an order's http-01 challenges into a webroot; return their URLs."""
        urls = []
        for authorization in order.body["authorizations"]:
            found = (await self.post(authorization)).accepted().body
            if found["status"] == "valid":
                continue
            challenge = next(each for each in found["challenges"] if each["type"] == "http-01")
            thumbprint = b64encode(self.key.thumbprint()).decode()
            webroot.answer(folder, challenge["token"], f"{challenge['token']}.{thumbprint}")
            urls.append(challenge["url"])
        return urls

    async def poll(self, url: str, *, until: str) -> Answer:
        """Read a resource until it has a status; raise `AssertionError` if it gets to another."""
        for _ in range(_POLLS):
            answer = (await self.post(url)).accepted()
            if answer.body["status"] == until:
                return answer
            assert answer.body["status"] in {"pending", "processing", "ready"}, answer.body
            await asyncio.sleep(_PAUSE)
        raise AssertionError(f"{url} did not become {until}")

    async def prove(self, order: Answer, folder: Path) -> None:
        """Answer an order's challenges by http-01 and wait until it is ready."""
        for url in await self.prepare_http_01(order, folder):
            (await self.post(url, {})).accepted()
        await self.poll(order.location, until="ready")

    async def finalize(self, order: Answer, request: SigningRequest | None = None) -> IssuedChain:
        """Finalize a ready order, with a new key unless told otherwise; fetch the certificate."""
        request = request or SigningRequest.of(order)
        encoded = b64encode(request.encoded).decode()
        (await self.post(order.body["finalize"], {"csr": encoded})).accepted()
        issued = await self.poll(order.location, until="valid")
        url = issued.body["certificate"]
        return IssuedChain(url, (await self.post(url)).accepted().body, request.key)

    async def issue(self, folder: Path, *names: str) -> IssuedChain:
        """Get a certificate, from the order to the chain."""
        order = (await self.order(*names)).accepted()
        await self.prove(order, folder)
        return await self.finalize(order)

    async def download(self, chain: IssuedChain) -> str:
        """Fetch a certificate again."""
        return str((await self.post(chain.url)).accepted().body)

    async def revoke(self, chain: IssuedChain) -> Answer:
        """Ask for a certificate's revocation with the account's key."""
        leaf = x509.load_pem_x509_certificate(chain.pem.encode())
        content = b64encode(leaf.public_bytes(serialization.Encoding.DER)).decode()
        return await self.post(self.directory["revokeCert"], {"certificate": content})

    async def known(self) -> Answer:
        """Ask for the account that the key already has (RFC 8555 §7.3.1)."""
        account, self.account = self.account, None
        try:
            return await self.post(self.directory["newAccount"], {"onlyReturnExisting": True})
        finally:
            self.account = account

    async def nonce_from(self, server: str) -> str:
        """Ask one of several servers for a nonce, past what stands before them."""
        return await self._fresh_nonce(_at(server, self.directory["newNonce"]))

    async def post_to(self, server: str, url: str, nonce: str) -> Answer:
        """Send one of several servers an empty object, with a nonce and past what stands before."""
        return await self._sent(_at(server, url), url, b"{}", nonce)

    async def _post(self, url: str, content: bytes) -> Answer:
        nonce, self._nonce = self._nonce or await self._fresh_nonce(), None
        return await self._sent(url, url, content, nonce)

    async def _sent(self, where: str, url: str, content: bytes, nonce: str) -> Answer:
        signed = jws.JWS.sign(content, self.key, ES256, b64decode(nonce), url, self.account)
        kind = {"Content-Type": "application/jose+json"}
        async with self._http.post(where, data=signed.json_dumps(), headers=kind) as response:
            self._nonce = response.headers.get("Replay-Nonce")
            text = await response.text()
            self.answered += 1
            body = json.loads(text) if "json" in response.content_type and text else text
            return Answer(response.status, response.headers, body)

    async def _fresh_nonce(self, where: str | None = None) -> str:
        async with self._http.head(where or self.directory["newNonce"]) as response:
            response.raise_for_status()
            return response.headers["Replay-Nonce"]


async def persisting(step: Callable[[], Awaitable[T]]) -> T:
    """Return what a step comes to, again and again while the server fails or isn't there."""
    for _ in range(_POLLS):
        with suppress(aiohttp.ClientError, ServerFailed):
            return await step()
        await asyncio.sleep(_PAUSE)
    return await step()


@asynccontextmanager
async def opened(directory: Directory) -> AsyncIterator[Session]:
    """Give a client of a directory until the end of the block."""
    trust = ssl.create_default_context(cafile=directory.trust)
    connector = aiohttp.TCPConnector(ssl=trust)
    async with aiohttp.ClientSession(connector=connector) as http:
        async with http.get(directory.url) as response:
            found = await response.json()
        yield Session(http, found)


def _at(server: str, url: str) -> str:
    return server + urlsplit(url).path


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _request(key: ec.EllipticCurvePrivateKey, names: list[str]) -> bytes:
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .add_extension(alternatives, critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
