"""What people see of a document in `kubectl get`: a phase, the names, a reason.

It is written with each change and read by nobody but people.
"""

from collections.abc import Callable
from typing import Any

from acme_server.domain.documents.document import Kind

Members = dict[str, Any]

#: Names that are shown of an order or certificate that has many.
_SHOWN = 3

#: A reason is a line of a table, not a report.
_LONGEST_REASON = 200

#: RFC 5280 §5.3.1.
_REVOCATION_REASONS = {
    0: "unspecified",
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}


def summary(kind: Kind, document: Members) -> dict[str, str]:
    """Return the members `phase`, `names` and `reason` of an object, those that have something.

    A document of another shape has none of them: what is for people alone must fail no write.
    """
    try:
        phase = _PHASES.get(kind, _no_phase)(document)
        names = _NAMES.get(kind, _names)(document)
        shown = {"phase": phase, "names": names, "reason": _reason(document)}
    except (AttributeError, LookupError, TypeError):
        return {}
    return {name: text for name, text in shown.items() if text}


def _names(document: Members) -> str:
    identifiers = [*document.get("identifiers", ()), document.get("identifier")]
    names = [each["value"] for each in identifiers if each]
    more = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN])
    wildcard = "*." if document.get("wildcard") else ""
    return wildcard + (f"{shown} and {more} more" if more > 0 else shown)


def _credential(document: Members) -> str:
    """Return the KID that an account is bound to: NAMESPACE.NAME of the credential."""
    bound = document.get("credential")
    return f"{bound['namespace']}.{bound['name']}" if bound else ""


def _reason(document: Members) -> str:
    if revocation := document.get("revocation"):
        return _REVOCATION_REASONS.get(revocation["reason"], str(revocation["reason"]))
    failed = [document, *document.get("challenges", ())]
    details = [each["error"]["detail"] for each in failed if each.get("error")]
    return str(details[0])[:_LONGEST_REASON] if details else ""


def _status(document: Members) -> str:
    return str(document.get("status", ""))


def _authorization(document: Members) -> str:
    challenges = {each.get("status") for each in document.get("challenges", ())}
    status = _status(document)
    return "processing" if status == "pending" and "processing" in challenges else status


def _order(document: Members) -> str:
    """Return what its document tells: an order's status is derived, and only its death stored.

    What was placed may be finalized by now: the certificate that it names by `serial` tells.
    """
    return "invalid" if document.get("error") else "placed"


def _certificate(document: Members) -> str:
    return "revoked" if document.get("revocation") else "issued"


def _no_phase(_document: Members) -> str:
    return ""


_NAMES: dict[Kind, Callable[[Members], str]] = {Kind.ACCOUNT: _credential}

_PHASES: dict[Kind, Callable[[Members], str]] = {
    Kind.ACCOUNT: _status,
    Kind.AUTHORIZATION: _authorization,
    Kind.ORDER: _order,
    Kind.CERTIFICATE: _certificate,
}
