"""How an object stands: a verdict, and the status conditions that tell it.

Conditions are Kubernetes' (`metav1.Condition`, KEP-1623) with kstatus' meanings: `Ready` sums up
and is always there; `Stalled` is there only while nothing goes on until a person acts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from certwright.resources.status import Condition, ConditionStatus, Status

READY: Final = "Ready"
STALLED: Final = "Stalled"
_LONGEST_MESSAGE: Final = 32768


class Reason(StrEnum):
    """Every reason that a condition gives."""

    VALID = "Valid"
    ISSUED = "Issued"
    RENEWAL_DUE = "RenewalDue"
    RETIRED = "Retired"
    DISABLED = "Disabled"
    SERVED = "Served"
    GRANTED = "Granted"

    INVALID_SPEC = "InvalidSpec"
    EDIT_REFUSED = "EditRefused"
    REFERENCE_NOT_FOUND = "ReferenceNotFound"
    REFERENCE_NOT_PERMITTED = "ReferenceNotPermitted"
    REFERENCE_CYCLE = "ReferenceCycle"

    KEY_MISSING = "KeyMissing"
    KEY_NOT_PROVIDED = "KeyNotProvided"
    KEY_INVALID = "KeyInvalid"
    KEY_TYPE_MISMATCH = "KeyTypeMismatch"
    KEY_MISMATCH = "KeyMismatch"
    KEY_WITHHELD = "KeyWithheld"

    SECRET_NOT_FOUND = "SecretNotFound"  # noqa: S105 - a word, not a secret
    IMPORT_REFUSED = "ImportRefused"

    ISSUER_NOT_READY = "IssuerNotReady"
    ISSUER_NOT_ACTIVE = "IssuerNotActive"
    ISSUER_REFUSED = "IssuerRefused"
    CERTIFICATE_AWAITED = "CertificateAwaited"
    CERTIFICATE_REFUSED = "CertificateRefused"
    CERTIFICATE_EXPIRED = "CertificateExpired"

    NOT_GRANTED = "NotGranted"
    EXCEEDS_GRANT = "ExceedsGrant"
    EXPIRED = "Expired"
    SUSPENDED = "Suspended"
    SECRET_MISSING = "SecretMissing"  # noqa: S105 - a word, not a secret
    SECRET_NOT_REACHABLE = "SecretNotReachable"  # noqa: S105 - a word, not a secret
    SECRET_NAME_TAKEN = "SecretNameTaken"  # noqa: S105 - a word, not a secret


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an object stands.

    Args:
        ready: Whether it does what its spec wants.
        reason: Why, for programs.
        message: Why, as a sentence. It depends on nothing but the present state: planning again
            must say the same.
        stalled: Whether only a person can get it going. What waits for another object, to appear
            or to become ready, isn't stalled: the order of `kubectl apply` doesn't matter. What
            somebody refuses is, though a later grant gets it going by itself.
    """

    ready: bool
    reason: Reason
    message: str
    stalled: bool = False


class NotReady(Exception):
    """An object can't be what its spec wants.

    Attributes:
        verdict: How it stands instead.
    """

    def __init__(self, reason: Reason, message: str, *, stalled: bool = False) -> None:
        super().__init__(message)
        self.verdict = Verdict(False, reason, message, stalled)


@dataclass(frozen=True, slots=True)
class Observation:
    """Of which generation of an object a verdict is, and what its status said before.

    Args:
        generation: The object's generation that is in force.
        previous: Its status as it was last written.
        refused_edit: Why a later edit of the object was refused; None if none was.
        now: Aware.
    """

    generation: int
    previous: Status
    refused_edit: str | None
    now: datetime

    def conditions(self, verdict: Verdict) -> tuple[Condition, ...]:
        """Return the conditions that tell a verdict; `lastTransitionTime` moves with `status`."""
        return tuple(self._conditions(verdict))

    def _conditions(self, verdict: Verdict) -> Iterator[Condition]:
        yield self._condition(READY, verdict.ready, verdict.reason, verdict.message)
        if self.refused_edit is not None:
            yield self._condition(STALLED, True, Reason.EDIT_REFUSED, self.refused_edit)
        elif verdict.stalled:
            yield self._condition(STALLED, True, verdict.reason, verdict.message)

    def _condition(self, kind: str, holds: bool, reason: Reason, message: str) -> Condition:
        status = ConditionStatus.TRUE if holds else ConditionStatus.FALSE
        before = self.previous.condition(kind)
        same = before is not None and before.status is status
        return Condition(
            type=kind,
            status=status,
            observed_generation=self.generation,
            last_transition_time=(
                before.last_transition_time
                if before is not None and same
                else self.now.replace(microsecond=0)
            ),
            reason=reason,
            message=message[:_LONGEST_MESSAGE],
        )
