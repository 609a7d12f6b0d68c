"""Waits until there is something to watch: kopf looks only once for the kinds that are served."""

import logging
from typing import Final, Protocol

from certwright_operator.api.port import API, KINDS, NotServed, Refused, Unavailable

logger = logging.getLogger(__name__)

_PAUSE: Final = 2.0


class Clock(Protocol):
    """A way to let time pass."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...


async def served(api: API, clock: Clock) -> None:
    """Return once the API server serves the four kinds, however long that takes."""
    told = ""
    while missing := await _missing(api):
        if missing != told:
            logger.warning("wait: %s", missing)
            told = missing
        await clock.sleep(_PAUSE)


async def _missing(api: API) -> str:
    """Return what is missing, as a sentence; nothing if nothing is."""
    unserved = []
    for resource in KINDS.values():
        try:
            await anext(api.pages(resource, None, limit=1), None)
        except NotServed:
            unserved.append(f"{resource.plural}.{resource.group}")
        except (Refused, Unavailable) as failure:
            return str(failure)
    return f"the definitions are not there (crds/): {', '.join(unserved)}" if unserved else ""
