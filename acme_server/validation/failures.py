"""The one exception that ends an attempt."""

from dataclasses import dataclass

from acme_server.domain.problems import ErrorType


@dataclass(eq=False)
class AttemptFailed(Exception):
    """An attempt has failed, and this is what the client is told.

    `detail` is a sentence that holds nothing of what the target sent but numbers and words that
    this package knows: an account holder must not read an internal server through the CA (RFC 8555
    §10.4).
    """

    type: ErrorType
    detail: str

    def __str__(self) -> str:
        """Return the type and the sentence."""
        return f"{self.type}: {self.detail}"


def unauthorized(detail: str) -> AttemptFailed:
    """Return the failure of a target that answered, but not with the proof."""
    return AttemptFailed(ErrorType.UNAUTHORIZED, detail)


def connection(detail: str) -> AttemptFailed:
    """Return the failure to reach a target, or to get an answer from it."""
    return AttemptFailed(ErrorType.CONNECTION, detail)
