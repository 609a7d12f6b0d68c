"""Attacks on the server: what hostile, hasty and unlucky clients must not get out of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents import (
    Account,
    AccountKey,
    Authorization,
    AuthorizationStatus,
    Challenge,
    ChallengeStatus,
    Kind,
    StoredIdentifier,
)
from acme_server.domain.problems import ACMEError, ErrorType
from acme_server.ports import Record, Select, Selection, Store, Stored, ValidationRequest
from acme_server.protocol.keys import parse_jwk
from acme_server.protocol.replies import Reply
from acme_server.services.enrollments import ENTRY_GRACE
from acme_server.services.identities import authorization_slot
from acme_server.services.turns import ALL
from certwright.bundles.credential import CredentialSecret, encode_secret
from certwright.bundles.document import ProfileReference
from certwright.policy.identifiers import parse_dns_name
from tests.fakes.faulty_store import Fault, FaultyStore, WriterKilled
from tests.fakes.validator import after, never
from tests.service.services.client import Client, ClientKey, base64url, signing_request
from tests.service.services.problems import refused
from tests.service.services.test_challenges import challenge_for
from tests.service.services.test_issuance import issue, leaf_of, object_of, ready_order
from tests.service.services.test_key_changes import change
from tests.service.services.world import KID, SECRET, World, credential

NAME = "web.team-a.acme.test"
OTHER_KID = "team-a.other"
NEW_SECRET = bytes(range(32, 64))

Meanwhile = Callable[[], Awaitable[object]]


class InterruptedStore:
    """A `Store` around another one that lets something else happen just before a chosen verb.

    `before(verb, kind, meanwhile)` waits for the next such verb, once; `skip` lets some pass first.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._planned: list[tuple[str, Kind, int, Meanwhile]] = []

    def before(self, verb: str, kind: Kind, meanwhile: Meanwhile, skip: int = 0) -> None:
        self._planned.append((verb, kind, skip, meanwhile))

    async def get(self, kind: Kind, id: str) -> Stored | None:  # noqa: A002
        await self._interrupt("get", kind)
        return await self.store.get(kind, id)

    async def create(self, record: Record) -> str:
        await self._interrupt("create", record.kind)
        return await self.store.create(record)

    async def replace(self, record: Record, version: str) -> str:
        await self._interrupt("replace", record.kind)
        return await self.store.replace(record, version)

    async def delete(self, kind: Kind, id: str, version: str) -> None:  # noqa: A002
        await self.store.delete(kind, id, version)

    async def scan(self, selection: Selection) -> AsyncIterator[Stored]:
        async for stored in self.store.scan(selection):
            yield stored

    async def _interrupt(self, verb: str, kind: Kind) -> None:
        for at, (planned_verb, planned_kind, skip, meanwhile) in enumerate(self._planned):
            if (planned_verb, planned_kind) != (verb, kind):
                continue
            if skip:
                self._planned[at] = (verb, kind, skip - 1, meanwhile)
                return
            del self._planned[at]
            await meanwhile()
            return


def interrupted(world: World, *clients: Client) -> InterruptedStore:
    """Put a store that can be interrupted under the server, and move the clients to it."""
    store = InterruptedStore(world.store)
    world.store = store
    world.start()
    for client in clients:
        client.dispatcher = world.dispatcher
    return store


def bind_other(world: World, **changes: Any) -> None:
    """Put a second credential of the same namespace in force, under a grant of its own."""
    members: dict[str, Any] = {"name": "other", "uid": "credential-9", "grant": "others"}
    world.bundles.credentials[OTHER_KID] = credential(**(members | changes))


async def outcome(doing: Awaitable[Reply]) -> Reply | ACMEError:
    """Return the answer or the problem; whatever else is raised would be a 500."""
    try:
        return await doing
    except ACMEError as error:
        return error


async def settle() -> None:
    """Let background work have its turns."""
    for _ in range(200):
        await asyncio.sleep(0)


# What the account's grants no longer give


