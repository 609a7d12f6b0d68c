"""A small authoritative name server on loopback, with dynamic updates (RFC 2136).

Every name of its zone has the address 127.0.0.1; TXT records come and go by updates. It knows no
keys, since nobody but this machine can reach it.
"""

import socket
import socketserver
import struct
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.update

from tests.end_to_end.harness import ports

ORIGIN = dns.name.from_text("example.test.")
_TTL = 60
_ADDRESS = "127.0.0.1"
_AUTHORITY = "ns.example.test. hostmaster.example.test. 1 3600 600 86400 60"


class Zone:
    """The records of the zone `example.test`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: defaultdict[dns.name.Name, set[str]] = defaultdict(set)

    def respond(self, wire: bytes) -> bytes:
        """Return the answer to a query or an update, both as they travel."""
        message = dns.message.from_wire(wire)
        response = dns.message.make_response(message)
        response.flags |= dns.flags.AA
        if isinstance(message, dns.update.UpdateMessage):
            self._update(message)
        elif not message.question[0].name.is_subdomain(ORIGIN):
            response.set_rcode(dns.rcode.REFUSED)
        else:
            question = message.question[0]
            response.answer = self._answer(question.name, question.rdtype)
        return response.to_wire()

    def _update(self, message: dns.update.UpdateMessage) -> None:
        with self._lock:
            for changed in message.update:
                # A member of class ANY empties the name, one of class NONE takes away what it
                # lists, any other adds (RFC 2136 §2.5).
                texts = self._texts[changed.name]
                given = {record.to_text() for record in changed}
                if changed.deleting == dns.rdataclass.ANY:
                    texts.clear()
                elif changed.deleting == dns.rdataclass.NONE:
                    texts -= given
                else:
                    texts |= given

    def _answer(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> list[dns.rrset.RRset]:
        records = self._records(name, kind)
        return [dns.rrset.from_text(name, _TTL, "IN", kind, *records)] if records else []

    def _records(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> list[str]:
        if kind == dns.rdatatype.A:
            return [_ADDRESS]
        if kind == dns.rdatatype.SOA and name == ORIGIN:
            return [_AUTHORITY]
        if kind == dns.rdatatype.NS and name == ORIGIN:
            return ["ns.example.test."]
        if kind == dns.rdatatype.TXT:
            with self._lock:
                return sorted(self._texts[name])
        return []


class _OverUDP(socketserver.ThreadingUDPServer):
    daemon_threads = True


class _OverTCP(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def serving() -> Iterator[int]:
    """Serve a new zone on loopback, by UDP and TCP; give the port."""
    zone = Zone()

    class Datagram(socketserver.BaseRequestHandler):
        request: tuple[bytes, socket.socket]

        def handle(self) -> None:
            wire, answering = self.request
            answering.sendto(zone.respond(wire), self.client_address)

    class Stream(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while prefix := self.rfile.read(2):
                answer = zone.respond(self.rfile.read(*struct.unpack("!H", prefix)))
                self.wfile.write(struct.pack("!H", len(answer)) + answer)

    port = ports.free()
    with ExitStack() as stack:
        for server in (
            _OverUDP(("127.0.0.1", port), Datagram),
            _OverTCP(("127.0.0.1", port), Stream),
        ):
            stack.enter_context(running(server))
        yield port


@contextmanager
def running(server: socketserver.BaseServer) -> Iterator[None]:
    """Let a server of the standard library serve in a thread until the end of the block."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
