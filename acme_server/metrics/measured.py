"""Ports that are measured: each does what the one it is around does, and counts."""

import time
from collections.abc import AsyncIterator

from acme_server.domain.audit import AuditEvent, AuditKind
from acme_server.domain.documents.document import Kind
from acme_server.metrics.instruments import Instruments
from acme_server.ports import (
    Audit,
    NonceRejected,
    Nonces,
    Record,
    Selection,
    Store,
    Stored,
    StoreUnavailable,
    ValidationFailure,
    ValidationRequest,
    Validator,
)

_MET = "met"


class MeasuredAudit:
    """An `Audit` that counts by kind, and issuance and revocation by profile."""

    def __init__(self, audit: Audit, instruments: Instruments) -> None:
        self._audit = audit
        self._instruments = instruments

    def record(self, event: AuditEvent) -> None:
        """Record an event."""
        self._audit.record(event)
        self._instruments.events.labels(event.kind.value).inc()
        match event.kind:
            case AuditKind.CERTIFICATE_ISSUED:
                self._instruments.issued.labels(event.who.profile).inc()
            case AuditKind.CERTIFICATE_REVOKED:
                self._instruments.revoked.labels(event.who.profile).inc()
            case AuditKind.CHALLENGE_MET | AuditKind.CHALLENGE_FAILED:
                problem = event.what.problem
                result = _MET if problem is None else problem.value
                self._instruments.challenges.labels(str(event.what.challenge), result).inc()


class MeasuredNonces:
    """`Nonces` that are counted."""

    def __init__(self, nonces: Nonces, instruments: Instruments) -> None:
        self._nonces = nonces
        self._issued, self._redeemed, self._rejected = (
            instruments.nonces.labels(result) for result in ("issued", "redeemed", "rejected")
        )

    def issue(self, *, authenticated: bool) -> str:
        """Return a fresh nonce."""
        self._issued.inc()
        return self._nonces.issue(authenticated=authenticated)

    async def redeem(self, nonce: str) -> None:
        """Use a nonce up."""
        try:
            await self._nonces.redeem(nonce)
        except NonceRejected:
            self._rejected.inc()
            raise
        self._redeemed.inc()


class MeasuredValidator:
    """A `Validator` whose attempts are timed."""

    def __init__(self, validator: Validator, instruments: Instruments) -> None:
        self._validator = validator
        self._attempts = instruments.attempts

    async def attempt(self, request: ValidationRequest) -> ValidationFailure | None:
        """Make an attempt."""
        began = time.perf_counter()
        failure = await self._validator.attempt(request)
        result = _MET if failure is None else failure.type.value
        self._attempts.labels(request.type.value, result).observe(time.perf_counter() - began)
        return failure


class MeasuredStore:
    """A `Store` whose failures are counted."""

    def __init__(self, store: Store, instruments: Instruments) -> None:
        self._store = store
        self._errors = instruments.store_errors

    async def get(self, kind: Kind, id: str) -> Stored | None:  # noqa: A002
        """Return the current document."""
        try:
            return await self._store.get(kind, id)
        except StoreUnavailable:
            self._count("get")
            raise

    async def create(self, record: Record) -> str:
        """Store a new document."""
        try:
            return await self._store.create(record)
        except StoreUnavailable:
            self._count("create")
            raise

    async def replace(self, record: Record, version: str) -> str:
        """Store a document over a version."""
        try:
            return await self._store.replace(record, version)
        except StoreUnavailable:
            self._count("replace")
            raise

    async def delete(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
        """Remove a document."""
        try:
            await self._store.delete(kind, id, version)
        except StoreUnavailable:
            self._count("delete")
            raise

    async def scan(self, selection: Selection) -> AsyncIterator[Stored]:
        """Yield the documents of a selection."""
        try:
            async for stored in self._store.scan(selection):
                yield stored
        except StoreUnavailable:
            self._count("scan")
            raise

    def _count(self, verb: str) -> None:
        self._errors.labels(verb).inc()
