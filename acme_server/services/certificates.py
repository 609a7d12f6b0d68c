"""Certificates: downloaded with their chain (RFC 8555 §7.4.2)."""

from http import HTTPStatus

from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.problems import not_found
from acme_server.protocol.replies import PEM_CHAIN, Reply
from acme_server.services.chains import chain_of
from acme_server.services.environment import Environment
from acme_server.services.requests import Verified


async def certificate(environment: Environment, request: Verified) -> Reply:
    """Return a certificate of the account that asks: the leaf first, then its chain, no root."""
    request.require_reading()
    found = await environment.documents.get(Certificate, request.parameter("serial"))
    if found is None or found.document.account != request.account_id:
        raise not_found("this account has no such certificate")
    chain = await chain_of(environment.documents, found.document.issuer)
    return Reply(HTTPStatus.OK, found.document.certificate + chain, media_type=PEM_CHAIN)
