"""What one server tells those who run it: its audit log, its metrics, and whether it is ready."""

import socket
from collections.abc import Callable, Collection, Iterable
from contextlib import AsyncExitStack
from typing import Final

from acme_server.assembly.settings import ServerSettings
from acme_server.audit.file import FileAudit
from acme_server.audit.log import LogAudit
from acme_server.domain.documents.accounts import Account
from acme_server.domain.problems import ACMEError
from acme_server.metrics.instruments import CONTENT_TYPE, Instruments
from acme_server.metrics.measured import MeasuredAudit
from acme_server.metrics.state import BundleState, State, StateCollector
from acme_server.ports import Audit
from acme_server.services.documents import Documents
from acme_server.services.validations import Validations
from acme_server.web import operations, server
from acme_server.web.readiness import Condition, Readiness
from certwright.bundles.profile import ProfileInForce

#: Seconds that an answer under way has when the server stops.
GRACE: Final = 0.5

_NO_ACCOUNT: Final = "readiness"


class Operations:
    """What one server tells of itself.

    Args:
        settings: Where it tells it.
        stack: Closes what is opened here, after all that is opened later.

    Raises:
        CannotListen: The address of the endpoint is taken, or not ours.
    """

    def __init__(self, settings: ServerSettings, stack: AsyncExitStack) -> None:
        file = settings.audit.file
        self._file = None if file is None else FileAudit(file)
        self._bound = _bound(settings, stack)
        self.instruments = Instruments()
        self.readiness = Readiness()

    @property
    def address(self) -> str | None:
        """The URL of the endpoint; None where there is none."""
        if self._bound is None:
            return None
        host, port = self._bound.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def audit(self, stack: AsyncExitStack) -> Audit:
        """Return the audit log, measured.

        Raises:
            AuditFileUnusable: Its file can't be written to.
        """
        if self._file is None:
            return MeasuredAudit(LogAudit(), self.instruments)
        self._file.open()
        stack.callback(self._file.close)
        return MeasuredAudit(self._file, self.instruments)

    async def start(self, stack: AsyncExitStack) -> None:
        """Answer at the endpoint from now on, that the server is starting."""
        if self._bound is None:
            return
        made = operations.make(self.readiness, self.instruments.exposition, CONTENT_TYPE)
        running = await server.start(made, self._bound, None)
        stack.push_async_callback(running.close, GRACE)

    def watch(
        self,
        documents: Documents,
        validations: Validations,
        profiles: Callable[[], Iterable[ProfileInForce]],
        bundles: Callable[[], BundleState | None] = lambda: None,
        misdirected: Callable[[], Collection[str]] = tuple,
    ) -> None:
        """Tell of the parts of the server from now on.

        `profiles` returns those in force, `bundles` how well they are followed, if that is news,
        `misdirected` the names of those profiles whose URLs people were told wrong.
        """

        def state() -> State:
            lost = 0 if self._file is None else self._file.lost
            return State(validations.open, lost, profiles(), bundles(), misdirected())

        self.readiness.require("storage", reachable(documents))
        self.instruments.registry.register(StateCollector(state))


def reachable(documents: Documents) -> Condition:
    """Return the condition that the storage answers."""

    async def asked() -> str | None:
        try:
            await documents.get(Account, _NO_ACCOUNT)
        except ACMEError as error:
            return error.problem.detail
        return None

    return asked


def _bound(settings: ServerSettings, stack: AsyncExitStack) -> socket.socket | None:
    address = settings.operations.listen
    if address is None:
        return None
    bound = server.bind(address.host, address.port)
    stack.callback(bound.close)
    return bound
