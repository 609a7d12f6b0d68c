"""The objects that the server's TLS is kept in: how they are read, and how they should be."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from certwright.pki import chains, keys
from certwright.pki.authorities import Issuer
from certwright.pki.errors import PKIError
from certwright.resources.times import TimeError, format_time, parse_time
from certwright.serving.authority import ServingAuthority
from certwright.serving.certificate import ServingCertificate
from certwright_operator.children import labels
from certwright_operator.children.child import Child
from certwright_operator.children.places import ChildKey, ChildKind
from certwright_operator.children.wanted import Wanted

AUTHORITY: Final = "serving-authority"
"""The Secret with the roots and their keys, in the operator's namespace."""

TRUST: Final = "trust.server"
"""The ConfigMap with the roots to be trusted, in the server's namespace."""

ROTATE: Final = "certwright.dev/rotate"
"""Annotation of `AUTHORITY`: each new text asks for a rotation."""

ROTATED: Final = "certwright.dev/rotated"
"""Annotation of `AUTHORITY`: the last text of `ROTATE` that a rotation was begun for."""

PHASE_SINCE: Final = "certwright.dev/rotation-phase-since"
"""Annotation of `AUTHORITY`: when the present phase of a rotation has begun; empty if none has."""

_KIND: Final = "serving"
_CURRENT: Final = "tls"
_COMING: Final = "next"
_LEAVING: Final = "previous.crt"


class Unusable(Exception):
    """What is stored can't be read. The sentence holds nothing of a key."""


def authority_key(namespace: str) -> ChildKey:
    """Return where the roots are, by the operator's namespace."""
    return ChildKey(ChildKind.SECRET, namespace, AUTHORITY)


def trust_key(namespace: str) -> ChildKey:
    """Return where the roots to be trusted are, by the server's namespace."""
    return ChildKey(ChildKind.CONFIG_MAP, namespace, TRUST)


def wanted_authority(key: ChildKey, authority: ServingAuthority) -> Wanted:
    """Return the Secret with the roots."""
    since = authority.since
    leaving = authority.leaving
    return Wanted(
        key,
        {**labels.OURS, labels.KEY: _KIND},
        {
            ROTATED: authority.answered,
            PHASE_SINCE: "" if since is None else format_time(since),
        },
        {
            **_issuer_data(_CURRENT, authority.current),
            **({} if authority.coming is None else _issuer_data(_COMING, authority.coming)),
            **({} if leaving is None else {_LEAVING: chains.to_pem_chain([leaving]).encode()}),
        },
        precious=True,
    )


def wanted_trust(key: ChildKey, pem: bytes) -> Wanted:
    """Return the ConfigMap with the roots to be trusted."""
    return Wanted(key, {**labels.OURS, labels.TRUST: "server"}, {}, {labels.TRUST_DATA: pem})


def wanted_served(key: ChildKey, served: ServingCertificate, trust: bytes) -> Wanted:
    """Return the Secret that the server serves with."""
    data = {
        labels.CERTIFICATES_DATA: served.certificate_pem,
        labels.KEY_DATA: served.key_pem,
        labels.TRUST_DATA: trust,
    }
    return Wanted(key, labels.OURS, {}, data, type="kubernetes.io/tls")


def authority_in(secret: Child) -> ServingAuthority:
    """Read the roots.

    Raises:
        Unusable: They can't be read.
    """
    leaving = secret.data.get(_LEAVING)
    try:
        current, coming = _issuer(_CURRENT, secret.data), _issuer(_COMING, secret.data)
        left = None if leaving is None else chains.certificate_from_pem(_text(leaving))
    except PKIError as error:
        raise Unusable(str(error)) from None
    if current is None:
        raise Unusable(f"it has no {_CURRENT}.crt or no {_CURRENT}.key")
    since = _time(secret.annotations.get(PHASE_SINCE, ""))
    return ServingAuthority(current, coming, left, since, secret.annotations.get(ROTATED, ""))


def served_in(secret: Child) -> ServingCertificate | None:
    """Read what the server serves with; None if that has to be made anew."""
    return ServingCertificate.read(
        secret.data.get(labels.KEY_DATA, b""), secret.data.get(labels.CERTIFICATES_DATA, b"")
    )


def _issuer(name: str, data: Mapping[str, bytes]) -> Issuer | None:
    certificate, key = data.get(f"{name}.crt"), data.get(f"{name}.key")
    if certificate is None or key is None:
        return None
    read = chains.certificate_from_pem(_text(certificate))
    return Issuer(read, keys.private_key_from_pem(key), ())


def _issuer_data(name: str, issuer: Issuer) -> dict[str, bytes]:
    certificate = chains.to_pem_chain([issuer.certificate]).encode()
    return {f"{name}.crt": certificate, f"{name}.key": keys.private_key_to_pem(issuer.key)}


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _time(text: str) -> datetime | None:
    """Read a time; one that a person broke is taken anew."""
    try:
        return parse_time(text)
    except TimeError:
        return None
