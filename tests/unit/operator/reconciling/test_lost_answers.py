"""A write whose answer is lost was made all the same: nothing is made or handed out twice."""

import base64
import json
from typing import Any

import pytest

from certwright.reconcile.world import Kind
from certwright_operator.api.port import SECRETS, Unavailable
from tests.fakes.kubernetes_api import Call
from tests.unit.operator.reconciling.world import OPERATOR, SERVER, Cluster, quickstart


def lose(cluster: Cluster, number: int) -> None:
    """Lose the answer to one of the next writes."""
    left = number

    def after(_: Call) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Unavailable("no answer in time")

    cluster.api.after = after


async def settle(cluster: Cluster) -> None:
    for _ in range(6):
        await cluster.settle()
        cluster.clock.elapsed += 40


def secrets(cluster: Cluster) -> tuple[list[str], str]:
    """Return what binds, and what the tenant was handed."""
    bundle, handed = (
        cluster.secret(SERVER, "credential.team-a.default"),
        cluster.secret("team-a", "team-a-eab"),
    )
    assert bundle is not None
    assert handed is not None
    document: Any = json.loads(base64.b64decode(bundle["data"]["bundle.json"]))
    value = base64.b64decode(handed["data"]["secret"]).decode()
    return [each["secret"] for each in document["secrets"]], value


@pytest.mark.parametrize("number", range(1, 22))
async def test_what_is_handed_out_binds_and_no_key_is_made_twice(number: int) -> None:
    cluster = Cluster()
    cluster.write(quickstart())
    lose(cluster, number)
    await settle(cluster)
    [first], handed = secrets(cluster)
    assert handed == first
    assert len(cluster.api.objects(SECRETS, OPERATOR)) == 2
    credential = cluster.found(Kind.CREDENTIAL, "team-a/default")
    credential["spec"]["rotation"] = {"revision": 2, "overlap": "1h"}
    cluster.write([credential])
    lose(cluster, number % 4)
    await settle(cluster)
    binding, handed = secrets(cluster)
    assert binding == [handed, first]
    assert cluster.ready(Kind.CREDENTIAL, "team-a/default")[0] == "True"
