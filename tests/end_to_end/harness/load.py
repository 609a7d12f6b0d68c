"""Many clients at once, and all that they have been told: what no crash may take back."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.end_to_end.harness.clients.account import Binding, Directory
from tests.end_to_end.harness.session import Answer, IssuedChain, Session, opened


@dataclass(slots=True)
class Client:
    """One client, and what the server has acknowledged to it.

    Args:
        revoked: the certificates whose revocation was answered with 200.
    """

    number: int
    session: Session
    account: str | None = None
    orders: list[Answer] = field(default_factory=list)
    chains: list[IssuedChain] = field(default_factory=list)
    revoked: list[IssuedChain] = field(default_factory=list)

    async def work(self, folder: Path, binding: Binding) -> AsyncIterator[IssuedChain]:
        """Register, then issue without end, and revoke every other certificate at once."""
        (await self.session.register(binding)).accepted()
        self.account = self.session.account
        for count in itertools.count():
            yield await self.issue(folder, f"n{count}.c{self.number}.team-a.example.test")
            if count % 2:
                (await self.session.revoke(self.chains[-1])).accepted()
                self.revoked.append(self.chains[-1])

    async def issue(self, folder: Path, name: str) -> IssuedChain:
        """Get one certificate, noting the order and the certificate as they are acknowledged."""
        order = (await self.session.order(name)).accepted()
        self.orders.append(order)
        await self.session.prove(order, folder)
        self.chains.append(await self.session.finalize(order))
        return self.chains[-1]


async def clients(stack: AsyncExitStack, directory: Directory, count: int) -> list[Client]:
    """Return clients of a directory, whose connections close with the stack."""
    return [
        Client(number, await stack.enter_async_context(opened(directory)))
        for number in range(count)
    ]


async def until_ended(
    working: list[Client],
    folder: Path,
    binding: Binding,
    enough: int,
    end: Callable[[], object],
) -> None:
    """Let the clients work at once, and `end` the server once `enough` certificates are told.

    Raises:
        AssertionError: a client was refused, or failed, while the server lived.
    """
    ending = asyncio.Event()
    issued: asyncio.Queue[IssuedChain] = asyncio.Queue()

    async def watch() -> None:
        for _ in range(enough):
            await issued.get()
        ending.set()
        await asyncio.to_thread(end)

    async def work(client: Client) -> None:
        try:
            async for chain in client.work(folder, binding):
                issued.put_nowait(chain)
        except (aiohttp.ClientError, ConnectionError) as error:
            if not ending.is_set():
                raise AssertionError("a client lost the living server") from error

    async with asyncio.TaskGroup() as group:
        group.create_task(watch())
        for client in working:
            group.create_task(work(client))
