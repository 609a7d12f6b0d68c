"""What the audit log is told: everything that came about, everything refused, and no secret."""

from dataclasses import astuple

import pytest

from acme_server.audit.members import members
from acme_server.domain.audit import Actor, AuditKind
from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.documents.orders import Order
from acme_server.domain.problems import ACMEError, ErrorType
from acme_server.protocol.encoding import encode_base64url
from acme_server.protocol.resources import Resource
from tests.fakes.faulty_store import Fault, FaultyStore
from tests.fakes.validator import never
from tests.service.services.client import ClientKey, base64url, signing_request
from tests.service.services.problems import refused
from tests.service.services.test_issuance import issue, object_of, ready_order
from tests.service.services.test_key_changes import change
from tests.service.services.test_revocation import issued
from tests.service.services.world import KID, OPTIONAL, SECRET, World

NAME = "www.team-a.acme.test"


async def test_an_issuance_is_told_from_registration_to_certificate(world: World) -> None:
    client = await world.bound_client()
    await issue(client, NAME)
    assert world.audit.kinds == [
        AuditKind.ACCOUNT_CREATED,
        AuditKind.ORDER_CREATED,
        AuditKind.CHALLENGE_MET,
        AuditKind.CERTIFICATE_ISSUED,
    ]
    assert client.kid is not None
    account = client.kid.rpartition("/")[2]
    who = Actor("pki/web", account=account, credential=KID, grant="teams")
    assert {each.who for each in world.audit.events} == {who}
    assert all(each.time == world.clock.now() for each in world.audit.events)
    created, ordered, met, done = (each.what for each in world.audit.events)
    assert created.new_key == client.thumbprint
    assert met.challenge is ChallengeType.HTTP_01
    assert ordered.identifiers == met.identifiers == done.identifiers == (NAME,)
    assert (ordered.order, ordered.serial) == (done.order, done.serial)
    assert ordered.rules == done.rules == ("template pki/web-server", "grant teams")
    signer = world.bundles.profiles["pki/web"].signer
    assert signer is not None
    assert done.issuer == signer.name


async def test_a_repeated_finalize_is_told_once(world: World) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    csr = signing_request(NAME)
    await client.finalize(order, csr)
    await client.finalize(order, csr)
    assert world.audit.kinds.count(AuditKind.CERTIFICATE_ISSUED) == 1


async def test_who_signs_with_a_known_key_creates_nothing(world: World) -> None:
    client = await world.bound_client()
    await client.register((KID, SECRET))
    assert world.audit.kinds == [AuditKind.ACCOUNT_CREATED]


async def test_an_account_s_changes_are_told(world: World) -> None:
    client = await world.bound_client()
    assert client.kid is not None
    await client.follow(client.kid, {"contact": ["mailto:a@acme.test"]})
    await client.follow(client.kid, {"contact": ["mailto:a@acme.test"]})
    await client.follow(client.kid, {"status": "deactivated"})
    assert world.audit.kinds[1:] == [AuditKind.ACCOUNT_UPDATED, AuditKind.ACCOUNT_DEACTIVATED]


async def test_a_new_key_is_told_by_its_thumbprint(world: World) -> None:
    client, new = await world.bound_client(), ClientKey()
    await change(client, new)
    assert world.audit.only(AuditKind.ACCOUNT_KEY_CHANGED).what.new_key == client.thumbprint


async def test_an_account_bound_anew_is_told_with_its_new_credential(world: World) -> None:
    world.serve(acme=OPTIONAL)
    client = world.client()
    await client.register()
    world.serve()
    await client.register((KID, SECRET))
    assert world.audit.events[0].who.credential is None
    assert world.audit.only(AuditKind.ACCOUNT_BOUND_ANEW).who.credential == KID


async def test_a_binding_that_a_known_key_is_not_given_is_told(world: World) -> None:
    world.serve(acme=OPTIONAL)
    client = world.client()
    await client.register()
    world.serve()
    await client.register((KID, bytes(32)))
    told = world.audit.only(AuditKind.REFUSED)
    assert (told.what.resource, told.what.problem) == ("newAccount", ErrorType.UNAUTHORIZED)


async def test_a_refused_registration_is_told_with_the_key_that_asked(world: World) -> None:
    client = world.client()
    with refused(ErrorType.EXTERNAL_ACCOUNT_REQUIRED, 403):
        await client.register()
    told = world.audit.only(AuditKind.REFUSED)
    assert told.who == Actor("pki/web", key=client.thumbprint)
    assert told.what.resource == "newAccount"


