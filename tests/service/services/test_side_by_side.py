"""An older server beside a newer one: what it doesn't know it keeps, what it can't know it leaves.

"Newer" is played by members that this version's models don't have, and by a higher schema.
"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.documents.document import SCHEMA, Kind
from acme_server.domain.documents.models import MODELS
from acme_server.domain.documents.orders import Order
from acme_server.domain.problems import ErrorType
from acme_server.domain.retention import USE_GRAIN, Retention
from acme_server.ports import Record, Selection
from acme_server.services.sweeping import Sweeper
from tests.fakes.clock import FakeClock
from tests.service.services.client import Client, ClientKey, base64url
from tests.service.services.problems import refused
from tests.service.services.test_clock_guard import ready_order
from tests.service.services.test_key_changes import change
from tests.service.services.test_revocation import issued
from tests.service.services.world import KID, SECRET, World

NAME = "web.team-a.acme.test"
UNKNOWN = {"deep": [1, "two", None]}

#: A key is a JSON value, not a part that anybody adds members to.
_OPAQUE = {"key", "pendingKey"}


def marked(value: Any) -> Any:
    """Return a JSON value with a member in every object that this version doesn't know."""
    if isinstance(value, list):
        return [marked(each) for each in value]
    if not isinstance(value, dict):
        return value
    members = {name: each if name in _OPAQUE else marked(each) for name, each in value.items()}
    return members | {"newMember": UNKNOWN}


def unmarked(value: Any) -> list[str]:
    """Return the objects in a JSON value, as text, that lack the member."""
    if isinstance(value, list):
        return [found for each in value for found in unmarked(each)]
    if not isinstance(value, dict) or value == UNKNOWN:
        return []
    inner = (each for name, each in value.items() if name not in _OPAQUE | {"newMember"})
    missing = [] if value.get("newMember") == UNKNOWN else [json.dumps(value)]
    return missing + [found for each in inner for found in unmarked(each)]


async def rewritten(world: World, *kinds: Kind, **changes: Any) -> dict[tuple[Kind, str], str]:
    """Let a newer server write every document of some kinds; return the operations they carry."""
    operations = {}
    for kind in kinds:
        async for stored in world.store.scan(Selection(kind)):
            body = marked(json.loads(stored.record.body)) | changes
            record = replace(stored.record, body=json.dumps(body).encode())
            await world.store.replace(record, stored.version)
            operations[kind, record.id] = body["lastOperation"]
    return operations


async def changed_since(world: World, operations: dict[tuple[Kind, str], str]) -> list[Record]:
    """Return which of the documents this server has written since."""
    found = [await world.store.get(*key) for key in operations]
    records = [each.record for each in found if each is not None]
    return [
        each
        for each in records
        if json.loads(each.body)["lastOperation"] != operations[each.kind, each.id]
    ]


async def update(world: World, client: Client) -> None:  # noqa: ARG001
    await client.follow(str(client.kid), {"contact": ["mailto:ops@acme.test"]})


async def deactivate(world: World, client: Client) -> None:  # noqa: ARG001
    await client.follow(str(client.kid), {"status": "deactivated"})


async def roll_over(world: World, client: Client) -> None:  # noqa: ARG001
    await change(client, ClientKey())


async def come_back_to_a_past_key(world: World, client: Client) -> None:
    """Roll over to a key whose record another account left behind."""
    past = client.key
    await change(client, ClientKey())
    other = await world.bound_client()
    await change(other, past)


async def order_after_a_month(world: World, client: Client) -> None:
    world.clock.advance(USE_GRAIN)
    world.serve()
    await client.order(NAME)


async def register_another(world: World, client: Client) -> None:  # noqa: ARG001
    await world.client().register((KID, SECRET))


async def validate(world: World, client: Client) -> None:  # noqa: ARG001
    await ready_order(client)


async def give_up(world: World, client: Client) -> None:  # noqa: ARG001
    order = (await client.order(NAME)).body
    assert isinstance(order, dict)
    await client.follow(order["authorizations"][0], {"status": "deactivated"})


async def sweep(world: World, client: Client) -> None:  # noqa: ARG001
    world.clock.advance(timedelta(days=20))
    await Sweeper(world.documents, FakeClock(), Retention()).sweep(world.clock.now())


async def revoke(world: World, client: Client) -> None:
    (found,) = [each.document async for each in world.documents.scan(Certificate)]
    der = load_pem_x509_certificate(found.certificate.encode()).public_bytes(Encoding.DER)
    await client.revoke(base64url(der))


