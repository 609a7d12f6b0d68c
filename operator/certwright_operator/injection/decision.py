"""Whether an Issuer is given trust, loses it, or is left as it is, and why."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from certwright.resources.metadata import ObjectKey
from certwright_operator.injection.issuer import ANNOTATION, Issuer

Directories: TypeAlias = Callable[[ObjectKey], str | None]
"""Returns a profile's directory URL; None for a profile that there isn't, or that can't be used."""


@dataclass(frozen=True, slots=True)
class Inject:
    """`spec.acme.caBundle` is to be this, base64 of PEM."""

    ca_bundle: str


@dataclass(frozen=True, slots=True)
class Release:
    """`spec.acme.caBundle` isn't ours any longer: it goes, unless somebody else owns it, too."""


class Concern(Enum):
    """What a person has to do with it that an Issuer is left as it is."""

    NONE = auto()
    """Nothing: all is right."""
    PASSING = auto()
    """Perhaps nothing: what is missing may be on its way."""
    LASTING = auto()
    """Something: the Issuer says what can't be done."""


@dataclass(frozen=True, slots=True)
class Leave:
    """The Issuer stays as it is.

    Args:
        concern: Whose turn it is.
        reason: A sentence, without the Issuer's name.
    """

    concern: Concern
    reason: str


Decision: TypeAlias = Inject | Release | Leave


def decide(issuer: Issuer, trust: bytes | None, directories: Directories) -> Decision:
    """Decide on an Issuer.

    What was injected goes with the annotation and only with it. While a profile is missing, an
    Issuer's server isn't the profile's, or the trust isn't known, what is there stays: it can't be
    wrong for the server that it was injected for, and without it every client of that server fails
    at once. A given Secret without its ca.crt may be a slip, too; who means it removes the
    annotation.

    Args:
        issuer: The Issuer.
        trust: The roots of the server's TLS as PEM; None while they aren't known.
        directories: Knows the profiles.
    """
    if issuer.source is None:
        return Release() if issuer.is_ours else _right("it doesn't ask for trust")
    hindrance = _misfit(issuer, issuer.source, directories)
    if hindrance is not None:
        return hindrance
    if trust is None:
        return _unknown(issuer)
    return _bundle(issuer, base64.b64encode(trust).decode())


def _unknown(issuer: Issuer) -> Leave:
    if issuer.is_ours and issuer.ca_bundle is not None:
        return Leave(
            Concern.PASSING,
            "spec.acme.caBundle stays as it was injected: the trust of the ACME server's TLS isn't "
            "known now; put ca.crt back into the given Secret, or remove the annotation "
            f"{ANNOTATION} if clients trust that certificate anyway",
        )
    return Leave(
        Concern.PASSING,
        f"spec.acme.caBundle is not set for {ANNOTATION}: the trust of the ACME server's TLS isn't "
        "known; if its certificate is in a given Secret, that needs a ca.crt",
    )


def _misfit(issuer: Issuer, source: str, directories: Directories) -> Leave | None:
    """Say why an Issuer isn't one of the profile that it names; None if it is."""
    namespace, _, name = source.partition("/")
    if not namespace or not name or "/" in name:
        return _asked(f"{source!r} is not NAMESPACE/NAME of a CertificateProfile")
    if not issuer.is_acme:
        return _asked("it has no spec.acme; only an ACME issuer has a caBundle")
    directory = directories(ObjectKey(namespace, name))
    if directory is None:
        return _asked(f"there is no CertificateProfile {source} that can be used", Concern.PASSING)
    if issuer.server != directory:
        return _asked(
            f"spec.acme.server is {issuer.server!r}, but the directory of CertificateProfile "
            f"{source} is {directory}"
        )
    if issuer.skips_verification:
        return _asked(
            "it has spec.acme.skipTLSVerify, which excludes a caBundle; remove that, and the "
            "server is verified by the injected trust"
        )
    return None


def _bundle(issuer: Issuer, wanted: str) -> Decision:
    if issuer.ca_bundle == wanted and issuer.is_ours:
        return _right("its caBundle is the trust of the ACME server's TLS")
    # What has the wanted value already is shared, so that it stays when others let go of it.
    if issuer.ca_bundle is None or issuer.ca_bundle == wanted:
        return Inject(wanted)
    if issuer.is_ours and not issuer.others:
        return Inject(wanted)
    owners = ", ".join(repr(each) for each in issuer.others) or "somebody unknown"
    return Leave(
        Concern.LASTING,
        f"spec.acme.caBundle is another one than {ANNOTATION} asks for, and belongs to {owners}; "
        "it is never overwritten: remove caBundle there, or the annotation",
    )


def _right(reason: str) -> Leave:
    return Leave(Concern.NONE, reason)


def _asked(reason: str, concern: Concern = Concern.LASTING) -> Leave:
    return Leave(concern, f"spec.acme.caBundle is not set for {ANNOTATION}: {reason}")