async def a_foreign_certificate(world: World) -> tuple[Client, str]:
    """Return an account that skips validation, and another's certificate for a proved name."""
    certificate = leaf_of(
        await (owner := await world.bound_client()).follow(await issue(owner, NAME))
    )
    bind_other(world, validation=False)
    skipper = world.client()
    await skipper.register((OTHER_KID, SECRET))
    await ready_order(skipper, NAME)
    return skipper, base64url(certificate)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"validation": True}, id="validation is required now"),
        pytest.param({"validation": False, "suspend": True}, id="the credential is suspended"),
        pytest.param({"validation": False, "uid": "credential-10"}, id="the credential is another"),
    ],
)
async def test_a_skipped_validation_revokes_nobody_s_certificate_once_it_is_withdrawn(
    world: World, changes: dict[str, object]
) -> None:
    skipper, certificate = await a_foreign_certificate(world)
    bind_other(world, **changes)
    with refused(ErrorType.UNAUTHORIZED, 403):
        await skipper.revoke(certificate)


async def test_a_credential_of_an_earlier_profile_of_the_same_name_gives_nothing(
    world: World,
) -> None:
    client = await world.bound_client()
    world.bind(profile=ProfileReference(namespace="pki", name="web", uid="profile-0"))
    assert isinstance(await outcome(client.order(NAME)), ACMEError)
    assert isinstance(await outcome(world.client().register((KID, SECRET))), ACMEError)


async def test_a_profile_withdrawn_while_finalize_runs_signs_nothing(world: World) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    store = interrupted(world, client)

    async def withdraw() -> None:
        world.serve(refusal="CertificateAuthority pki/issuing is gone")

    store.before("get", Kind.ORDER, withdraw)
    with refused(ErrorType.UNAUTHORIZED, 403, "is gone"):
        await client.finalize(order, signing_request(NAME))


# Known keys and dead bindings


@pytest.mark.parametrize(
    ("changes", "secret"),
    [
        pytest.param({"suspend": True}, SECRET, id="suspended"),
        pytest.param({"refusal": "no grant is for the namespace"}, SECRET, id="grant withdrawn"),
        pytest.param({"uid": "credential-2"}, bytes(32), id="made anew with another secret"),
    ],
)
async def test_a_known_key_is_answered_200_whatever_has_become_of_its_binding(
    world: World, changes: dict[str, object], secret: bytes
) -> None:
    client = await world.bound_client()
    world.bind(**changes)
    reply = await client.register((KID, secret))
    assert (reply.status, reply.location) == (200, client.kid)
    with refused(ErrorType.UNAUTHORIZED, 403):
        await client.order(NAME)


async def test_a_known_key_is_answered_200_after_its_credential_was_deleted(world: World) -> None:
    client = await world.bound_client()
    del world.bundles.credentials[KID]
    assert (await client.register((KID, SECRET))).status == 200


async def test_a_known_key_is_answered_200_when_no_place_is_left_to_bind_it_anew(
    world: World,
) -> None:
    client = await world.bound_client()
    world.bind(uid="credential-2", max_accounts=1)
    await world.bound_client()
    assert (await client.register((KID, SECRET))).status == 200


async def test_a_dead_binding_can_t_be_renewed_with_another_namespace_s_secret(
    world: World,
) -> None:
    client = await world.bound_client()
    world.bind(uid="credential-2")
    world.bundles.credentials["team-b.default"] = credential(
        namespace="team-b",
        secrets=(CredentialSecret(revision=1, secret=encode_secret(NEW_SECRET)),),
    )
    await outcome(client.register(("team-b.default", SECRET)))
    with refused(ErrorType.UNAUTHORIZED, 403, "made anew"):
        await client.order(NAME)


# Counting accounts


async def test_evicted_accounts_give_their_places_back(world: World) -> None:
    world.bind(max_accounts=1)
    await world.bound_client()
    world.clock.advance(timedelta(minutes=1))
    rotated = (CredentialSecret(revision=2, secret=encode_secret(NEW_SECRET)),)
    world.bind(max_accounts=1, secrets=rotated, reject_accounts_before_time=world.clock.now())
    assert (await world.client().register((KID, NEW_SECRET))).status == 201


async def test_accounts_of_a_credential_made_anew_give_their_places_back(world: World) -> None:
    world.bind(max_accounts=1)
    await world.bound_client()
    world.bind(max_accounts=1, uid="credential-2")
    assert (await world.bound_client()).kid


