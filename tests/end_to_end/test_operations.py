"""What those who run a server are told of what real clients do."""

import json
import urllib.request
from pathlib import Path
from typing import Any

from tests.end_to_end.conftest import Launch
from tests.end_to_end.harness.clients.lego import Lego
from tests.end_to_end.harness.server import Server

NAME = "www.team-a.example.test"
FOREIGN = "www.elsewhere.test"


def told(server: Server, path: str) -> str:
    """Return what the operations endpoint answers."""
    address = server.ready["operations"]
    assert address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(f"{address}/{path}", timeout=10) as response:
        return str(response.read().decode())


def audited(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_client_s_way_is_audited_and_counted_without_a_secret(
    launch: Launch, tmp_path: Path
) -> None:
    file = tmp_path / "audit.log"
    server = launch(audit={"file": str(file)}, operations={"listen": "127.0.0.1:0"})
    server.start()
    assert json.loads(told(server, "readyz"))["ready"]
    binding = server.binding()
    lego = Lego(tmp_path / "lego", server.directory(), server.place.solvers, binding)
    lego.http_01(NAME).succeeded()
    lego.revoke(NAME).succeeded()
    lego.http_01(FOREIGN).failed()
    lines = audited(file)
    events = [line["event"] for line in lines]
    assert events == [
        "accountCreated",
        "orderCreated",
        "challengeMet",
        "certificateIssued",
        "certificateRevoked",
        "refused",
    ]
    assert {line["credential"] for line in lines} == {binding.key_identifier}
    assert {line["client"] for line in lines} == {"127.0.0.1"}
    (serial,) = server.certificates()
    assert {line["serial"] for line in lines if "serial" in line} == {serial}
    assert FOREIGN in lines[-1]["detail"]
    assert binding.secret not in file.read_text()
    metrics = told(server, "metrics")
    assert 'certwright_certificates_issued_total{profile="pki/web"} 1.0' in metrics
    assert 'certwright_problems_total{resource="newOrder",type="rejectedIdentifier"} 1.0' in metrics
    assert serial not in metrics
    assert NAME not in metrics


def test_a_server_that_audits_among_its_logs_does_so_by_a_logger_of_its_own(
    launch: Launch, tmp_path: Path
) -> None:
    server = launch()
    server.start()
    assert "operations" not in server.ready
    lego = Lego(tmp_path / "lego", server.directory(), server.place.solvers, server.binding())
    lego.http_01(NAME).succeeded()
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    events = [line["event"] for line in lines if line["logger"] == "acme_server.audit"]
    assert events == ["accountCreated", "orderCreated", "challengeMet", "certificateIssued"]
