"""newAccount, and reading, updating and deactivating an account (RFC 8555 §7.3).

One account a key: the AccountKey document, created first, decides. An AccountKey whose account is
missing is a registration that died half-way, and whoever comes next finishes it under that id.
"""

import logging
from http import HTTPStatus

from acme_server.domain.audit import AuditKind, Matter
from acme_server.domain.documents.accounts import Account
from acme_server.domain.problems import ACMEError, ErrorType, refuse, unauthorized
from acme_server.domain.transitions import deactivated_account
from acme_server.ports import AlreadyExists, Conflict
from acme_server.protocol import payloads, rendering
from acme_server.protocol.payloads import NewAccount
from acme_server.protocol.replies import Reply
from acme_server.services import bindings, enrollments
from acme_server.services.account_keys import claim, claimed_for, holder
from acme_server.services.account_use import note_use
from acme_server.services.auditing import tell, tell_refusal
from acme_server.services.authentication import require_valid
from acme_server.services.bindings import Bound
from acme_server.services.documents import Versioned
from acme_server.services.environment import Environment, require
from acme_server.services.requests import Verified
from acme_server.services.standing import key_identifier, refusal

_log = logging.getLogger(__name__)


async def new_account(environment: Environment, request: Verified) -> Reply:
    """Create an account, or answer with the one that the key has (RFC 8555 §7.3, §7.3.1).

    A known key is answered before anything is asked of the external account binding: cert-manager
    sends its binding again each time it looks, whatever became of the credential meanwhile.
    """
    wanted = payloads.new_account(request.object())
    existing = await holder(environment.documents, request.profile.key, request.key.thumbprint)
    if existing is not None:
        return _reply(request, await _known(environment, request, wanted, existing), HTTPStatus.OK)
    if wanted.only_return_existing:
        raise refuse(ErrorType.ACCOUNT_DOES_NOT_EXIST, "no account has this key")
    require(environment.checks.registering)
    bound = await _binding(environment, request, wanted)
    account, created = await _create(environment, request, wanted, bound)
    if created:
        what = Matter(new_key=request.key.thumbprint)
        tell(environment, request, AuditKind.ACCOUNT_CREATED, what, account)
    return _reply(request, account, HTTPStatus.CREATED if created else HTTPStatus.OK)


async def account(environment: Environment, request: Verified) -> Reply:
    """Read, update or deactivate the account that signs (RFC 8555 §7.3.2, §7.3.6)."""
    if request.parameter("account") != request.account_id:
        raise unauthorized("an account can be read and changed by its own key only")
    update = payloads.account_update(request.changes())
    current = request.owner
    if update.deactivate:
        changed = await environment.documents.replace(
            current, deactivated_account(current.document)
        )
        tell(environment, request, AuditKind.ACCOUNT_DEACTIVATED, Matter())
        await enrollments.leave(
            environment.documents, changed.document.enrollment, changed.document.id
        )
        return _reply(request, changed.document, HTTPStatus.OK)
    if update.contact is not None and update.contact != current.document.contact:
        current = await environment.documents.replace(
            current, current.document.but(contact=update.contact)
        )
        tell(environment, request, AuditKind.ACCOUNT_UPDATED, Matter())
    return _reply(request, current.document, HTTPStatus.OK)


async def _binding(environment: Environment, request: Verified, wanted: NewAccount) -> Bound | None:
    if wanted.external_account_binding is not None:
        return await bindings.verify(environment, request, wanted.external_account_binding)
    if request.profile.external_account_required:
        raise bindings.required()
    return None


async def _create(
    environment: Environment, request: Verified, wanted: NewAccount, bound: Bound | None
) -> tuple[Account, bool]:
    """Return the key's account and whether this call created it."""
    profile = request.profile.key
    if bound is not None:
        begun = await claimed_for(environment.documents, profile, request.key.thumbprint)
        await enrollments.require_place(environment, bound.credential, begun)
    fresh = environment.new_id()
    account_id = await claim(environment.documents, profile, request.key.thumbprint, fresh)
    enrollment = None
    if bound is not None:
        enrollment = await enrollments.enroll(environment, bound.credential, account_id)
    wished = Account(
        id=account_id,
        profile=profile,
        key=request.key.jwk,
        contact=wanted.contact,
        credential=None if bound is None else bound.binding,
        enrollment=enrollment,
        created=environment.now(),
    )
    try:
        return (await environment.documents.create(wished)).document, True
    except AlreadyExists:
        found = await holder(environment.documents, profile, request.key.thumbprint)
        if found is None:
            raise Conflict from None
        if found.document.enrollment != enrollment:
            await enrollments.leave(environment.documents, enrollment, account_id)
        return found.document, False


async def _known(
    environment: Environment, request: Verified, wanted: NewAccount, found: Versioned[Account]
) -> Account:
    """Return the account of a known key, bound anew where its old binding has died.

    What comes of the binding is not this answer's matter: the key is known, so it is 200.
    """
    require_valid(found.document)
    found = await note_use(environment, found)
    current = found.document
    if wanted.only_return_existing or wanted.external_account_binding is None:
        return current
    if not await _binding_is_dead(environment, request, current):
        return current
    try:
        return await _bound_anew(environment, request, wanted, found)
    except ACMEError as error:
        if error.problem.status is HTTPStatus.SERVICE_UNAVAILABLE:
            raise
        _log.info("account %s stays bound as it was: %s", current.id, error)
        tell_refusal(environment, request, error)
        return current


async def _bound_anew(
    environment: Environment, request: Verified, wanted: NewAccount, found: Versioned[Account]
) -> Account:
    """Return the account, bound by what the request proves; its old place goes last."""
    current = found.document
    bound = await bindings.verify(environment, request, wanted.external_account_binding)
    await enrollments.require_place(environment, bound.credential, current.id)
    enrollment = await enrollments.enroll(environment, bound.credential, current.id)
    changed = current.but(credential=bound.binding, enrollment=enrollment)
    stored = (await environment.documents.replace(found, changed)).document
    tell(environment, request, AuditKind.ACCOUNT_BOUND_ANEW, Matter(), stored)
    if current.enrollment != enrollment:
        await enrollments.leave(environment.documents, current.enrollment, current.id)
    return stored


async def _binding_is_dead(environment: Environment, request: Verified, current: Account) -> bool:
    """Whether the account may order no more but could if its key's owner proved a secret again.

    Without this a credential that was made anew, or a leak that was dealt with, would lock its own
    tenants out for good: their clients register again with the same key and the new secret.
    """
    if current.credential is None:
        return request.profile.external_account_required
    credential = await environment.bundles.credential(key_identifier(current.credential))
    return refusal(current.credential, credential, request.profile) is not None


def _reply(request: Verified, account: Account, status: HTTPStatus) -> Reply:
    body = rendering.account(account, request.urls)
    return Reply(status=status, body=body, location=request.urls.account(account.id))