async def test_an_account_that_was_bound_elsewhere_holds_no_place_for_long(world: World) -> None:
    world.bind(max_accounts=1)
    bind_other(world, max_accounts=1)
    client = world.client()
    store = interrupted(world, client)
    again = Client(world.dispatcher, client.urls, client.key)

    async def register_with_the_other() -> None:
        assert (await again.register((OTHER_KID, SECRET))).status == 201

    store.before("create", Kind.ACCOUNT, register_with_the_other)
    assert (await client.register((KID, SECRET))).status == 200
    world.clock.advance(ENTRY_GRACE + timedelta(seconds=1))
    assert (await world.client().register((KID, SECRET))).status == 201


async def test_a_binding_anew_that_fails_does_not_free_the_old_place(world: World) -> None:
    world.bind(max_accounts=1)
    bind_other(world)
    client = await world.bound_client()
    store = interrupted(world, client)
    world.bind(max_accounts=1, suspend=True)

    async def change_contact() -> None:
        await client.follow(str(client.kid), {"contact": ["mailto:a@acme.test"]})

    store.before("replace", Kind.ACCOUNT, change_contact)
    twin = Client(world.dispatcher, client.urls, client.key)
    with pytest.raises(Exception):  # noqa: B017, PT011 - which one is another test's matter
        await twin.register((OTHER_KID, SECRET))
    world.bind(max_accounts=1)
    assert (await client.order(NAME)).status == 201
    with refused(ErrorType.UNAUTHORIZED, 403, "allows 1 accounts"):
        await world.bound_client()


async def test_a_registration_taken_up_late_does_not_lose_its_place_on_the_way(
    world: World,
) -> None:
    world.bind(max_accounts=1)
    slow = world.client()
    store = interrupted(world, slow)

    async def die() -> None:
        raise WriterKilled

    async def let_another_register() -> None:
        await outcome(world.client().register((KID, SECRET)))

    store.before("create", Kind.ACCOUNT, die)
    with pytest.raises(WriterKilled):
        await slow.register((KID, SECRET))
    world.clock.advance(ENTRY_GRACE + timedelta(seconds=1))
    store.before("create", Kind.ACCOUNT, let_another_register)
    await outcome(slow.register((KID, SECRET)))
    accounts = [each.document async for each in world.documents.scan(Account)]
    assert len(accounts) == 1


async def test_a_registration_that_finds_no_place_leaves_nothing_behind(world: World) -> None:
    world.bind(max_accounts=1)
    await world.bound_client()
    for _ in range(3):
        with refused(ErrorType.UNAUTHORIZED, 403, "allows 1 accounts"):
            await world.bound_client()
    assert len([each async for each in world.documents.scan(AccountKey)]) == 1


async def test_a_deactivation_is_answered_though_its_place_could_not_be_given_back(
    world: World,
) -> None:
    world.bind(max_accounts=1)
    client = await world.bound_client()
    sound = world.store
    world.store = FaultyStore(sound, {2: Fault.LOST})
    world.start()
    client.dispatcher = world.dispatcher
    assert (await client.follow(str(client.kid), {"status": "deactivated"})).status == 200
    world.store = sound
    world.start()
    assert (await world.bound_client()).kid


async def test_many_registrations_at_once_all_succeed(world: World) -> None:
    world.bind(max_accounts=1000)
    tries = (outcome(world.client().register((KID, SECRET))) for _ in range(40))
    outcomes = await asyncio.gather(*tries)
    assert [each for each in outcomes if isinstance(each, ACMEError)] == []


# One account a key


async def test_a_past_key_taken_by_two_at_once_is_one_account_s(world: World) -> None:
    client = await world.bound_client()
    past = client.key
    await change(client, ClientKey())
    newcomer = world.client()
    newcomer.key = past
    store = interrupted(world, client, newcomer)
    store.before("replace", Kind.ACCOUNT_KEY, lambda: change(client, past))
    await outcome(newcomer.register((KID, SECRET)))
    holders = [
        each.document.id
        async for each in world.documents.scan(Account)
        if parse_jwk(each.document.key).thumbprint == newcomer.thumbprint
    ]
    assert len(holders) == 1


