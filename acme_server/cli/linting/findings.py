"""Findings about documents, as people and programs read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from certwright.reconcile.world import ObjectId
from certwright.resources.errors import Finding, Place
from certwright.resources.folder import LoadedFolder


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """Something isn't served as it is written."""
    WARNING = "warning"
    """It works, and can hardly be what was meant."""
    NOTICE = "notice"
    """Worth knowing; the exit status stays as it is."""


@dataclass(frozen=True, slots=True)
class LintFinding:
    """Something about a document.

    Args:
        severity: How much it matters.
        rule: What it is about, one CamelCase word for programs.
        finding: Where it is, and what.
    """

    severity: Severity
    rule: str
    finding: Finding

    @property
    def text(self) -> str:
        """One line: place, severity, object, field, what should be and what was found, rule."""
        place, finding = self.finding.place, self.finding
        found = f"; found {finding.found}" if finding.found else ""
        parts = (str(place), self.severity, place.title, finding.path, finding.message + found)
        return f"{': '.join(part for part in parts if part)} [{self.rule}]"

    @property
    def fields(self) -> Mapping[str, str | int]:
        """The same for programs."""
        place = self.finding.place
        return {
            "severity": self.severity,
            "rule": self.rule,
            "file": place.file,
            "document": place.document,
            "line": place.line,
            "kind": place.kind,
            "namespace": place.namespace,
            "name": place.name,
            "field": self.finding.path,
            "message": self.finding.message,
            "found": self.finding.found,
        }


def about(
    loaded: LoadedFolder,
    owner: ObjectId,
    what: tuple[Severity, str],
    message: str,
    field: str = "",
) -> LintFinding:
    """Return a finding about an object of a folder; `what` is its severity and its rule."""
    place: Place = loaded.places[(owner.kind, owner.key)]
    return LintFinding(*what, Finding(place, message, field))
