"""What comes of a look at the server's TLS."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Look:
    """What comes of a look.

    Args:
        trust: What clients have to trust, in PEM; empty if nothing, None if that can't be told.
        faults: What people have to see to, a sentence each.
        ends: When the certificate ends; None if there is none.
    """

    trust: bytes | None
    faults: tuple[str, ...] = ()
    ends: datetime | None = None