async def test_a_key_that_was_refused_an_account_can_be_changed_to(world: World) -> None:
    client, turned_away = await world.bound_client(), world.client()
    world.bind(max_accounts=1)
    await world.bound_client()
    with refused(ErrorType.UNAUTHORIZED, 403, "allows 1 accounts"):
        await turned_away.register((KID, SECRET))
    assert (await change(client, turned_away.key)).status == 200


# Requests that meet each other


async def test_account_updates_at_once_are_no_error_of_the_server(world: World) -> None:
    client = await world.bound_client()
    updates = (
        outcome(client.follow(str(client.kid), {"contact": [f"mailto:{n}@acme.test"]}))
        for n in "abc"
    )
    outcomes = await asyncio.gather(*updates)
    assert any(isinstance(each, Reply) for each in outcomes)
    assert {e.problem.status for e in outcomes if isinstance(e, ACMEError)} <= {503}


async def test_deactivations_at_once_are_no_error_of_the_server(world: World) -> None:
    client = await world.bound_client()
    asked = (outcome(client.follow(str(client.kid), {"status": "deactivated"})) for _ in range(3))
    outcomes = await asyncio.gather(*asked)
    assert any(isinstance(each, Reply) for each in outcomes)
    assert {e.problem.status for e in outcomes if isinstance(e, ACMEError)} <= {401, 503}


async def test_bindings_anew_at_once_are_no_error_of_the_server(world: World) -> None:
    client = await world.bound_client()
    world.bind(uid="credential-2")
    twins = [Client(world.dispatcher, client.urls, client.key) for _ in range(3)]
    outcomes = await asyncio.gather(*(outcome(each.register((KID, SECRET))) for each in twins))
    assert any(isinstance(each, Reply) for each in outcomes)
    assert {e.problem.status for e in outcomes if isinstance(e, ACMEError)} <= {503}


async def test_two_challenges_met_at_once_make_one_valid_authorization(world: World) -> None:
    client = await world.bound_client()
    authorization, _ = await challenge_for(client, NAME)
    urls = [each["url"] for each in (await object_of(client, authorization))["challenges"]]
    outcomes = await asyncio.gather(*(outcome(client.follow(url, {})) for url in urls))
    assert all(isinstance(each, Reply) for each in outcomes)
    assert (await object_of(client, authorization))["status"] == "valid"


async def test_a_challenge_met_after_its_authorization_was_given_up_is_no_error_of_the_server(
    world: World,
) -> None:
    client = await world.bound_client()
    store = interrupted(world, client)
    authorization, challenge = await challenge_for(client, NAME)

    async def give_up() -> None:
        await client.follow(authorization, {"status": "deactivated"})

    store.before("get", Kind.AUTHORIZATION, give_up, skip=1)
    await outcome(client.follow(challenge["url"], {}))
    assert (await object_of(client, authorization))["status"] == "deactivated"


async def test_an_unmet_challenge_of_a_valid_authorization_is_worked_on_no_more(
    world: World,
) -> None:
    met = after(0)

    def only_dns(request: ValidationRequest, before: int) -> Any:
        return (met if request.type is ChallengeType.DNS_01 else never)(request, before)

    world.validator.script = only_dns
    client = await world.bound_client()
    authorization, _ = await challenge_for(client, NAME)
    urls = {e["type"]: e["url"] for e in (await object_of(client, authorization))["challenges"]}
    await client.follow(urls["http-01"], {})
    await client.follow(urls["dns-01"], {})
    await settle()
    assert (await object_of(client, authorization))["status"] == "valid"
    pending = [
        e async for e in world.documents.scan(Authorization, Select.PENDING_WORK, "validation")
    ]
    assert pending == []


# Orders


async def test_a_ready_order_is_not_killed_by_the_next_order_for_its_name(world: World) -> None:
    client = await world.bound_client()
    await ready_order(client, NAME)
    three_hours = world.lifetimes.pending_authorization / 8
    world.clock.advance(world.lifetimes.authorization - three_hours - timedelta(minutes=1))
    first = await ready_order(client, NAME)
    world.clock.advance(timedelta(minutes=2))
    await client.order(NAME)
    assert (await client.finalize(first, signing_request(NAME))).status == 200


