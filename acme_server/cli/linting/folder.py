"""A folder -> everything that is found about it."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from acme_server.cli.linting.findings import LintFinding, Severity
from acme_server.cli.linting.verdicts import Verdicts
from acme_server.cli.linting.warnings import warnings
from acme_server.sources.admission import Admission
from certwright.pki import certificates, keys
from certwright.reconcile.effects import Effects
from certwright.reconcile.existing import Existing
from certwright.reconcile.plan import make_plan
from certwright.resources.errors import Place, ResourceNotice
from certwright.resources.folder import LoadedFolder, load_folder

_THROWN_AWAY = Effects(keys.generate, secrets.token_bytes, certificates.random_serial)
_NOWHERE = "https://localhost"


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found, by file, document and line, and in how many objects."""

    findings: tuple[LintFinding, ...]
    objects: int

    @property
    def worst(self) -> Severity | None:
        """The severity that decides; None if nothing was found."""
        found = {each.severity for each in self.findings}
        return next((severity for severity in Severity if severity in found), None)


def lint(folder: Path, now: datetime, *, partial: bool) -> Linted:
    """Check a folder's documents.

    Where a document can't be used only that is told: what refers to it would seem to refer to
    nothing.

    Args:
        folder: Holds the documents.
        now: Aware.
        partial: Whether other documents exist elsewhere, so that a reference may lead out.
    """
    loaded = load_folder(folder)
    found = [*_of_loading(loaded, folder)]
    if not loaded.errors:
        found += _of_objects(loaded, now, partial)
    return Linted(_sorted(found), len(loaded.places))


def _of_loading(loaded: LoadedFolder, folder: Path) -> Iterator[LintFinding]:
    for error in loaded.errors:
        yield LintFinding(Severity.ERROR, "InvalidDocument", error)
    for notice in loaded.warnings:
        yield LintFinding(Severity.WARNING, "Ignored", notice)
    if not loaded.errors and not loaded.places:
        message = "holds no document of Certwright in any *.yaml, *.yml or *.json"
        yield LintFinding(Severity.WARNING, "Empty", ResourceNotice(Place(str(folder)), message))


def _of_objects(loaded: LoadedFolder, now: datetime, partial: bool) -> Iterator[LintFinding]:
    world = Admission({}, lambda: secrets.token_hex(16), now).admit(loaded.resources)
    plan = make_plan(world, Existing(), _THROWN_AWAY, _NOWHERE, now)
    yield from Verdicts(loaded, world, plan, partial, now).findings()
    yield from warnings(loaded, plan, now)


def _sorted(found: Iterable[LintFinding]) -> tuple[LintFinding, ...]:
    def place(each: LintFinding) -> tuple[str, int, int]:
        where = each.finding.place
        return where.file, where.document, where.line

    return tuple(sorted(found, key=place))
