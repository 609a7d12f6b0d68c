"""What the API server's answers mean to a store."""

import logging
from http import HTTPStatus

from acme_server.domain.documents.document import Kind
from acme_server.kubernetes_api import answers
from acme_server.kubernetes_api.answers import Answer, Object
from acme_server.ports import StoreForbidden, StoreUnavailable
from acme_server.stores.kubernetes.kinds import GROUP, RESOURCES

logger = logging.getLogger(__name__)


def content(answer: Answer) -> Object:
    """Return the JSON object of a successful answer; raise `StoreUnavailable` if it has none."""
    found = answers.content(answer)
    if found is None:
        raise StoreUnavailable("the API server's answer is not a JSON object")
    return found


def is_absence(answer: Answer, kind: Kind, name: str) -> bool:
    """Tell whether an answer says that this very document is not there.

    To take any other 404 for an absent account would turn clients away for good.
    """
    return answers.is_absence(answer, GROUP, RESOURCES[kind].plural, name)


def unavailable(answer: Answer) -> StoreUnavailable:
    """Say that an answer is none that the store knows what to do with, and tell the log."""
    told = refusal(answer)
    logger.error("%s", told)
    return told


def refusal(answer: Answer) -> StoreUnavailable:
    """Say that an answer is none that the store knows what to do with."""
    said = answers.sentence(answer)
    forbidden = answer.status == HTTPStatus.FORBIDDEN
    return StoreForbidden(said) if forbidden else StoreUnavailable(said)
