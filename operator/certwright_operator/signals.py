"""The signals that ask a process to stop."""

import asyncio
import logging
import signal

logger = logging.getLogger(__name__)


class Signals:
    """Cancels a task at SIGTERM or SIGINT.

    Args:
        task: The one to cancel; None cancels nothing.
    """

    def __init__(self, task: asyncio.Task[None] | None) -> None:
        self._task = task
        self.came = False

    def listen(self) -> None:
        """Take the signals of the running loop, from whoever has them."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self._stop, each)

    def _stop(self, number: signal.Signals) -> None:
        logger.info("asked to stop by %s", number.name)
        if not self.came and self._task is not None:
            self._task.cancel()
        self.came = True