async def test_refused_names_are_told_with_the_rule(world: World) -> None:
    client = await world.bound_client()
    others = ("www.team-b.acme.test", "www.elsewhere.test")
    with refused(ErrorType.REJECTED_IDENTIFIER, 400):
        await client.order(*others)
    told = world.audit.only(AuditKind.REFUSED).what
    assert set(told.identifiers) == set(others)
    assert told.problem is ErrorType.REJECTED_IDENTIFIER
    assert told.detail is not None
    assert "grant teams" in told.detail


async def test_a_refused_finalize_names_its_order(world: World) -> None:
    client = await world.bound_client()
    reply = await client.order(NAME)
    assert reply.location is not None
    assert isinstance(reply.body, dict)
    with refused(ErrorType.ORDER_NOT_READY, 403):
        await client.finalize(reply.body, signing_request(NAME))
    told = world.audit.only(AuditKind.REFUSED).what
    assert told.resource == "finalize"
    assert told.order == reply.location.rpartition("/")[2]


async def test_what_was_not_verified_is_no_matter_of_the_audit_log(world: World) -> None:
    client = await world.bound_client()
    with refused(ErrorType.BAD_NONCE, 400):
        await client.post(Resource.NEW_ORDER, {}, nonce="never-issued")
    assert world.audit.kinds == [AuditKind.ACCOUNT_CREATED]


async def test_a_write_of_unknown_outcome_is_told_as_refused(world: World) -> None:
    client = await world.bound_client()
    store = FaultyStore(world.store, {2: Fault.LOST})
    world.store = store
    world.start()
    client.dispatcher = world.dispatcher
    with pytest.raises(ACMEError):
        await client.order(NAME)
    assert world.audit.kinds[-1] is AuditKind.REFUSED
    assert AuditKind.ORDER_CREATED not in world.audit.kinds


async def test_a_challenge_that_fails_is_told_with_why(world: World) -> None:
    client = await world.bound_client()
    world.validator.script = never
    order = (await client.order(NAME)).body
    assert isinstance(order, dict)
    authorization = await object_of(client, order["authorizations"][0])
    await client.follow(authorization["challenges"][0]["url"], {})
    while AuditKind.CHALLENGE_FAILED not in world.audit.kinds:
        await world.clock.sleep(1)
    told = world.audit.only(AuditKind.CHALLENGE_FAILED)
    assert told.who.credential == KID
    assert (told.what.problem, told.what.detail) == (ErrorType.CONNECTION, "connection refused")


async def test_an_authorization_given_up_is_told(world: World) -> None:
    client = await world.bound_client()
    order = (await client.order(NAME)).body
    assert isinstance(order, dict)
    await client.follow(order["authorizations"][0], {"status": "deactivated"})
    told = world.audit.only(AuditKind.AUTHORIZATION_DEACTIVATED)
    assert told.what.identifiers == (NAME,)


async def test_a_revocation_is_told_with_its_reason_and_right(world: World) -> None:
    client = await world.bound_client()
    await client.revoke(base64url(await issued(client)), 4)
    told = world.audit.only(AuditKind.CERTIFICATE_REVOKED)
    assert told.what.reason == 4
    assert told.what.serial == world.audit.only(AuditKind.CERTIFICATE_ISSUED).what.serial
    assert told.what.detail == f"revoked by account:{told.who.account}"


async def test_nothing_told_holds_a_secret(world: World) -> None:
    client = await world.bound_client()
    await issue(client, NAME)
    with refused(ErrorType.UNAUTHORIZED, 403):
        await world.client().register((KID, bytes(32)))
    told = repr([astuple(each) for each in world.audit.events]) + repr(
        [members(each) for each in world.audit.events]
    )
    tokens = [
        challenge.token
        async for found in world.documents.scan_all(Authorization)
        for challenge in found.document.challenges
    ]
    assert tokens
    for secret in (*tokens, encode_base64url(SECRET), base64url(bytes(32)), client.key.jwk["x"]):
        assert secret not in told


async def test_every_certificate_can_be_traced_by_the_serial_its_order_was_told_with(
    world: World,
) -> None:
    client = await world.bound_client()
    await client.order(NAME)
    (order,) = [each.document async for each in world.documents.scan_all(Order)]
    assert world.audit.only(AuditKind.ORDER_CREATED).what.serial == order.serial
