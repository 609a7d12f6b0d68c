"""A client that costs as little as it can, so that the server is what gets measured."""

import asyncio
import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_HEADERS = {"Content-Type": "application/jose+json"}
_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Binding:
    """The KID and secret of an EABCredential."""

    kid: str
    secret: bytes = field(repr=False)


@dataclass(slots=True)
class Client:
    """One account at one directory.

    `tokens` is where the answers to http-01 challenges are put, by token.
    """

    http: aiohttp.ClientSession
    directory: Mapping[str, str]
    tokens: dict[str, str]
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    kid: str | None = None
    nonce: str | None = None

    async def register(self, binding: Binding) -> None:
        """Make the account."""
        url = self.directory["newAccount"]
        bound = _binding(binding, url, self._jwk)
        reply = await self.post(url, {"externalAccountBinding": bound})
        self.kid = reply.location

    async def issue(self, name: str) -> str:
        """Get one certificate by http-01, from the order to the chain."""
        identifiers = [{"type": "dns", "value": name}]
        order = await self.post(self.directory["newOrder"], {"identifiers": identifiers})
        for url in order.body["authorizations"]:
            await self._prove(url)
        csr = _encoded(_signing_request(name))
        done = await self.post(order.body["finalize"], {"csr": csr})
        chain = await self.post(done.body["certificate"])
        return str(chain.body)

    async def post(self, url: str, payload: Any = None) -> "Answer":
        """Send one signed request; None is a POST-as-GET."""
        nonce, self.nonce = self.nonce or await self._fresh_nonce(), None
        header: dict[str, Any] = {"alg": "ES256", "nonce": nonce, "url": url}
        header |= {"kid": self.kid} if self.kid else {"jwk": self._jwk}
        body = _signed(self.key, header, b"" if payload is None else json.dumps(payload).encode())
        async with self.http.post(url, data=body, headers=_HEADERS) as response:
            self.nonce = response.headers.get("Replay-Nonce")
            content = await response.read()
            if response.status >= 400:
                raise RuntimeError(f"{url}: {response.status}: {content.decode()}")
            is_json = response.content_type == "application/json"
            found = json.loads(content) if is_json and content else content.decode()
            return Answer(found, response.headers.get("Location", ""))

    async def _prove(self, url: str) -> None:
        found = (await self.post(url)).body
        challenge = next(each for each in found["challenges"] if each["type"] == "http-01")
        self.tokens[challenge["token"]] = f"{challenge['token']}.{self._thumbprint}"
        state = (await self.post(challenge["url"], {})).body["status"]
        while state in {"pending", "processing"}:
            await asyncio.sleep(_POLL)
            state = (await self.post(url)).body["status"]
        if state != "valid":
            raise RuntimeError(f"{url} became {state}")

    async def _fresh_nonce(self) -> str:
        async with self.http.head(self.directory["newNonce"]) as response:
            return response.headers["Replay-Nonce"]

    @property
    def _jwk(self) -> dict[str, str]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        x, y = _encoded(point[1:33]), _encoded(point[33:])
        return {"crv": "P-256", "kty": "EC", "x": x, "y": y}

    @property
    def _thumbprint(self) -> str:
        digest = Hash(SHA256())
        digest.update(json.dumps(self._jwk, sort_keys=True, separators=(",", ":")).encode())
        return _encoded(digest.finalize())


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: JSON or text, and where the resource is."""

    body: Any
    location: str


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _signed(key: ec.EllipticCurvePrivateKey, header: Mapping[str, Any], payload: bytes) -> bytes:
    protected, body = _encoded(json.dumps(header).encode()), _encoded(payload)
    r, s = decode_dss_signature(key.sign(f"{protected}.{body}".encode(), ec.ECDSA(SHA256())))
    signature = _encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return json.dumps({"protected": protected, "payload": body, "signature": signature}).encode()


def _binding(binding: Binding, url: str, jwk: Mapping[str, str]) -> dict[str, str]:
    protected = _encoded(json.dumps({"alg": "HS256", "kid": binding.kid, "url": url}).encode())
    payload = _encoded(json.dumps(jwk).encode())
    mac = hmac.digest(binding.secret, f"{protected}.{payload}".encode(), "sha256")
    return {"protected": protected, "payload": payload, "signature": _encoded(mac)}


def _signing_request(name: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    builder = x509.CertificateSigningRequestBuilder(x509.Name([])).add_extension(names, True)
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)
