"""The audit log among the other logs, told apart by its logger's name."""

import logging

from acme_server.audit.members import members
from acme_server.domain.audit import AuditEvent

#: The logger that audit events have to themselves.
LOGGER = "acme_server.audit"

_log = logging.getLogger(LOGGER)


class LogAudit:
    """An `Audit` that logs each event, its members as the record's."""

    def record(self, event: AuditEvent) -> None:
        """Log an event."""
        _log.info("%s", event.kind, extra=members(event))
