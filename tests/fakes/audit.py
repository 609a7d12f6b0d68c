"""An audit log in a list."""

from acme_server.domain.audit import AuditEvent, AuditKind


class FakeAudit:
    """An `Audit` that keeps what it was told, in `events`."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []

    def record(self, event: AuditEvent) -> None:
        """Keep an event."""
        self.events.append(event)

    @property
    def kinds(self) -> list[AuditKind]:
        """What happened, in order."""
        return [each.kind for each in self.events]

    def only(self, kind: AuditKind) -> AuditEvent:
        """Return the one event of a kind."""
        (found,) = (each for each in self.events if each.kind is kind)
        return found
