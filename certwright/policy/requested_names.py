"""Are a CSR's names exactly those of its order (RFC 8555 §7.4)?

The names of a CSR are its alternative names and its common name, whatever their case: clients put
them in either or both.
"""

from collections.abc import Iterable, Iterator, Sequence

from certwright.pki.names import SubjectAlternativeNames
from certwright.pki.requests import CertificateSigningRequest
from certwright.policy.findings import Finding, listed
from certwright.policy.identifiers import Identifier, IdentifierType

_RULE = "order: identifiers"


def name_findings(
    request: CertificateSigningRequest, identifiers: Sequence[Identifier]
) -> Iterator[Finding]:
    """Yield where a CSR's names are not exactly the order's."""
    asked = dict.fromkeys(_alternative_identifiers(request.alternative_names))
    yield from (_extra(name, identifiers) for name in asked if name not in identifiers)
    common_name = request.subject.common_name
    if common_name is not None:
        found = find_common_name(common_name, identifiers)
        if found is None:
            said = f"the CSR's common name {common_name!r} is not a name of the order"
            yield Finding(_RULE, common_name, f"{said}, which are: {listed(identifiers)}")
        else:
            asked[found] = None
    yield from (_missing(name) for name in identifiers if name not in asked)
    yield from _other_findings(request.alternative_names)


def find_common_name(common_name: str, identifiers: Iterable[Identifier]) -> Identifier | None:
    """Find the identifier that a common name writes, in whatever case."""
    folded = common_name.lower() if common_name.isascii() else common_name
    return next((each for each in identifiers if each.value == folded), None)


def _alternative_identifiers(names: SubjectAlternativeNames) -> Iterator[Identifier]:
    for name in names.dns_names:
        yield Identifier(IdentifierType.DNS, name)
    for address in names.ip_addresses:
        yield Identifier(IdentifierType.IP, str(address))


def _extra(name: Identifier, ordered: Iterable[Identifier]) -> Finding:
    said = f"the CSR asks for {name}, which is not a name of the order: {listed(ordered)}"
    return Finding(_RULE, name.value, said, name)


def _missing(name: Identifier) -> Finding:
    return Finding(_RULE, name.value, f"the CSR lacks {name}, a name of the order", name)


def _other_findings(names: SubjectAlternativeNames) -> Iterator[Finding]:
    kinds = (("e-mail address", names.email_addresses), ("URI", names.uris))
    for kind, values in kinds:
        for value in values:
            said = f"the CSR asks for the {kind} {value}, which no ACME order can carry"
            yield Finding(_RULE, value, said)
