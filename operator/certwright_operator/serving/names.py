"""The names that the server's certificate is for."""

from collections.abc import Set
from typing import Final

LINGER: Final = 600.0
"""Seconds for which a name stays after nobody wants it any more. A profile that is deleted and
applied again, or news that comes in any order after a start, costs no certificates so."""


class Names:
    """Tells which names a certificate has to be for.

    Args:
        fixed: Those that are always wanted.
    """

    def __init__(self, fixed: Set[str]) -> None:
        self._fixed = frozenset(fixed)
        self._unwanted_since: dict[str, float] = {}

    def wanted(self, hostnames: Set[str] | None, held: Set[str], now: float) -> frozenset[str]:
        """Return the names: those that are wanted, and those held that haven't lingered long.

        Args:
            hostnames: Those of profiles; None if it isn't known now.
            held: Those that the present certificate is for.
            now: Seconds of a clock that is never set.
        """
        wanted = self._fixed | (hostnames or frozenset())
        # While it isn't known what is wanted, no name's time runs.
        since = self._unwanted_since if hostnames is not None else {}
        self._unwanted_since = {name: since.get(name, now) for name in held - wanted}
        lingering = {name for name, at in self._unwanted_since.items() if now - at < LINGER}
        return wanted | lingering
