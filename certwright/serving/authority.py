"""The roots that the server's certificates are signed with, and the phases of their rotation."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from certwright.pki import chains, keys
from certwright.pki.authorities import AuthorityContents, Issuer, self_signed_root
from certwright.pki.subjects import Subject
from certwright.reconcile.effects import Effects
from certwright.serving.certificate import BACKDATE, KEY_TYPE

DURATION: Final = timedelta(days=5 * 365)
"""How long a root is valid."""

REPLACED_WITH_LEFT: Final = timedelta(days=365)
"""A root is replaced when so much of its life is left."""

OVERLAP: Final = timedelta(hours=24)
"""How long clients have to learn of a root before anything is signed with it, and how long the one
before is trusted after nothing of it is served any more."""

WORN_WITH_LEFT: Final = timedelta(hours=1)
"""With so little of its life left a root isn't waited for: what it signs is of no use."""

_DIFFERENCE: Final = timedelta(minutes=5)
"""Between the clocks of two replicas, at most."""

_NAME: Final = "Certwright serving CA"


@dataclass(frozen=True, slots=True)
class ServingAuthority:
    """The roots there are. While nothing rotates that is one.

    A rotation has two phases. First a root is *coming*: it is trusted, and signs nothing. Then it
    is the current one, and the one before is *leaving*: it is trusted, and its key is gone.

    Args:
        current: Signs.
        coming: Will sign next.
        leaving: Has signed before.
        since: When the phase began: when the coming root was published, or when the first
            certificate of the current one was stored; None until that is so.
        answered: The last of people's requests for a rotation that one was begun for; empty if
            there was none.
    """

    current: Issuer
    coming: Issuer | None = None
    leaving: x509.Certificate | None = None
    since: datetime | None = None
    answered: str = ""

    @property
    def rotates(self) -> bool:
        """Whether a rotation is under way."""
        return self.coming is not None or self.leaving is not None

    @property
    def trusted(self) -> tuple[x509.Certificate, ...]:
        """The roots to be trusted, the current first."""
        coming = () if self.coming is None else (self.coming.certificate,)
        leaving = () if self.leaving is None else (self.leaving,)
        return (self.current.certificate, *coming, *leaving)

    @property
    def trust(self) -> bytes:
        """The same in PEM."""
        return chains.to_pem_chain(self.trusted).encode()


@dataclass(frozen=True, slots=True)
class Change:
    """An authority as it should be now, and why, for logs."""

    authority: ServingAuthority
    reason: str


def founded(effects: Effects, now: datetime) -> Change:
    """Make an authority where there is none."""
    return Change(ServingAuthority(_new_root(effects, now)), "a root is made")


def due_change(
    authority: ServingAuthority, request: str, effects: Effects, now: datetime
) -> Change | None:
    """Return the next change to an authority that is due; None if it may stay as it is.

    Args:
        authority: As it is stored.
        request: What a person asks for a rotation with: one is begun for each new text, after the
            one under way. Empty asks for none.
        effects: Keys and serial numbers.
        now: Aware.
    """
    if authority.coming is not None:
        if _has_overlapped(authority, now):
            return Change(
                replace(
                    authority,
                    current=authority.coming,
                    coming=None,
                    leaving=authority.current.certificate,
                    since=None,
                ),
                "the new root signs from now on",
            )
        return None
    if authority.leaving is not None:
        if _has_overlapped(authority, now):
            ended = replace(authority, leaving=None, since=None)
            return Change(ended, "the former root isn't trusted any more")
        return None
    is_asked_for = request not in ("", authority.answered)
    if is_asked_for or _left(authority.current, now) <= REPLACED_WITH_LEFT:
        reason = "a rotation is asked for" if is_asked_for else "the root's end comes near"
        begun = replace(authority, coming=_new_root(effects, now), answered=request)
        return Change(begun, f"{reason}: a new root is trusted beside it")
    return None


def due_record(authority: ServingAuthority, now: datetime) -> Change | None:
    """Return the authority with the time at which its phase has begun; None if that is known.

    It is to be called when all is stored that belongs to the phase. A time that lies ahead was
    written by no clock that can be believed.
    """
    is_known = authority.since is not None and authority.since <= now + _DIFFERENCE
    if not authority.rotates or is_known:
        return None
    begun = replace(authority, since=now.replace(microsecond=0))
    return Change(begun, "clients have a day to learn of what is trusted")


def _has_overlapped(authority: ServingAuthority, now: datetime) -> bool:
    """Tell whether a phase has lasted long enough, or its current root will not."""
    is_over = authority.since is not None and now - authority.since >= OVERLAP
    return is_over or _left(authority.current, now) <= WORN_WITH_LEFT


def _left(issuer: Issuer, now: datetime) -> timedelta:
    return issuer.certificate.not_valid_after_utc - now


def _new_root(effects: Effects, now: datetime) -> Issuer:
    key = effects.generate_key(KEY_TYPE)
    # Two roots of one name couldn't be told apart by people, nor by some verifiers.
    digits = keys.subject_key_identifier(key.public_key()).hex()[:8]
    contents = AuthorityContents(
        Subject(common_name=f"{_NAME} {digits}"), now - BACKDATE, now + DURATION, max_path_length=0
    )
    return Issuer(self_signed_root(key, contents, effects.random_serial()), key, ())
