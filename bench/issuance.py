"""CPU of the server for one certificate: the number that Certwright wants to be good at.

Each certificate is a whole issuance: a fresh order for a name of its own, http-01 on loopback,
finalize and download, by clients that run beside the server. Only the server's process is counted.

    make bench                    1,000 certificates by 16 clients
    python -m bench.issuance --certificates 5000 --clients 32
"""

import argparse
import asyncio
import base64
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
from aiohttp import web

from bench.client import Binding, Client

_DOCUMENTS = Path(__file__).parents[1] / "examples" / "quickstart"
_TICKS = os.sysconf("SC_CLK_TCK")
_WARM_UP = 50


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured over the counted certificates."""

    certificates: int
    clients: int
    cpu_milliseconds: float
    certificates_per_second: float
    p50_milliseconds: float
    p99_milliseconds: float
    resident_mebibytes_before: float
    resident_mebibytes_after: float


def main() -> None:
    """Measure, and print the result as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--certificates", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=16)
    arguments = parser.parse_args()
    result = asyncio.run(measure(arguments.certificates, arguments.clients))
    sys.stdout.write(json.dumps(asdict(result), indent=2) + "\n")


async def measure(certificates: int, clients: int) -> Result:
    """Start a server on loopback, issue certificates, and return what that cost."""
    tokens: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as temporary:
        async with _solver(tokens) as port:
            with _server(Path(temporary), port) as (process, ready):
                async with _connected(ready, tokens, Path(temporary), clients) as connected:
                    await _issue(connected, _WARM_UP, "warm")
                    before, cpu = _resident(process), _cpu(process)
                    started = time.perf_counter()
                    durations = await _issue(connected, certificates, "n")
                    took = time.perf_counter() - started
                    spent = _cpu(process) - cpu
                    after = _resident(process)
    ordered = statistics.quantiles(durations, n=100)
    return Result(
        certificates=certificates,
        clients=clients,
        cpu_milliseconds=round(1000 * spent / certificates, 2),
        certificates_per_second=round(certificates / took, 1),
        p50_milliseconds=round(1000 * ordered[49], 1),
        p99_milliseconds=round(1000 * ordered[98], 1),
        resident_mebibytes_before=round(before, 1),
        resident_mebibytes_after=round(after, 1),
    )


async def _issue(clients: list[Client], count: int, prefix: str) -> list[float]:
    """Issue certificates by all clients at once; return how long each took, in seconds."""
    numbers, durations = iter(range(count)), []

    async def work(client: Client) -> None:
        for number in numbers:
            started = time.perf_counter()
            await client.issue(f"{prefix}{number}.team-a.example.test")
            durations.append(time.perf_counter() - started)

    await asyncio.gather(*map(work, clients))
    return durations


@asynccontextmanager
async def _solver(tokens: dict[str, str]) -> AsyncIterator[int]:
    """Answer http-01 from `tokens` on a free port of loopback."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=tokens.pop(request.match_info["token"], ""))

    application = web.Application()
    application.router.add_get("/.well-known/acme-challenge/{token}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


@contextmanager
def _server(folder: Path, solver: int) -> Iterator[tuple[int, dict[str, str]]]:
    """Run a server over the example documents; give its process and what it told when ready."""
    settings = folder / "settings.yaml"
    validation = {"routes": [{"suffix": "example.test", "target": f"127.0.0.1:{solver}"}]}
    settings.write_text(json.dumps({"listen": "127.0.0.1:0", "validation": validation}))
    command = (sys.executable, "-m", "acme_server.cli", "serve", str(_DOCUMENTS))
    options = (f"--data={folder / 'data'}", f"--settings={settings}")
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(  # noqa: S603
            (*command, *options), stdout=subprocess.PIPE, stderr=log
        ) as process,
    ):
        try:
            assert process.stdout is not None  # noqa: S101
            ready = json.loads(process.stdout.readline())
            yield process.pid, {"url": ready["directories"]["pki/web"], "trust": ready["trust"]}
        finally:
            process.terminate()


@asynccontextmanager
async def _connected(
    ready: dict[str, str], tokens: dict[str, str], folder: Path, count: int
) -> AsyncIterator[list[Client]]:
    """Give registered clients, each with its own connection."""
    secret = folder / "data" / "secrets" / "team-a" / "team-a-eab"
    encoded = (secret / "secret").read_text()
    raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    binding = Binding((secret / "kid").read_text(), raw)
    trust = ssl.create_default_context(cafile=ready["trust"])
    connector = aiohttp.TCPConnector(ssl=trust, limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        async with http.get(ready["url"]) as response:
            directory = await response.json()
        clients = [Client(http, directory, tokens) for _ in range(count)]
        for client in clients:
            await client.register(binding)
        yield clients


def _cpu(process: int) -> float:
    """Return the seconds of CPU that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident(process: int) -> float:
    """Return the resident memory of a process in MiB."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