async def leave_for_good(world: World, client: Client) -> None:  # noqa: ARG001
    """Mark the account's key as leaving."""
    world.clock.advance(timedelta(days=800))
    await Sweeper(world.documents, FakeClock(), Retention()).sweep(world.clock.now())


PATHS = [
    pytest.param(Kind.ACCOUNT, "", update, id="account: update"),
    pytest.param(Kind.ACCOUNT, "", deactivate, id="account: deactivation"),
    pytest.param(Kind.ACCOUNT, "", roll_over, id="account: key change"),
    pytest.param(Kind.ACCOUNT, "", order_after_a_month, id="account: use"),
    pytest.param(Kind.ACCOUNT_KEY, "", leave_for_good, id="account key: sweeping"),
    pytest.param(Kind.ACCOUNT_KEY, "", come_back_to_a_past_key, id="account key: taking over"),
    pytest.param(Kind.ENROLLMENT, "", register_another, id="enrollment: registration"),
    pytest.param(Kind.ENROLLMENT, "", deactivate, id="enrollment: leaving"),
    pytest.param(Kind.AUTHORIZATION, "order", validate, id="authorization: validation"),
    pytest.param(Kind.AUTHORIZATION, "order", give_up, id="authorization: deactivation"),
    pytest.param(Kind.ORDER, "certificate", sweep, id="order: sweeping"),
    pytest.param(Kind.CERTIFICATE, "certificate", revoke, id="certificate: revocation"),
]


async def begun(world: World, has: str) -> Client:
    world.bind(max_accounts=5)
    client = await world.bound_client()
    if has == "order":
        await client.order(NAME)
    if has == "certificate":
        await issued(client)
    return client


@pytest.mark.parametrize(("kind", "has", "path"), PATHS)
async def test_what_a_newer_server_added_survives_every_change(
    world: World, kind: Kind, has: str, path: Any
) -> None:
    client = await begun(world, has)
    operations = await rewritten(world, *MODELS)
    await path(world, client)
    written = [each for each in await changed_since(world, operations) if each.kind is kind]
    assert written
    for each in written:
        body = json.loads(each.body)
        # Parts that this server added itself are its own: a place taken, a revocation.
        own = [json.dumps(part) for part in (body.get("revocation"), *body.get("accounts", ()))]
        assert [found for found in unmarked(body) if found not in own] == []
        assert body["newMember"] == UNKNOWN


def test_every_kind_that_is_ever_changed_is_asked() -> None:
    asked = {parameters.values[0] for parameters in PATHS}
    # The chain of an issuer is written once.
    assert asked == set(MODELS) - {Kind.ISSUER_CHAIN}


async def test_a_slot_numbered_anew_is_another_authorization(world: World) -> None:
    client = await begun(world, "order")
    await rewritten(world, Kind.AUTHORIZATION)
    await give_up(world, client)
    await client.order(NAME)
    (slot,) = [each async for each in world.store.scan(Selection(Kind.AUTHORIZATION))]
    body = json.loads(slot.record.body)
    assert (body["number"], "newMember" in body) == (2, False)


@pytest.mark.parametrize("kind", list(MODELS))
async def test_what_is_of_a_newer_schema_is_503_and_stays_as_it_is(
    world: World, kind: Kind
) -> None:
    """Whoever needs the document is sent to come back: a newer server, or this one when updated."""
    client = await begun(world, "certificate")
    (found,) = [each.document async for each in world.documents.scan(Order)]
    order = client.urls.order(found.id)
    made = (await client.order(f"new.{NAME}")).body
    assert isinstance(made, dict)
    certificate = (await client.follow(order)).body
    assert isinstance(certificate, dict)
    operations = await rewritten(world, kind, schema=SCHEMA + 1)
    asked = {
        Kind.ACCOUNT: lambda: client.follow(str(client.kid)),
        Kind.ACCOUNT_KEY: lambda: client.register((KID, SECRET)),
        Kind.ENROLLMENT: lambda: world.client().register((KID, SECRET)),
        Kind.AUTHORIZATION: lambda: client.follow(made["authorizations"][0]),
        Kind.ORDER: lambda: client.follow(order),
        Kind.CERTIFICATE: lambda: client.follow(certificate["certificate"]),
        Kind.ISSUER_CHAIN: lambda: client.follow(certificate["certificate"]),
    }
    with refused(ErrorType.SERVER_INTERNAL, 503, "written by a newer server") as refusal:
        await asked[kind]()
    assert refusal.error is not None
    assert refusal.error.retry_after
    assert await changed_since(world, operations) == []