async def test_an_order_whose_validation_took_a_while_keeps_its_not_before(world: World) -> None:
    client = await world.bound_client()
    wanted = world.clock.now().isoformat()
    order = await ready_order(client, NAME, notBefore=wanted)
    world.clock.advance(timedelta(minutes=10))
    assert (await client.finalize(order, signing_request(NAME))).status == 200


async def test_a_proof_is_worth_something_though_the_grant_skips_validation_now(
    world: World,
) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    world.bind(validation=False)
    await client.order(NAME)
    assert (await client.finalize(order, signing_request(NAME))).status == 200


# Restarts


def processing(world: World, account: str, name: str, **changes: Any) -> Authorization:
    """Return an authorization whose validation was under way when the server stopped."""
    now = world.clock.now()
    identifier = parse_dns_name(name)
    challenge = Challenge(
        type=ChallengeType.HTTP_01,
        token="t" * 43,
        status=ChallengeStatus.PROCESSING,
        started_at=now,
    )
    members: dict[str, Any] = {
        "id": authorization_slot(account, identifier),
        "number": 1,
        "account": account,
        "profile": "pki/web",
        "identifier": StoredIdentifier.of(identifier),
        "expires": now + timedelta(hours=1),
        "challenges": (challenge,),
    }
    return Authorization(**(members | changes))


async def test_every_challenge_under_way_is_taken_up_after_a_restart(world: World) -> None:
    client = await world.bound_client()
    account = str(client.kid).rpartition("/")[2]
    for number in range(1001):
        await world.documents.create(processing(world, account, f"n{number}.{NAME}"))
    await world.environment.validations.resume()
    await quiet(world)
    assert len(world.validator.seen) == 1001
    await world.environment.validations.close()


async def quiet(world: World) -> None:
    """Wait until no more attempts are made."""
    before = -1
    while before != (before := len(world.validator.seen)):
        await settle()


async def test_one_unreadable_document_does_not_keep_the_server_from_starting(
    world: World,
) -> None:
    client = await world.bound_client()
    account = str(client.kid).rpartition("/")[2]
    await world.store.create(
        Record(Kind.AUTHORIZATION, "0" * 40, b'{"schema": 99}', work="validation")
    )
    await world.documents.create(processing(world, account, NAME))
    await world.environment.validations.resume()
    await settle()
    assert len(world.validator.seen) == 1


async def test_an_authorization_that_expired_while_the_server_was_down_stays_expired(
    world: World,
) -> None:
    client = await world.bound_client()
    account = str(client.kid).rpartition("/")[2]
    stored = await world.documents.create(processing(world, account, NAME))
    world.clock.advance(timedelta(days=2))
    await world.environment.validations.resume()
    await settle()
    found = await world.documents.get(Authorization, stored.document.id)
    assert found is not None
    assert found.document.status is not AuthorizationStatus.VALID


# Resources


class TarPit:
    """A `Validator` whose attempts at names that begin with `slow` end only when told."""

    def __init__(self) -> None:
        self.drained = asyncio.Event()

    async def attempt(self, request: ValidationRequest) -> None:
        """Find every challenge met; take for ever where the target does."""
        if request.identifier.value.startswith("slow"):
            await self.drained.wait()


async def test_one_account_s_slow_targets_do_not_stop_the_others_validations(
    world: World,
) -> None:
    pit = TarPit()
    world.validator = pit  # type: ignore[assignment]
    world.start()
    hostile, honest = await world.bound_client(), await world.bound_client()
    urls: list[str] = []
    for start in range(0, ALL, 100):
        order = (await hostile.order(*(f"slow{start + n}.{NAME}" for n in range(100)))).body
        assert isinstance(order, dict)
        opened = [await object_of(hostile, url) for url in order["authorizations"]]
        urls += [each["challenges"][0]["url"] for each in opened]
    await asyncio.gather(*(hostile.follow(url, {}) for url in urls))
    _, challenge = await challenge_for(honest, NAME)
    reply = (await honest.follow(challenge["url"], {})).body
    pit.drained.set()
    await world.environment.validations.close()
    assert isinstance(reply, dict)
    assert reply["status"] == "valid"


