"""Whether people were told the URL under which a profile is served; its clients are refused else.

The operator tells it by its own setting, the server serves under its own, and a signed request
names the URL that its client was told (RFC 8555 §6.4).
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from acme_server.ports import Clock
from certwright.bundles.profile import ProfileInForce

LOOK_EVERY: Final = 10.0
"""Seconds between two looks."""

_HTTPS_PORT: Final = 443

_log = logging.getLogger(__name__)


class ToldUrls:
    """The directory URLs that people were told, beside those that are served.

    Args:
        profiles: Returns those in force.
        served: Returns the URL of a profile's directory.
        clock: The time.
    """

    def __init__(
        self,
        profiles: Callable[[], Iterable[ProfileInForce]],
        served: Callable[[ProfileInForce], str],
        clock: Clock,
    ) -> None:
        self._profiles = profiles
        self._served = served
        self._clock = clock
        self._logged: Mapping[str, str] = {}

    async def run(self) -> None:
        """Go on looking, until cancelled."""
        while True:
            self.look()
            await self._clock.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Tell the log what differs, once each."""
        found = self.differing
        for profile, said in found.items():
            if self._logged.get(profile) != said:
                _log.warning("%s", said)
        self._logged = found

    @property
    def differing(self) -> Mapping[str, str]:
        """What differs in a sentence, by the profile as `NAMESPACE/NAME`."""
        return {
            each.key: _sentence(each, self._served(each))
            for each in self._profiles()
            if each.told_url is not None and not _same(each.told_url, self._served(each))
        }


def _sentence(profile: ProfileInForce, served: str) -> str:
    return (
        f"profile {profile.key} is served at {served}, and people are told {profile.told_url}: the "
        "operator's --server-url and this server's publicURL have to be the same"
    )


def _same(one: str, other: str) -> bool:
    return _parts(one) == _parts(other)


def _parts(url: str) -> tuple[str, str | None, int, str]:
    """Return what of a URL counts, which its host's case and the usual port don't."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url, None, 0, ""
    return parts.scheme, parts.hostname, _HTTPS_PORT if port is None else port, parts.path
