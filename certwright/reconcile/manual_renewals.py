"""Certificates that only a person can renew: those signed offline, and those imported."""

from datetime import datetime

from certwright.pki.chains import earliest_expiry
from certwright.reconcile.certification import Path, is_signed_offline
from certwright.reconcile.verdicts import Reason, Verdict
from certwright.resources.authority import AuthoritySpec
from certwright.resources.times import format_time


def is_renewed_by_hand(spec: AuthoritySpec) -> bool:
    """Tell whether a person has to see to an authority's next certificate."""
    return spec.imported is not None or is_signed_offline(spec)


def renewal_time(spec: AuthoritySpec, path: Path) -> datetime:
    """Return when to see to it: before any certificate of the path ends.

    Without `renewBefore` that is when four fifths of the certificate's validity are over, which
    whoever signed it has chosen: `duration` says nothing about it.
    """
    end, begin = earliest_expiry(path), path[0].not_valid_before_utc
    return end - ((end - begin) / 5 if spec.renew_before is None else spec.renew_before)


def verdict(spec: AuthoritySpec, path: Path, now: datetime, todo: str) -> Verdict:
    """Return the verdict on an authority whose certificate is in force.

    Args:
        spec: What is wanted.
        path: The certificate and its chain.
        now: Aware.
        todo: What a person has to do once a new one is due.
    """
    told = f"the certificate is valid until {format_time(earliest_expiry(path))}"
    if now < renewal_time(spec, path):
        return Verdict(True, Reason.ISSUED, told)
    return Verdict(True, Reason.RENEWAL_DUE, f"{told}: {todo}")
