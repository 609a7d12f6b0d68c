"""Somebody who stores what is planned, and may die after any step."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from certwright.pki.certificates import random_serial
from certwright.pki.keys import generate
from certwright.reconcile.effects import Effects
from certwright.serving.authority import ServingAuthority
from certwright.serving.certificate import ServingCertificate
from certwright.serving.plan import PublishTrust, Step, Stored, StoreServed, after, due_steps

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOST = "acme.example.com"


def _no_bytes(length: int) -> bytes:
    raise AssertionError(f"nobody needs {length} random bytes here")


EFFECTS = Effects(generate, _no_bytes, random_serial)


@dataclass
class Keeper:
    """Stores what is planned.

    Attributes:
        now: The time.
        hosts: What the certificate has to be for.
        stored: What is stored.
        history: Everything that was ever stored, and when.
    """

    now: datetime = START
    hosts: frozenset[str] = frozenset({HOST})
    stored: Stored = field(default_factory=Stored)
    history: list[tuple[datetime, Step]] = field(default_factory=list)

    def steps(self) -> Iterable[Step]:
        """What is due now."""
        return due_steps(self.stored, self.hosts, EFFECTS, self.now)

    def step(self) -> Step | None:
        """Carry out the first step that is due; None if none is."""
        step = next(iter(self.steps()), None)
        if step is not None:
            self.stored = after(self.stored, step)
            self.history.append((self.now, step))
        return step

    def settle(self) -> list[Step]:
        """Carry out what is due until nothing is."""
        taken: list[Step] = []
        while (step := self.step()) is not None:
            taken.append(step)
            assert len(taken) < 20, "it never comes to rest"
        return taken

    def live(self, time: timedelta, every: timedelta) -> None:
        """Let time pass, settling every now and then."""
        end = self.now + time
        while self.now < end:
            self.now = min(end, self.now + every)
            self.settle()

    def wait(self, time: timedelta) -> None:
        """Let time pass, with nobody there."""
        self.now += time

    def name(self, host: str) -> None:
        """Have the certificate be for one more host."""
        self.hosts |= {host}

    def damage(self, **stored: Any) -> None:
        """Store something else."""
        self.stored = replace(self.stored, **stored)

    @property
    def authority(self) -> ServingAuthority:
        """The roots stored."""
        assert self.stored.authority is not None
        return self.stored.authority

    @property
    def served(self) -> ServingCertificate:
        """What is served with."""
        assert self.stored.served is not None
        return self.stored.served

    @property
    def published(self) -> list[tuple[datetime, bytes]]:
        """What was published, and when."""
        return [(at, step.pem) for at, step in self.history if isinstance(step, PublishTrust)]

    @property
    def served_ever(self) -> list[tuple[datetime, ServingCertificate]]:
        """What was served with, and since when."""
        return [(at, step.served) for at, step in self.history if isinstance(step, StoreServed)]
