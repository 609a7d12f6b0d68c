"""The tls-alpn-01 challenge (RFC 8737, for addresses RFC 8738 §6)."""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address

from acme_server.domain.problems import ErrorType
from acme_server.ports import Clock, ValidationRequest
from acme_server.validation.alpn_certificate import objection
from acme_server.validation.dialer import Dialer, connected_socket
from acme_server.validation.endpoints import Endpoint
from acme_server.validation.failures import AttemptFailed, connection, unauthorized
from acme_server.validation.tls import handshake_reason, unverified_context
from certwright.policy.identifiers import Identifier, IdentifierType

PROTOCOL = "acme-tls/1"

#: The alert with which a server says that it doesn't speak the protocol (RFC 7301 §3.2), in
#: OpenSSL's words.
_NO_SUCH_PROTOCOL = "no application protocol"


@dataclass(frozen=True, slots=True)
class Peer:
    """What a handshake has shown: the negotiated protocol, the certificate in DER or nothing."""

    protocol: str | None
    certificate: bytes


class TLSALPN01:
    """Looks for the digest of the key authorization in the certificate of a TLS handshake.

    `connect_timeout`, in seconds, is for one address.
    """

    def __init__(self, dialer: Dialer, port: int, clock: Clock, connect_timeout: float) -> None:
        self._dialer = dialer
        self._port = port
        self._clock = clock
        self._connect_timeout = connect_timeout
        self._context = unverified_context(PROTOCOL)

    async def prove(self, request: ValidationRequest) -> None:
        """Return when the challenge is met; raise `AttemptFailed` when it isn't."""
        identifier = request.identifier
        endpoint = Endpoint(identifier.value, self._port)
        connected = await self._dialer.dial(
            endpoint, partial(connected_socket, within=self._connect_timeout)
        )
        peer = await self._shaken(connected, server_name(identifier), endpoint)
        if peer.protocol != PROTOCOL:
            raise _other_protocol(endpoint)
        now = self._clock.now()
        if reason := objection(peer.certificate, identifier, request.key_authorization, now):
            raise unauthorized(f"Incorrect validation certificate from {endpoint}: {reason}")

    async def _shaken(self, connected: socket.socket, name: str, endpoint: Endpoint) -> Peer:
        """Return what the handshake over a connected socket shows, and close it."""
        try:
            transport, _ = await asyncio.get_running_loop().create_connection(
                asyncio.Protocol, sock=connected, ssl=self._context, server_hostname=name
            )
        except ssl.SSLError as error:
            reason = handshake_reason(error)
            if _NO_SUCH_PROTOCOL in reason:
                raise _other_protocol(endpoint) from error
            raise AttemptFailed(
                ErrorType.TLS, f"TLS handshake with {endpoint} failed: {reason}"
            ) from error
        except OSError as error:
            raise connection(
                f"{endpoint} closed the connection during the TLS handshake"
            ) from error
        try:
            channel = transport.get_extra_info("ssl_object")
            return Peer(
                channel.selected_alpn_protocol(), channel.getpeercert(binary_form=True) or b""
            )
        finally:
            transport.abort()


def server_name(identifier: Identifier) -> str:
    """Return what SNI names: the name, or for an address its reverse DNS name (RFC 8738 §6)."""
    if identifier.type is IdentifierType.IP:
        return ip_address(identifier.value).reverse_pointer
    return identifier.value


def _other_protocol(endpoint: Endpoint) -> AttemptFailed:
    return unauthorized(f"{endpoint} did not negotiate the ALPN protocol {PROTOCOL}")
