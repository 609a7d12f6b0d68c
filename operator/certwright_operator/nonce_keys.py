"""The keys that the server's replicas seal nonces under: made once, and replaced every month."""

import base64
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from certwright.bundles.document import BundleRefused
from certwright.bundles.nonce_keys import NonceKeysBundle, due_keys
from certwright.bundles.objects import BUNDLE_KEY, BUNDLE_LABEL, NONCE_KEYS_NAME, BundleKind
from certwright_operator.api.port import (
    API,
    SECRETS,
    AlreadyExists,
    Conflict,
    NotFound,
    Object,
    Refused,
    Unavailable,
)

logger = logging.getLogger(__name__)

_PAUSE: Final = timedelta(minutes=10)
_PAUSE_AFTER_FAILURE: Final = timedelta(seconds=10)


class Clock(Protocol):
    """The time, and a way to let it pass."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...


class NonceKeys:
    """Keeps the Secret `nonce-keys` of the server's namespace.

    Args:
        api: The API server.
        namespace: The server's.
        clock: The machine's.
        random_bytes: Returns that many bytes that nobody can guess.
    """

    def __init__(
        self, api: API, namespace: str, clock: Clock, random_bytes: Callable[[int], bytes]
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._clock = clock
        self._random_bytes = random_bytes

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            pause = _PAUSE
            try:
                await self.keep()
            except (Refused, Unavailable) as failure:
                logger.warning("the keys of nonces can't be kept up yet: %s", failure)
                pause = _PAUSE_AFTER_FAILURE
            except BundleRefused as refused:
                logger.warning(
                    "the Secret %s/%s can't be used and is left as it is: %s; delete it, and new "
                    "keys are made",
                    self._namespace,
                    NONCE_KEYS_NAME,
                    refused,
                )
            await self._clock.sleep(pause.total_seconds())

    async def keep(self) -> None:
        """Make the keys if there are none, and replace what has had its time.

        Raises:
            Refused, Unavailable: the Secret can't be read or written.
            BundleRefused: what is there can't be read, or is of a newer version of the operator.
        """
        found = await self._found()
        current = None if found is None else _bundle_of(found)
        due = due_keys(current, self._clock.now(), self._random_bytes)
        if due is None:
            return
        try:
            await self._write(found, due)
        except (AlreadyExists, Conflict):
            return  # another replica was faster
        logger.info("new keys for nonces: %s", ", ".join(key.id for key in due.keys))

    async def _found(self) -> Object | None:
        try:
            return await self._api.get(SECRETS, self._namespace, NONCE_KEYS_NAME)
        except NotFound:
            return None

    async def _write(self, found: Object | None, bundle: NonceKeysBundle) -> None:
        data = {BUNDLE_KEY: base64.b64encode(bundle.to_json()).decode()}
        if found is None:
            metadata = {"name": NONCE_KEYS_NAME, "labels": {BUNDLE_LABEL: BundleKind.NONCE_KEYS}}
            body: Object = {"metadata": metadata, "type": "Opaque", "data": data}
            await self._api.create(SECRETS, self._namespace, body)
            return
        version = {"resourceVersion": found["metadata"]["resourceVersion"]}
        patch: Object = {"metadata": version, "data": data}
        await self._api.merge(SECRETS, self._namespace, NONCE_KEYS_NAME, patch)


def _bundle_of(secret: Object) -> NonceKeysBundle:
    try:
        text = base64.b64decode((secret.get("data") or {})[BUNDLE_KEY])
    except (KeyError, TypeError, ValueError):
        raise BundleRefused(f"{BUNDLE_KEY} is missing") from None
    return NonceKeysBundle.from_json(text)
