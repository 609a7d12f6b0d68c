"""The fake of validation's port: a resolver that answers from tables."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from acme_server.validation.endpoints import parse_address
from acme_server.validation.networks import IPAddress
from acme_server.validation.resolution import Lookup, LookupFailed

T = TypeVar("T")

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def addresses(*texts: str) -> tuple[IPAddress, ...]:
    parsed = tuple(map(parse_address, texts))
    assert None not in parsed
    return tuple(address for address in parsed if address is not None)


@dataclass
class TableResolver:
    """A resolver that answers from tables, and remembers what it was asked."""

    hosts: dict[str, tuple[IPAddress, ...] | LookupFailed] = field(default_factory=dict)
    records: dict[str, tuple[bytes, ...] | LookupFailed] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def addresses(self, name: str) -> tuple[IPAddress, ...]:
        return self._answer(name, self.hosts.get(name))

    async def texts(self, name: str) -> tuple[bytes, ...]:
        return self._answer(name, self.records.get(name))

    def _answer(self, name: str, answer: T | LookupFailed | None) -> T:
        self.asked.append(name)
        if answer is None:
            raise LookupFailed(Lookup.NO_SUCH_NAME, f"no {name} in the table")
        if isinstance(answer, LookupFailed):
            raise answer
        return answer
