"""This server as the only one: state in an SQLite file on a volume, nonces in memory, no Lease."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, Self

from acme_server.assembly.environment import Foundation
from acme_server.assembly.held_file import HeldElsewhere, held
from acme_server.cluster.place import Taken
from acme_server.cluster.start import Start, Untimely
from acme_server.nonces.local import LocalNonces
from acme_server.ports import Clock, Randomness
from acme_server.services.capacity import CertificateCap
from acme_server.services.write_access import WriteAccess
from acme_server.stores.sql.errors import DatabaseUnusable, explain
from acme_server.stores.sql.sqlite import SQLiteStore

PATIENCE: Final = 60.0
"""Seconds beside its drain that a server before this one has to end."""


class DatabaseInUse(Untimely):
    """Another server uses the database."""


class Alone:
    """A `Place` without others; `open_at` makes it."""

    replica: str | None = None
    cap: CertificateCap | None = None

    def __init__(
        self, store: SQLiteStore, file: Path, clock: Clock, randomness: Randomness
    ) -> None:
        self.store = store
        self.access = WriteAccess(store, clock)
        self._nonces_file = _beside(file, "nonces")
        self._randomness = randomness

    @classmethod
    async def open_at(
        cls, stack: AsyncExitStack, file: Path, holder: str, clock: Clock, randomness: Randomness
    ) -> Self:
        """Open a database, which is made if need be, and hold it against others.

        Args:
            stack: Lets go of it.
            file: The database; its lock and the nonces between two servers stand beside it.
            holder: What the others are told about who has it: the pod's name.
            clock: The time.
            randomness: Unpredictable bytes.

        Raises:
            DatabaseInUse: Another server has it.
            DatabaseUnusable: It can't be opened.
        """
        try:
            stack.enter_context(held(_beside(file, "lock"), holder))
        except HeldElsewhere as error:
            raise DatabaseInUse(
                f"the database {file} is in use by another server ({error}), and one at a time is "
                "allowed: with store.kind sqlite a Deployment has one replica and strategy Recreate"
            ) from None
        except OSError as error:
            raise DatabaseUnusable(explain(file, error)) from error
        store = SQLiteStore.open(file)
        stack.push_async_callback(store.close)
        return cls(store, file, clock, randomness)

    async def take(self, stack: AsyncExitStack, start: Start, foundation: Foundation) -> Taken:
        """Take up nonces and challenges of the server before; `stack` leaves those to the next."""
        nonces = LocalNonces(self._randomness.token(32), self._randomness)
        nonces.take_up(self._nonces_file)
        stack.callback(nonces.hand_over, self._nonces_file)
        await start.until("the storage", foundation.validations.resume)
        return Taken(nonces, (foundation.sweeper().run, self.access.run), _nothing)


async def _nothing() -> None:
    """Hand over nothing: there is nobody, and the next server finds the nonces in a file."""


def _beside(file: Path, what: str) -> Path:
    return file.with_name(f"{file.name}.{what}")
