"""May a certificate have this subject? The common name and every other attribute is asked about."""

from collections.abc import Iterator

from certwright.pki.subjects import Subject
from certwright.policy.account import CompiledTemplate
from certwright.policy.common_names import common_name_covered
from certwright.policy.findings import Finding, listed
from certwright.policy.identifiers import Identifier
from certwright.policy.model import SubjectValues, field_name, values_of


def subject_findings(template: CompiledTemplate, subject: Subject) -> Iterator[Finding]:
    """Yield the attributes other than the common name that a template doesn't allow."""
    for attribute in SubjectValues.model_fields:
        for value in values_of(subject, attribute):
            yield from _attribute_findings(template, attribute, value)


def common_name_findings(template: CompiledTemplate, name: Identifier) -> Iterator[Finding]:
    """Yield why a template doesn't allow a name of the order as common name."""
    origin = template.policy.origin
    for pattern in template.denied.common_names:
        if pattern.touches(name):
            said = f"the common name {name} is denied by {pattern} in denied.commonName of {origin}"
            yield Finding(f"{origin}: denied.commonName", name.value, said)
    allowed = template.allowed.common_names
    if not common_name_covered(name, allowed):
        said = f"the common name {name} is not in allowed.commonName of {origin}"
        rule = f"{origin}: allowed.commonName"
        yield Finding(rule, name.value, f"{said}, which are: {listed(allowed)}")


def _attribute_findings(
    template: CompiledTemplate, attribute: str, value: str
) -> Iterator[Finding]:
    origin, field = template.policy.origin, f"subject.{field_name(attribute)}"
    for pattern in template.denied.subject[attribute]:
        if pattern.matches(value):
            said = f"{field} {value!r} is denied by {str(pattern)!r} in denied.{field} of {origin}"
            yield Finding(f"{origin}: denied.{field}", value, said)
    allowed = template.allowed.subject[attribute]
    if not any(pattern.matches(value) for pattern in allowed):
        said = f"{field} {value!r} is not in allowed.{field} of {origin}"
        rule = f"{origin}: allowed.{field}"
        yield Finding(rule, value, f"{said}, which are: {listed(allowed)}")
