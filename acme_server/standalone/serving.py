"""Serving TLS: with the server's own certificate, renewed in time, or with the one it was given."""

import ssl
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from acme_server.assembly.given_certificate import ServedFiles, look_on
from acme_server.ports import Clock
from acme_server.sources.folder import KeepingFailed
from acme_server.standalone.files import Files
from acme_server.standalone.serving_certificate import ServingCertificate, ServingFiles
from acme_server.standalone.settings import Settings
from acme_server.web import tls
from certwright.reconcile.effects import Effects


class Serving:
    """The TLS of one server.

    Args:
        settings: Say whether a certificate was given.
        files: Where an own one is kept.
        effects: Keys and serial numbers.
        base_url: Scheme and authority of the server's URLs; an own certificate is for its host.
    """

    def __init__(self, settings: Settings, files: Files, effects: Effects, base_url: str) -> None:
        self._given = _given(settings)
        self._own = ServingCertificate(files, effects)
        self._host = str(urlsplit(base_url).hostname)
        self._served = ServedFiles(self._files.certificate, self._files.key)

    @property
    def context(self) -> ssl.SSLContext | None:
        """The TLS of connections; None before `start`."""
        return self._served.context

    @property
    def trust(self) -> Path | None:
        """The PEM file that clients need; None where a certificate was given."""
        return self._files.trust

    @property
    def _files(self) -> ServingFiles:
        return self._given or self._own.paths

    def start(self, hostnames: Iterable[str], now: datetime) -> None:
        """See to a certificate and load it.

        Raises:
            KeepingFailed: An own certificate can't be made or kept.
            InvalidServingCertificate: The given one can't be used.
        """
        self._ensure(hostnames, now)
        self._served.load()

    async def run(self, hostnames: Callable[[], Iterable[str]], clock: Clock) -> None:
        """Go on looking, until cancelled; what can't be used leaves the one before in force."""
        await look_on(lambda: self.look(hostnames(), clock.now()), clock, (KeepingFailed,))

    def look(self, hostnames: Iterable[str], now: datetime) -> None:
        """Look once: renew an own certificate when it is time, reload what has changed."""
        self._ensure(hostnames, now)
        self._served.look()

    def _ensure(self, hostnames: Iterable[str], now: datetime) -> None:
        if self._given is None:
            self._own.ensure({self._host, *hostnames}, now)


def require_usable(settings: Settings) -> None:
    """Refuse a given certificate that can't be served with, before anything is made.

    Raises:
        InvalidServingCertificate: naming the files.
    """
    given = _given(settings)
    if given is not None:
        tls.context(given.certificate, given.key)


def _given(settings: Settings) -> ServingFiles | None:
    if settings.tls.certificate is None or settings.tls.key is None:
        return None
    return ServingFiles(settings.tls.certificate, settings.tls.key)
