"""A name server on loopback: it answers from a table over UDP and TCP, or misbehaves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from acme_server.validation.endpoints import Endpoint
from tests.service.validation.targets import listening

#: Stands in a table for a name that is never answered.
SILENCE = "SILENCE"


@dataclass
class NameServer:
    """Records as `NAME TYPE` -> texts, or a response code, or `SILENCE`; and what was asked.

    A name with no record of any type is NXDOMAIN. With `truncates`, UDP answers are cut: only TCP
    says it all, unless it `hangs_up` there. With `follows`, the target of a CNAME comes in the same
    answer, as from a recursive resolver. Once a question was asked, its answer is the one in
    `later`, if any.
    """

    records: dict[str, list[str] | dns.rcode.Rcode | str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0
    truncates: bool = False
    hangs_up: bool = False
    follows: bool = True
    later: dict[str, list[str]] = field(default_factory=dict)

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return Endpoint("127.0.0.1", self.port)

    def answer(self, wire: bytes, *, over_tcp: bool) -> bytes | None:
        """Return the answer to a query, or None for silence."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), question.rdtype
        self.asked.append(f"{name} {kind.name} {'TCP' if over_tcp else 'UDP'}")
        response = dns.message.make_response(query)
        if not self._fill(response, name, kind) or (over_tcp and self.hangs_up):
            return None
        self.records.update(
            {key: value for key, value in self.later.items() if key == f"{name} {kind.name}"}
        )
        if self.truncates and not over_tcp:
            response.flags |= dns.flags.TC
            response.answer.clear()
        return response.to_wire()

    def _fill(
        self, response: dns.message.Message, name: str, kind: dns.rdatatype.RdataType
    ) -> bool:
        alias = self.records.get(f"{name} CNAME")
        if isinstance(alias, list):
            response.answer.append(dns.rrset.from_text(f"{name}.", 1, "IN", "CNAME", *alias))
            return not self.follows or self._fill(response, alias[0].rstrip("."), kind)
        match self.records.get(f"{name} {kind.name}"):
            case str():
                return False
            case dns.rcode.Rcode() as code:
                response.set_rcode(code)
            case list() as texts:
                response.answer.append(dns.rrset.from_text(f"{name}.", 1, "IN", kind.name, *texts))
            case None if not any(key.startswith(f"{name} ") for key in self.records):
                response.set_rcode(dns.rcode.NXDOMAIN)
        return True


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        if (answer := self._server.answer(data, over_tcp=False)) is not None:
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def name_server() -> AsyncIterator[NameServer]:
    """Serve on one port, over UDP and TCP."""
    served = NameServer()

    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(2))
        if (answer := served.answer(await reader.readexactly(length), over_tcp=True)) is not None:
            writer.write(len(answer).to_bytes(2) + answer)

    async with listening(stream) as served.port:
        udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Datagrams(served), local_addr=("127.0.0.1", served.port)
        )
        try:
            yield served
        finally:
            udp.close()
