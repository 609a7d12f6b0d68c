"""The secrets of a credential: drawn once, rotated by revision, the former accepted for a while."""

from collections.abc import Callable
from datetime import datetime

from certwright.bundles.credential import SECRET_LENGTH, CredentialSecret, encode_secret
from certwright.resources.credential import Rotation

Secrets = tuple[CredentialSecret, ...]
"""The current one, which has no end, first; then those before it that still bind."""


def rotated(
    before: Secrets, rotation: Rotation, random_bytes: Callable[[int], bytes], now: datetime
) -> Secrets:
    """Return the secrets of a credential now: the same until its revision is raised.

    With a new revision all earlier secrets end after its overlap at the latest: one that rotates in
    a hurry, with an overlap of zero, means every secret that was ever out.
    """
    current = next((each for each in before if each.expiration_time is None), None)
    if current is None:
        return (_drawn(rotation, random_bytes),)
    if current.revision >= rotation.revision:
        return tuple(each for each in before if _binds(each, now))
    end = now.replace(microsecond=0) + rotation.overlap
    former = (
        each.model_copy(update={"expiration_time": min(each.expiration_time or end, end)})
        for each in before
    )
    return (_drawn(rotation, random_bytes), *(each for each in former if _binds(each, now)))


def _drawn(rotation: Rotation, random_bytes: Callable[[int], bytes]) -> CredentialSecret:
    secret = encode_secret(random_bytes(SECRET_LENGTH))
    return CredentialSecret(revision=rotation.revision, secret=secret)


def _binds(secret: CredentialSecret, now: datetime) -> bool:
    return secret.expiration_time is None or now < secret.expiration_time
