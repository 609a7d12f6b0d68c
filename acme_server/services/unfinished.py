"""Validation that was begun and not ended: found in the store, whoever began it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.states import ChallengeStatus
from acme_server.ports import Select
from acme_server.services.documents import Documents
from acme_server.services.validation_work import Work, work_of


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A challenge that is stored as processing."""

    authorization: Authorization
    challenge: Challenge

    @property
    def worker(self) -> str | None:
        """The replica in whose hands it is, if in anybody's."""
        return self.challenge.worker

    def begun(self, now: datetime) -> datetime:
        """Return when it was begun, by which its attempts are made; `now` where nobody wrote it."""
        return self.challenge.started_at or now

    async def work(self, documents: Documents) -> Work | None:
        """Return what there is to do; None if its account is gone."""
        account = await documents.get(Account, self.authorization.account)
        if account is None:
            return None
        return work_of(self.authorization, self.challenge.type, account.document)


async def unfinished(documents: Documents) -> AsyncIterator[Unfinished]:
    """Yield every challenge that is stored as processing, but for those that can't be read."""
    async for found in documents.scan_all(Authorization, Select.PENDING_WORK, "validation"):
        for challenge in found.document.challenges:
            if challenge.status is ChallengeStatus.PROCESSING:
                yield Unfinished(found.document, challenge)
