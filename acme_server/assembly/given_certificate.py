"""Serving with a certificate that somebody else renews: its files are looked at again and again."""

import asyncio
import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from acme_server.ports import Clock
from acme_server.web import tls

LOOK_EVERY: Final = 10.0
"""Seconds between two looks."""

_log = logging.getLogger(__name__)


class ServedFiles:
    """A TLS context over two files, which may be one.

    Args:
        certificate: PEM file: the certificate, then its chain.
        key: PEM file: its private key.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self._certificate = certificate
        self._key = key
        self._marks: tuple[float, ...] = ()
        self.context: ssl.SSLContext | None = None

    def load(self) -> ssl.SSLContext:
        """Return the context to serve with.

        Raises:
            InvalidServingCertificate: The files can't be used.
        """
        self._marks = self._seen()
        self.context = tls.context(self._certificate, self._key)
        return self.context

    def look(self) -> None:
        """Look once: serve new connections with what has changed.

        Raises:
            InvalidServingCertificate: What the files hold now can't be used; what was, stays.
        """
        seen = self._seen()
        if seen != self._marks and self.context is not None:
            tls.reload(self.context, self._certificate, self._key)
            self._marks = seen
            _log.info("serving with a new certificate from %s", self._certificate)

    def _seen(self) -> tuple[float, ...]:
        return tuple(mark for file in (self._certificate, self._key) for mark in _marks(file))


async def look_on(
    look: Callable[[], None], clock: Clock, troubles: tuple[type[Exception], ...] = ()
) -> NoReturn:
    """Go on looking, until cancelled; the same trouble is told once, not every ten seconds.

    Args:
        look: Looks once; run in a thread. What it raises leaves what is served as it is.
        clock: The time.
        troubles: What it may raise, besides `InvalidServingCertificate` and `OSError`.
    """
    expected: tuple[type[Exception], ...] = (tls.InvalidServingCertificate, OSError, *troubles)
    told = ""
    while True:
        await clock.sleep(LOOK_EVERY)
        try:
            await asyncio.to_thread(look)
        except expected as error:
            if str(error) != told:
                _log.error("the serving certificate stays as it is: %s", error)
            told = str(error)
        else:
            told = ""


def _marks(file: Path) -> tuple[float, float]:
    try:
        found = file.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_ino)
