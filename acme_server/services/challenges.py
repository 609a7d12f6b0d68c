"""Challenges: read, and answered by a client that is ready to be validated (RFC 8555 §7.5.1)."""

from http import HTTPStatus

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.derivation import authorization_status
from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.states import AuthorizationStatus, ChallengeStatus
from acme_server.domain.problems import malformed, not_found
from acme_server.domain.transitions import challenge_of
from acme_server.protocol import payloads, rendering
from acme_server.protocol.replies import Link, Reply
from acme_server.services.authorizations import POLL_AFTER, find
from acme_server.services.environment import Environment
from acme_server.services.requests import Verified
from acme_server.services.standing import standing_of
from acme_server.services.validation_work import work_of


async def challenge(environment: Environment, request: Verified) -> Reply:
    """Read a challenge, or start its validation.

    An empty payload only reads; `{}` starts what is pending. Asking again while it is processing or
    after its end changes nothing and is no error: clients repeat themselves after an interruption.
    """
    if not request.only_reads:
        payloads.challenge_response(request.object())
    found = (await find(environment, request)).document
    wanted = _named(found, request.parameter("type"))
    if not request.only_reads and wanted.status is ChallengeStatus.PENDING:
        found = await _start(environment, request, found, wanted)
    current = environment.validations.with_latest_errors(found)
    return _reply(request, current, _named(current, wanted.type))


async def _start(
    environment: Environment, request: Verified, found: Authorization, wanted: Challenge
) -> Authorization:
    account = request.owner.document
    await standing_of(environment.bundles, request.profile, account)
    status = authorization_status(found, environment.now())
    if status is AuthorizationStatus.EXPIRED:
        raise malformed("the authorization has expired; make a new order")
    if status is not AuthorizationStatus.PENDING:
        return found
    if wanted.type not in request.profile.challenges:
        raise malformed(f"profile {request.profile.key} no longer offers {wanted.type}")
    work = work_of(found, wanted.type, account, request.arrival.client)
    started = None if work is None else await environment.validations.begin(work)
    if started is None or started.number != found.number:
        raise not_found("the authorization was replaced by a newer one")
    return started


def _named(authorization: Authorization, name: str) -> Challenge:
    known = [each for each in ChallengeType if each == name]
    found = challenge_of(authorization, known[0]) if known else None
    if found is None:
        raise not_found(f"the authorization has no {name} challenge")
    return found


def _reply(request: Verified, authorization: Authorization, challenge: Challenge) -> Reply:
    """Return the challenge, linked `up` to its authorization (RFC 8555 §7.5.1)."""
    urls, slot, number = request.urls, authorization.id, authorization.number
    processing = challenge.status is ChallengeStatus.PROCESSING
    return Reply(
        status=HTTPStatus.OK,
        body=rendering.challenge(authorization, challenge, urls),
        location=urls.challenge(slot, number, challenge.type),
        links=(Link(urls.authorization(slot, number), "up"),),
        retry_after=POLL_AFTER if processing else None,
    )
