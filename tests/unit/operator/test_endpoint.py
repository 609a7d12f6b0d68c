"""What the kubelet and Prometheus are answered."""

import socket
from urllib.parse import urlsplit

import aiohttp
import pytest

from certwright.reconcile.world import Kind
from certwright_operator import endpoint
from certwright_operator.endpoint import PortTaken, Probe
from certwright_operator.metrics import Metrics, Standing
from tests.end_to_end.harness import ports


def well() -> None:
    return None


async def asked(
    path: str, *, metrics: Metrics | None = None, alive: Probe = well, ready: Probe = well
) -> tuple[int, str]:
    port = ports.free()
    async with (
        endpoint.serving(("127.0.0.1", port), metrics or Metrics(), alive, ready),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
        session.get(path) as answer,
    ):
        assert urlsplit(str(answer.url)).path == path
        return answer.status, await answer.text()


async def test_who_is_well_is_alive_and_ready() -> None:
    assert await asked("/livez") == (200, "ok\n")
    assert await asked("/readyz") == (200, "ok\n")


async def test_what_is_wrong_is_said() -> None:
    assert await asked("/livez", alive=lambda: "nothing moves") == (503, "nothing moves\n")
    assert await asked("/livez", ready=lambda: "reads") == (200, "ok\n")
    assert await asked("/readyz", ready=lambda: "reads") == (503, "reads\n")


async def test_requests_looks_and_failures_are_counted() -> None:
    metrics = Metrics()
    metrics.requested("create", "secrets", 201)
    metrics.looked(3, 0.2)
    metrics.failed(Kind.PROFILE)
    _, text = await asked("/metrics", metrics=metrics)
    request = 'certwright_operator_api_requests_total{code="201",resource="secrets",verb="create"}'
    assert f"{request} 1.0\n" in text
    assert "certwright_operator_objects_looked_at_total 3.0\n" in text
    assert 'certwright_operator_failures_total{kind="CertificateProfile"} 1.0\n' in text


async def test_how_it_stands_is_asked_at_each_scrape() -> None:
    metrics = Metrics()
    assert "certwright_operator_leading 0.0\n" in (await asked("/metrics", metrics=metrics))[1]
    issuers = {("Issuer", False): 3}
    stands = Standing(True, 5, 2, True, {(Kind.PROFILE, True): 7}, issuers=issuers)
    metrics.ask(lambda: stands)
    _, text = await asked("/metrics", metrics=metrics)
    for line in (
        "certwright_operator_leading 1.0",
        "certwright_operator_pending 5.0",
        "certwright_operator_failing 2.0",
        "certwright_operator_frozen 1.0",
        'certwright_operator_objects{kind="CertificateProfile",ready="true"} 7.0',
        'certwright_operator_issuers{injected="false",kind="Issuer"} 3.0',
    ):
        assert f"{line}\n" in text


async def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"can't listen at 127.0.0.1:{port}: .*in use"):
            async with endpoint.serving(("127.0.0.1", port), Metrics(), well, well):
                raise AssertionError("it listens")


async def test_how_the_servers_tls_stands_is_told() -> None:
    metrics = Metrics()
    _, text = await asked("/metrics", metrics=metrics)
    assert "\ncertwright_operator_serving_certificate_end_seconds" not in text
    metrics.ask(lambda: Standing(serving_faults=1, serving_ends=1_800_000_000.0, serving_losses=2))
    _, text = await asked("/metrics", metrics=metrics)
    assert "certwright_operator_serving_faults 1.0\n" in text
    assert "certwright_operator_serving_certificate_end_seconds 1.8e+09\n" in text
    assert "certwright_operator_serving_roots_lost_total 2.0\n" in text
