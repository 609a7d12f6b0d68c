"""What documents alone tell against a name that a profile's policy allows: its line of issuers.

For people and their CI, before anything has a key. What only a running server knows isn't asked:
whether keys and certificates are there, how a request that went offline was answered, and what an
imported certificate says.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from certwright.pki.constraints import InvalidNameConstraints
from certwright.pki.names import SubjectAlternativeNames
from certwright.reconcile.certificate_contents import name_constraints
from certwright.reconcile.verdicts import NotReady
from certwright.reconcile.world import ObjectId, World
from certwright.resources.authority import AuthorityState, CertificateAuthority
from certwright.resources.profile import CertificateProfile
from certwright.resources.references import LocalReference


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a profile's authorities issue nothing, or not for some name.

    Args:
        rule: Object and field that decide: `CertificateAuthority pki/root: state`.
        message: A sentence.
    """

    rule: str
    message: str


def objections(
    world: World, profile: CertificateProfile, names: SubjectAlternativeNames
) -> Iterator[Objection]:
    """Tell what keeps a profile's authorities from issuing for names, from the issuer up.

    Without names it is what keeps them from issuing anything.
    """
    line: list[CertificateAuthority] = []
    above = _above(profile)
    while above is not None:
        user = line[-1] if line else profile
        rule = f"{ObjectId.of(user)}: {above.field}"
        try:
            authority = world.authority(above.reference, user)
        except NotReady as missing:
            yield Objection(rule, missing.verdict.message)
            return
        if authority in line:
            yield Objection(rule, f"the authorities sign each other in a circle: {authority.key}")
            return
        line.append(authority)
        yield from _of_state(authority, issues=len(line) == 1)
        yield from _of_constraints(authority, names)
        above = _above(authority)


@dataclass(frozen=True, slots=True)
class _Above:
    """Who signs for an object, and the field that says so."""

    field: str
    reference: LocalReference


def _above(user: CertificateProfile | CertificateAuthority) -> _Above | None:
    """Return who signs for a profile or an authority; None where no other object does."""
    if isinstance(user, CertificateProfile):
        field, reference = "issuer.authorityRef", user.spec.issuer.authority_ref
    else:
        intermediate = user.spec.intermediate
        reference = None if intermediate is None else intermediate.authority_ref
        field = "intermediate.authorityRef"
    return None if reference is None else _Above(field, reference)


def _of_state(authority: CertificateAuthority, *, issues: bool) -> Iterator[Objection]:
    """What a Retired authority has signed goes on, so only the issuer itself must be Active."""
    state = authority.spec.state
    if state is AuthorityState.DISABLED or (issues and state is not AuthorityState.ACTIVE):
        who = ObjectId.of(authority)
        does = "signs no new certificates" if issues else "stops everything below it"
        yield Objection(f"{who}: state", f"{who} is {state} and {does}")


def _of_constraints(
    authority: CertificateAuthority, names: SubjectAlternativeNames
) -> Iterator[Objection]:
    who = ObjectId.of(authority)
    try:
        constraints = name_constraints(authority.spec.name_constraints)
        said = () if constraints is None else constraints.violations(names)
    except InvalidNameConstraints as invalid:
        said = (str(invalid),)
    if said:
        yield Objection(f"{who}: nameConstraints", f"{who} can't sign for this: {'; '.join(said)}")
