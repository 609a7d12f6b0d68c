"""The validator: one attempt at a challenge, by the method of its type."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol, Self

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.problems import ErrorType
from acme_server.ports import Clock, ValidationFailure, ValidationRequest
from acme_server.validation.dialer import Dialer
from acme_server.validation.dns01 import DNS01
from acme_server.validation.failures import AttemptFailed
from acme_server.validation.http01 import HTTP01
from acme_server.validation.http_client import HTTPClient
from acme_server.validation.networks import ALWAYS_REFUSED, SpecialNetwork
from acme_server.validation.resolution import DNSResolver, Resolver
from acme_server.validation.settings import ValidationSettings
from acme_server.validation.tls_alpn01 import TLSALPN01

logger = logging.getLogger(__name__)

#: Parts of an attempt's time, so that what is slow is also what is named: a lookup may take half of
#: it, and connecting to each of two addresses a quarter.
_LOOKUP = 1 / 2
_CONNECT = 1 / 4

_TIMED_OUT: dict[ChallengeType, ErrorType] = {
    ChallengeType.HTTP_01: ErrorType.CONNECTION,
    ChallengeType.DNS_01: ErrorType.DNS,
    ChallengeType.TLS_ALPN_01: ErrorType.CONNECTION,
}


class Method(Protocol):
    """What a challenge type asks for."""

    async def prove(self, request: ValidationRequest) -> None:
        """Return when the challenge is met; raise `AttemptFailed` when it isn't."""
        ...


class ChallengeValidator:
    """Makes attempts, each bounded by `timeout` seconds in all. Implements `ports.Validator`."""

    def __init__(self, methods: Mapping[ChallengeType, Method], timeout: float) -> None:
        self._methods = methods
        self._timeout = timeout

    @classmethod
    def from_settings(
        cls,
        settings: ValidationSettings,
        clock: Clock,
        version: str,
        resolver: Resolver | None = None,
        refused: tuple[SpecialNetwork, ...] = (),
    ) -> Self:
        """Return the validator that the settings describe.

        `version` is Certwright's, for the User-Agent. `resolver` replaces the one of the settings.
        `refused` is refused, unless the settings allow it, beside what always is.
        """
        timeout = settings.timeout.total_seconds()
        resolver = resolver or _resolver(settings, timeout * _LOOKUP)
        trusted = DNSResolver.of_system(timeout * _LOOKUP, search=True)
        rules = replace(settings.network_rules, special=(*refused, *ALWAYS_REFUSED))
        dialer = Dialer(resolver, rules, trusted)
        connect_timeout = timeout * _CONNECT
        client = HTTPClient(dialer, f"Certwright/{version} (+validation)", connect_timeout)
        methods: dict[ChallengeType, Method] = {
            ChallengeType.HTTP_01: HTTP01(client, settings),
            ChallengeType.DNS_01: DNS01(resolver),
            ChallengeType.TLS_ALPN_01: TLSALPN01(
                dialer, settings.tls_alpn01_port, clock, connect_timeout
            ),
        }
        return cls(methods, timeout)

    async def attempt(self, request: ValidationRequest) -> ValidationFailure | None:
        """Make one attempt; return None when the challenge is met. Only cancellation is raised."""
        failure = await self._failure(request)
        if failure is not None:
            logger.info(
                "attempt at %s for %s failed: %s: %s",
                request.type,
                request.identifier,
                failure.type,
                failure.detail,
            )
        return failure

    async def _failure(self, request: ValidationRequest) -> ValidationFailure | None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._methods[request.type].prove(request)
        except AttemptFailed as error:
            return ValidationFailure(error.type, error.detail)
        except TimeoutError:
            return ValidationFailure(
                _TIMED_OUT[request.type],
                f"No complete answer for {request.identifier} within {self._timeout:g} seconds "
                f"(the server may be slow or overloaded)",
            )
        except Exception:
            logger.exception("attempt at %s for %s broke", request.type, request.identifier)
            return ValidationFailure(
                ErrorType.SERVER_INTERNAL, "The attempt failed for a reason inside the server"
            )
        return None


def _resolver(settings: ValidationSettings, lifetime: float) -> Resolver:
    if settings.resolvers:
        return DNSResolver.asking(settings.resolvers, lifetime)
    return DNSResolver.of_system(lifetime)
