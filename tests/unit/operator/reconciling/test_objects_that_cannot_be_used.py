"""One object that nothing can be made of is its own trouble, and nobody else's."""

from collections.abc import Mapping
from typing import Any

import pytest

from certwright.pki import keys
from certwright.reconcile.world import Kind
from certwright_operator.api.port import KINDS, Object, Refused, Unavailable
from tests.fakes.kubernetes_api import Call
from tests.unit.operator.reconciling.world import Cluster, quickstart

CREDENTIALS = KINDS[Kind.CREDENTIAL]


def another(name: str, **spec: Any) -> Object:
    """Return a second credential of the quick start's tenant."""
    [first] = [each for each in quickstart() if each["kind"] == Kind.CREDENTIAL]
    return {
        **first,
        "metadata": {**first["metadata"], "name": name},
        "spec": {**first["spec"], "secretName": name, **spec},
    }


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"metadata": {"name": "x" * 250}}, id="a name too long"),
        pytest.param({"spec": {"dnsNames": 5}, "status": {"conditions": 5}}, id="spec and status"),
        pytest.param({"spec": "no object"}, id="no spec"),
        pytest.param({"metadata": {"name": "odd", "labels": {"a": 1}}}, id="labels of numbers"),
    ],
)
async def test_an_object_of_no_sense_stops_nobody(broken: Mapping[str, Any]) -> None:
    cluster = Cluster()
    cluster.write(quickstart())
    odd = another("odd")
    odd["metadata"] |= broken.get("metadata", {})
    cluster.api.put(CREDENTIALS, "team-a", {**odd, **broken, "metadata": odd["metadata"]})
    await cluster.settle()
    assert cluster.ready(Kind.CREDENTIAL, "team-a/default")[0] == "True"
    before = len(cluster.api.writes)
    await cluster.operator.resync()
    await cluster.settle()
    assert cluster.api.writes[before:] == []


async def test_what_planning_fails_for_costs_nobody_else_anything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cluster = Cluster()
    cluster.write(quickstart())

    def fail(_: keys.KeyType) -> keys.PrivateKey:
        raise RuntimeError("with something of a key in it")

    cluster.generate = fail
    await cluster.settle()
    assert cluster.ready(Kind.TEMPLATE, "web-server")[0] == "True"
    assert Kind.AUTHORITY in cluster.notes.failures
    assert "RuntimeError" in caplog.text
    assert "something of a key" not in caplog.text


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(Refused(400, "BadRequest", "no"), id="refused"),
        pytest.param(Unavailable("etcd has lost it"), id="500"),
    ],
)
async def test_one_secret_that_cannot_be_read_keeps_nobody_elses(failure: Exception) -> None:
    cluster = Cluster()
    cluster.write([*quickstart(), another("other")])

    def refuse(call: Call) -> None:
        if (call.verb, call.name) == ("get", "other"):
            raise failure

    cluster.api.before = refuse
    await cluster.settle()
    assert cluster.ready(Kind.CREDENTIAL, "team-a/default")[0] == "True"
    assert set(cluster.notes.failures) == {Kind.CREDENTIAL}
    cluster.api.before = None
    cluster.clock.elapsed += 400
    await cluster.settle()
    assert cluster.ready(Kind.CREDENTIAL, "team-a/other")[0] == "True"
