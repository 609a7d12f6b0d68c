"""Programs that run until they are stopped: started, waited for, stopped by their own pid."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ENOUGH = 60
"""Seconds after which a program that should long be ready, or gone, is given up."""

_PAUSE = 0.05


class NotReady(Exception):
    """A program ended before it was ready, or took too long; the message has its last words."""


@dataclass(slots=True)
class Process:
    """A program with its arguments, which may be started and ended many times.

    Args:
        command: the program and its arguments.
        log: gets what it says.
        status: the exit status that it ended with last; negative is a signal's number.

    Start it in the main thread: on Linux it ends with the thread that started it, so that a test
    run that was killed leaves nothing behind.
    """

    command: Sequence[str] = field(repr=False)
    log: Path
    status: int | None = None
    _running: subprocess.Popen[bytes] | None = None

    def start(self, is_ready: Callable[[], bool]) -> None:
        """Start it and return when it is ready.

        Raises:
            NotReady: it ended instead, or was not ready after `ENOUGH` seconds.
        """
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                [*_ending_with_us(), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.wait_until(is_ready)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Return when something holds that this running program brings about.

        Raises:
            NotReady: it ended instead, or it did not hold after `ENOUGH` seconds.
        """
        given_up = time.monotonic() + ENOUGH
        while not holds():
            if self.pid is None or time.monotonic() > given_up:
                self.kill()
                last = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
                raise NotReady(f"{self.log.stem} was not ready; its last words:\n{last}")
            time.sleep(_PAUSE)

    @property
    def pid(self) -> int | None:
        """The process's number while it runs."""
        if self._running is None or self._running.poll() is not None:
            return None
        return self._running.pid

    def stop(self) -> None:
        """Ask it to end and wait for that; end it hard if it takes too long."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self._running = self._running, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(ENOUGH)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.status = process.returncode


def _ending_with_us() -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()
