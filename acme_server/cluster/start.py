"""The start of a server: what isn't there yet is waited for, and people are told of it."""

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from acme_server.domain.problems import ACMEError
from acme_server.membership.port import MembershipUnavailable
from acme_server.ports import Clock
from acme_server.web.readiness import Readiness
from acme_server.web.tls import InvalidServingCertificate

#: Seconds between two attempts.
_RETRY: Final = 1.0

_log = logging.getLogger(__name__)

T = TypeVar("T")


class Untimely(Exception):
    """What the start needs isn't there yet; the sentence says what."""


_MAY_COME = (ACMEError, InvalidServingCertificate, MembershipUnavailable, Untimely)


class Start:
    """What a start waits for, one thing at a time.

    Args:
        readiness: Where people see what is waited for.
        clock: The time.
    """

    def __init__(self, readiness: Readiness, clock: Clock) -> None:
        self._readiness = readiness
        self._clock = clock

    async def until(
        self, what: str, attempt: Callable[[], Awaitable[T]], patience: float = math.inf
    ) -> T:
        """Return what an attempt returns, once it does; why it doesn't is told when it changes.

        Args:
            what: What is waited for, as people are told.
            attempt: Raises `ACMEError`, `InvalidServingCertificate`, `MembershipUnavailable` or
                `Untimely` while it is to be made again.
            patience: Seconds after which that is raised.
        """
        told, waited = "", 0.0
        self._readiness.awaited = what
        while True:
            try:
                return await attempt()
            except _MAY_COME as error:
                if waited >= patience:
                    raise
                if str(error) != told:
                    _log.warning("the start waits for %s: %s", what, error)
                told = str(error)
                self._readiness.awaited = f"{what}: {told}"
            await self._clock.sleep(_RETRY)
            waited += _RETRY
