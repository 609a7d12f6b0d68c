"""A validator that finds what a test says."""

import asyncio
from collections.abc import Callable

from acme_server.domain.problems import ErrorType
from acme_server.ports import ValidationFailure, ValidationRequest

NOT_YET = ValidationFailure(ErrorType.CONNECTION, "connection refused")

Script = Callable[[ValidationRequest, int], ValidationFailure | None]


class FakeValidator:
    """A `Validator` that answers by a script, given the request and how many came before it.

    `seen` lists what was asked. While `hold` is set, an attempt waits for it.
    """

    def __init__(self, script: Script = lambda *_: None) -> None:
        self.script = script
        self.seen: list[ValidationRequest] = []
        self.hold: asyncio.Event | None = None

    async def attempt(self, request: ValidationRequest) -> ValidationFailure | None:
        """Answer by the script."""
        self.seen.append(request)
        before = len(self.seen) - 1
        if self.hold is not None:
            await self.hold.wait()
        return self.script(request, before)


def never(request: ValidationRequest, before: int) -> ValidationFailure | None:
    """Find the challenge unmet, always."""
    del request, before
    return NOT_YET


def after(attempts: int) -> Script:
    """Find the challenge unmet this many times, then met."""
    return lambda _, before: NOT_YET if before < attempts else None
