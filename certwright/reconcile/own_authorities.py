"""The two authorities of a profile with `issuer.selfSigned`: a root, and one below it that issues.

They are planned as if somebody had written them; their keys are kept the same way. The root signs
nothing but the other, so what a client's chain ends in outlives many of its issuers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from certwright.reconcile.effects import Effects
from certwright.reconcile.establishment import Claim, Establishment, establish
from certwright.reconcile.events import Event
from certwright.reconcile.existing import Existing, SignerKey, SignerRole
from certwright.reconcile.steps import Step
from certwright.reconcile.verdicts import Verdict
from certwright.resources.authority import AuthoritySpec, Intermediate, Root
from certwright.resources.profile import CertificateProfile
from certwright.resources.references import LocalReference

_ROOT_DURATION: Final = timedelta(hours=87600)
_ISSUER_DURATION: Final = timedelta(hours=43800)
_LONGEST_COMMON_NAME: Final = 64  # RFC 5280 appendix A.1, ub-common-name


@dataclass(frozen=True, slots=True)
class OwnAuthorities:
    """A profile's own root and issuer."""

    root: Establishment
    issuer: Establishment

    @property
    def trouble(self) -> Verdict | None:
        """Why they issue nothing now, None if they do.

        The root's comes first: the issuer's may follow from it. Neither has a status of its own
        to tell it in.
        """
        if self.issuer.issuer is not None:
            return None
        cause = self.issuer if self.root.issuer is not None else self.root
        message = f"{cause.claim.name} is not ready: {cause.verdict.message}"
        return replace(cause.verdict, ready=False, message=message)

    @property
    def steps(self) -> Iterator[Step]:
        """What to write, the root's first."""
        yield from self.root.steps
        yield from self.issuer.steps

    @property
    def moments(self) -> Iterator[datetime]:
        """When planning has to look again."""
        yield from self.root.moments
        yield from self.issuer.moments

    @property
    def events(self) -> tuple[Event, ...]:
        """What was done."""
        return tuple(
            replace(event, message=f"{each.claim.name}: {event.message}")
            for each in (self.root, self.issuer)
            for event in each.events
        )


def establish_own(
    profile: CertificateProfile, existing: Existing, effects: Effects, now: datetime
) -> OwnAuthorities:
    """Return a profile's own authorities, with keys and certificates if they may have new ones."""
    root = establish(_root(profile), existing, effects, now)
    return OwnAuthorities(root, establish(_issuer(profile, root), existing, effects, now))


def _root(profile: CertificateProfile) -> Claim:
    return Claim(
        SignerKey(profile.key, SignerRole.PROFILE_ROOT),
        f"the root of CertificateProfile {profile.key}",
        AuthoritySpec(
            root=Root(),
            common_name=_common_name(profile, "Root"),
            duration=_ROOT_DURATION,
            max_path_length=1,
        ),
        identifier=profile.status.root_key_identifier,
    )


def _issuer(profile: CertificateProfile, root: Establishment) -> Claim:
    return Claim(
        SignerKey(profile.key, SignerRole.PROFILE_ISSUER),
        f"the issuer of CertificateProfile {profile.key}",
        AuthoritySpec(
            intermediate=Intermediate(authority_ref=LocalReference(name=profile.metadata.name)),
            common_name=_common_name(profile, "Issuer"),
            duration=_ISSUER_DURATION,
            max_path_length=0,
        ),
        parent=root.as_parent,
        identifier=profile.status.issuer_key_identifier,
    )


def _common_name(profile: CertificateProfile, role: str) -> str:
    """Return `pki/web Root`, cut short where that is too long: keys, not names, tell CAs apart."""
    longest = _LONGEST_COMMON_NAME - len(role) - 1
    return f"{str(profile.key)[:longest]} {role}"
