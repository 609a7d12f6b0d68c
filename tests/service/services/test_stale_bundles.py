"""What is answered while nobody can tell what is in force: reads go on, issuing waits."""

from acme_server.domain.problems import ErrorType
from tests.service.services.client import signing_request
from tests.service.services.problems import refused
from tests.service.services.world import KID, OPTIONAL, SECRET, World

NAME = "web.team-a.acme.test"
STALE = "changes haven't been seen for 61 seconds"


async def test_who_has_lost_sight_of_changes_issues_nothing_and_reads_go_on(world: World) -> None:
    client = await world.bound_client()
    made = await client.order(NAME)
    order = made.body
    assert isinstance(order, dict)
    first = (await client.follow(order["authorizations"][0])).body
    assert isinstance(first, dict)
    world.bundles.stale = STALE
    for asked in (
        client.order(NAME),
        client.follow(first["challenges"][0]["url"], {}),
        world.client().register((KID, SECRET)),
    ):
        with refused(ErrorType.SERVER_INTERNAL, 503, STALE) as refusal:
            await asked
        assert refusal.error is not None
        assert refusal.error.retry_after
    assert (await world.dispatcher.directory("pki", "web")).status == 200
    assert (await client.follow(str(made.location))).status == 200
    assert (await client.register()).status == 200
    world.bundles.stale = None
    await client.follow(first["challenges"][0]["url"], {})
    world.bundles.stale = STALE
    request = signing_request(NAME)
    with refused(ErrorType.SERVER_INTERNAL, 503, STALE):
        await client.finalize(order, request)
    world.bundles.stale = None
    finalized = (await client.finalize(order, request)).body
    assert isinstance(finalized, dict)
    assert finalized["status"] == "valid"
    world.bundles.stale = STALE
    assert (await client.finalize(order, request)).status == 200
    assert (await client.follow(finalized["certificate"])).status == 200


async def test_an_account_without_a_credential_may_come_as_long_as_it_orders_nothing(
    world: World,
) -> None:
    world.serve(acme=OPTIONAL)
    world.bundles.stale = STALE
    client = world.client()
    assert (await client.register()).status == 201
    with refused(ErrorType.SERVER_INTERNAL, 503, STALE):
        await client.order(NAME)


async def test_an_unusable_profile_is_told_and_its_index_link_needs_none(world: World) -> None:
    world.bundles.unusable["pki/web"] = "profile pki/web is malformed"
    with refused(ErrorType.SERVER_INTERNAL, 503, "profile pki/web is malformed"):
        await world.dispatcher.directory("pki", "web")
    with refused(ErrorType.SERVER_INTERNAL, 503, "profile pki/web is malformed"):
        await world.client().register((KID, SECRET))
    index = await world.dispatcher.index_url("pki", "web")
    assert index == world.client().urls.directory


async def test_an_unusable_credential_is_503_and_an_unknown_one_403(world: World) -> None:
    client = await world.bound_client()
    world.bundles.unusable[KID] = "credential team-a/default is malformed"
    with refused(ErrorType.SERVER_INTERNAL, 503, "malformed"):
        await client.order(NAME)
    with refused(ErrorType.SERVER_INTERNAL, 503, "malformed"):
        await world.client().register((KID, SECRET))
    with refused(ErrorType.UNAUTHORIZED, 403, "not accepted"):
        await world.client().register(("team-a.other", SECRET))
