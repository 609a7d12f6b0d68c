"""A written fake of the services, and requests to a server that stands before it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from acme_server.protocol.replies import Reply
from acme_server.protocol.resources import Resource

DIRECTORY_URL = "https://acme.example/acme/pki/web/directory"
INDEX = f'<{DIRECTORY_URL}>;rel="index"'
PROFILE = "/acme/pki/web"
JOSE = {"Content-Type": "application/jose+json"}


@dataclass(frozen=True)
class Call:
    """One POST as the services saw it."""

    resource: Resource
    parameters: Mapping[str, str]
    namespace: str
    profile: str
    body: bytes
    client: str | None = None


@dataclass
class FakeServices:
    """Answers every POST alike, or raises, and remembers what it was asked."""

    reply: Reply = field(default_factory=lambda: Reply(HTTPStatus.OK, {"status": "valid"}))
    error: Exception | None = None
    calls: list[Call] = field(default_factory=list)
    issued: list[bool] = field(default_factory=list)

    async def index_url(self, namespace: str, profile: str) -> str:
        return f"https://acme.example/acme/{namespace}/{profile}/directory"

    def issue_nonce(self, *, authenticated: bool) -> str:
        self.issued.append(authenticated)
        return f"nonce{len(self.issued) - 1}"

    async def directory(self, namespace: str, profile: str) -> Reply:
        return self.answer(Reply(HTTPStatus.OK, {"newOrder": f"{namespace}/{profile}"}))

    async def handle_post(
        self,
        resource: Resource,
        parameters: Mapping[str, str],
        namespace: str,
        profile: str,
        body: bytes,
        client: str | None = None,
    ) -> Reply:
        self.calls.append(Call(resource, dict(parameters), namespace, profile, body, client))
        return self.answer(self.reply)

    def answer(self, reply: Reply) -> Reply:
        if self.error is not None:
            raise self.error
        return reply
