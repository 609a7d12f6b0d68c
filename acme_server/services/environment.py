"""What every service is handed: the ports, and the few settings that services decide by."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from acme_server.ports import Audit, Bundles, Clock, Nonces, Randomness, Signer
from acme_server.services.documents import Documents

if TYPE_CHECKING:
    from acme_server.services.validations import Validations


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long what the server hands out lives, and how far `notBefore` is set back.

    A pending authorization has `pending_authorization` to be proved; one that is valid serves later
    orders for `authorization` from then on. `backdate` helps clients whose clocks are slow.
    """

    order: timedelta = timedelta(hours=24)
    pending_authorization: timedelta = timedelta(hours=24)
    authorization: timedelta = timedelta(days=7)
    backdate: timedelta = timedelta(minutes=5)


Check = Callable[[], None]
"""Raises the `ACMEError` that says why something can't be done now: 503."""


@dataclass(frozen=True, slots=True)
class Checks:
    """What must hold of the server itself before an account, an order or a signature is made."""

    registering: tuple[Check, ...] = ()
    ordering: tuple[Check, ...] = ()
    signing: tuple[Check, ...] = ()


def require(checks: tuple[Check, ...]) -> None:
    """Raise what the first check raises that fails."""
    for check in checks:
        check()


@dataclass(frozen=True, slots=True)
class Environment:
    """The world as services see it. `base_url` is the public `https://host[:port]`."""

    base_url: str
    documents: Documents
    bundles: Bundles
    nonces: Nonces
    validations: "Validations"
    signer: Signer
    clock: Clock
    randomness: Randomness
    audit: Audit
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    checks: Checks = field(default_factory=Checks)
    # Many registrations change one enrollment: in turns here, and by version among replicas.
    enrolling: asyncio.Lock = field(default_factory=asyncio.Lock)

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return self.clock.now()

    def new_id(self) -> str:
        """Return an id that nobody can guess, lower-case hex: legal in an object's name."""
        return self.randomness.token(16).hex()

    def new_serial(self) -> str:
        """Return a certificate's serial number as 40 hex digits (RFC 5280 §4.1.2.2).

        The top bits of its 20 octets are 01: positive, and never with a leading zero octet.
        """
        drawn = int.from_bytes(self.randomness.token(20), "big")
        return f"{drawn & (2**158 - 1) | 2**158:040x}"
