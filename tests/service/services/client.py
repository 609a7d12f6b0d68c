"""An ACME client as small as can be: it signs, posts and remembers its account."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from acme_server.protocol.replies import Reply
from acme_server.protocol.resources import PATHS, Resource
from acme_server.protocol.thumbprints import jwk_of
from acme_server.protocol.urls import Urls
from acme_server.services.dispatch import Dispatcher


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


@dataclass(frozen=True)
class ClientKey:
    """An ES256 key."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def jwk(self) -> dict[str, str]:
        return jwk_of(self.private.public_key())

    def sign(self, header: Mapping[str, Any], payload: bytes) -> bytes:
        protected = base64url(as_json({"alg": "ES256", **header}))
        body = base64url(payload)
        der = self.private.sign(f"{protected}.{body}".encode(), ec.ECDSA(SHA256()))
        r, s = decode_dss_signature(der)
        signature = base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        return as_json({"protected": protected, "payload": body, "signature": signature})


def external_account_binding(kid: str, secret: bytes, url: str, key: ClientKey) -> dict[str, str]:
    protected = base64url(as_json({"alg": "HS256", "kid": kid, "url": url}))
    payload = base64url(as_json(key.jwk))
    mac = hmac.digest(secret, f"{protected}.{payload}".encode(), "sha256")
    return {"protected": protected, "payload": payload, "signature": base64url(mac)}


def signing_request(
    *names: str, key: ec.EllipticCurvePrivateKey | None = None, common_name: str | None = None
) -> bytes:
    """Return a CSR in DER."""
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=not common_name)
    signer = key or ec.generate_private_key(ec.SECP256R1())
    return builder.sign(signer, SHA256()).public_bytes(Encoding.DER)


@dataclass
class Client:
    """One account key at one profile; `kid` once it has an account."""

    dispatcher: Dispatcher
    urls: Urls
    key: ClientKey = field(default_factory=ClientKey)
    kid: str | None = None

    async def post(
        self,
        resource: Resource,
        payload: Any = None,
        parameters: Mapping[str, str] = MappingProxyType({}),
        *,
        by_key: bool = False,
        url: str | None = None,
        nonce: str | None = None,
    ) -> Reply:
        """Post a payload, None for a POST-as-GET; raise the ACMEError that answers."""
        header: dict[str, Any] = {
            "nonce": nonce or self.dispatcher.issue_nonce(authenticated=True),
            "url": url or self._url(resource, parameters),
        }
        header |= {"jwk": self.key.jwk} if by_key or self.kid is None else {"kid": self.kid}
        raw = b"" if payload is None else as_json(payload)
        body = self.key.sign(header, raw)
        return await self.dispatcher.handle_post(
            resource, parameters, self.urls.namespace, self.urls.profile, body
        )

    async def register(self, eab: tuple[str, bytes] | None = None, **payload: Any) -> Reply:
        """Register, bound by KID and secret if given, and remember the account."""
        if eab is not None:
            binding = external_account_binding(*eab, self.urls.new_account, self.key)
            payload["externalAccountBinding"] = binding
        reply = await self.post(Resource.NEW_ACCOUNT, payload, by_key=True)
        self.kid = reply.location
        return reply

    async def order(self, *names: str, **more: Any) -> Reply:
        """Order DNS names."""
        identifiers = [{"type": "dns", "value": name} for name in names]
        return await self.post(Resource.NEW_ORDER, {"identifiers": identifiers, **more})

    async def follow(self, url: str, payload: Any = None) -> Reply:
        """Post to a URL that the server gave out."""
        resource, parameters = parsed(self.urls, url)
        return await self.post(resource, payload, parameters)

    async def finalize(self, order: Mapping[str, Any], csr: bytes) -> Reply:
        """Finalize an order as it was answered."""
        return await self.follow(order["finalize"], {"csr": base64url(csr)})

    async def revoke(
        self, certificate: str, reason: int | None = None, *, by_key: bool = False
    ) -> Reply:
        """Revoke a certificate, given in DER as base64url."""
        payload: dict[str, Any] = {"certificate": certificate}
        if reason is not None:
            payload["reason"] = reason
        return await self.post(Resource.REVOKE_CERTIFICATE, payload, by_key=by_key)

    @property
    def thumbprint(self) -> str:
        """The RFC 7638 thumbprint of the key."""
        jwk = json.dumps(self.key.jwk, sort_keys=True, separators=(",", ":"))
        return base64url(hashlib.sha256(jwk.encode()).digest())

    def _url(self, resource: Resource, parameters: Mapping[str, str]) -> str:
        if resource is Resource.ORDERS:
            return self.urls.orders(parameters["account"], parameters.get("cursor"))
        return self.urls.of(resource, parameters)


_SHAPES: tuple[tuple[Resource, re.Pattern[str]], ...] = tuple(
    (resource, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/?]+)", path)))
    for resource, path in PATHS.items()
)


def parsed(urls: Urls, url: str) -> tuple[Resource, dict[str, str]]:
    """Return which resource a URL is, and its parameters: the reverse of `Urls`."""
    prefix = urls.directory.removesuffix("directory")
    assert url.startswith(prefix), url
    path, _, query = url.removeprefix(prefix).partition("?")
    for resource, shape in _SHAPES:
        if match := shape.fullmatch(path):
            return resource, match.groupdict() | dict(parse_qsl(query))
    raise AssertionError(f"{url} is no URL of {urls.directory}")