# What is sent


async def test_a_certificate_of_no_known_version_is_malformed(world: World) -> None:
    client = await world.bound_client()
    certificate = leaf_of(await client.follow(await issue(client, NAME)))
    version_3 = bytes.fromhex("a003020102")
    assert version_3 in certificate
    changed = certificate.replace(version_3, bytes.fromhex("a003020119"), 1)
    with refused(ErrorType.MALFORMED, 400):
        await client.revoke(base64url(changed))


def hostile_request(
    common_name: str | None, *names: x509.GeneralName, **extensions: x509.ExtensionType
) -> bytes:
    """Return a CSR in DER with these names and extensions."""
    subject = [x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)] if common_name else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    for extension in extensions.values():
        builder = builder.add_extension(extension, critical=True)
    key = ec.generate_private_key(ec.SECP256R1())
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


_DNS = x509.DNSName
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@pytest.mark.parametrize(
    "csr",
    [
        pytest.param(hostile_request("evil.acme.test", _DNS(NAME)), id="another common name"),
        pytest.param(hostile_request(f"*.{NAME}", _DNS(NAME)), id="a wildcard common name"),
        pytest.param(hostile_request(None, _DNS(NAME), _DNS(f"*.{NAME}")), id="a wildcard more"),
        pytest.param(hostile_request(None, _DNS("*.team-a.acme.test")), id="a wildcard over it"),
        pytest.param(hostile_request(None, _DNS(NAME + ".")), id="a final dot"),
        pytest.param(hostile_request(f"{NAME}\x00.evil.test", _DNS(NAME)), id="a NUL"),
        pytest.param(
            hostile_request(None, _DNS(NAME), x509.RFC822Name("root@acme.test")), id="an address"
        ),
        pytest.param(
            hostile_request(None, _DNS(NAME), x509.UniformResourceIdentifier("spiffe://a/b")),
            id="a URI",
        ),
        pytest.param(
            hostile_request(None, _DNS(NAME), x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))),
            id="a registered id",
        ),
        pytest.param(
            hostile_request(None, _DNS(NAME), ca=x509.BasicConstraints(ca=True, path_length=None)),
            id="CA:TRUE",
        ),
        pytest.param(
            hostile_request(
                None,
                _DNS(NAME),
                usage=x509.KeyUsage(**{name: name == "key_cert_sign" for name in _USAGES}),
            ),
            id="keyCertSign",
        ),
        pytest.param(
            hostile_request(
                None,
                _DNS(NAME),
                purpose=x509.ExtendedKeyUsage([x509.ObjectIdentifier("2.5.29.37.0")]),
            ),
            id="any purpose",
        ),
    ],
)
async def test_a_request_for_more_than_was_ordered_gets_nothing(world: World, csr: bytes) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    with refused(ErrorType.BAD_CSR, 400):
        await client.finalize(order, csr)


async def test_a_name_in_any_case_and_repeated_is_one_name_of_the_certificate(
    world: World,
) -> None:
    client = await world.bound_client()
    order = await ready_order(client, NAME)
    csr = hostile_request(NAME.upper(), _DNS(NAME.upper()), _DNS(NAME), _DNS(NAME.title()))
    done = (await client.finalize(order, csr)).body
    assert isinstance(done, dict)
    leaf = x509.load_der_x509_certificate(leaf_of(await client.follow(done["certificate"])))
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [NAME]


async def test_a_proof_for_a_name_is_none_for_its_wildcard_nor_the_other_way_round(
    world: World,
) -> None:
    client = await world.bound_client()
    await ready_order(client, "a.team-a.acme.test")
    wildcard = (await client.order("*.a.team-a.acme.test")).body
    assert isinstance(wildcard, dict)
    assert wildcard["status"] == "pending"
    await ready_order(client, "*.b.team-a.acme.test")
    base = (await client.order("b.team-a.acme.test")).body
    assert isinstance(base, dict)
    assert base["status"] == "pending"
