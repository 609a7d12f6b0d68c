"""What makes a request a verified one (RFC 8555 §6.2 to §6.5)."""

import pytest

from acme_server.domain.problems import ErrorType
from acme_server.protocol.replies import Reply
from acme_server.protocol.resources import Resource
from acme_server.protocol.urls import Urls
from acme_server.services.dispatch import with_host
from certwright.bundles.profile import ACMESettings
from tests.service.services.client import Client, ClientKey
from tests.service.services.problems import refused
from tests.service.services.world import BASE, KID, SECRET, World

NAME = "web.team-a.acme.test"


async def test_a_nonce_is_good_once(world: World) -> None:
    client = await world.bound_client()
    nonce = world.dispatcher.issue_nonce(authenticated=False)
    await client.post(Resource.DIRECTORY, nonce=nonce)
    with refused(ErrorType.BAD_NONCE, 400):
        await client.post(Resource.DIRECTORY, nonce=nonce)


async def test_a_nonce_that_was_never_issued_is_refused(world: World) -> None:
    client = await world.bound_client()
    with refused(ErrorType.BAD_NONCE, 400):
        await client.post(Resource.DIRECTORY, nonce="bm9uc2Vuc2U")


async def test_a_forged_request_does_not_use_the_nonce_up(world: World) -> None:
    client = await world.bound_client()
    nonce = world.dispatcher.issue_nonce(authenticated=False)
    forger = Client(world.dispatcher, client.urls, ClientKey(), client.kid)
    with refused(ErrorType.MALFORMED, 400, "signature"):
        await forger.post(Resource.DIRECTORY, nonce=nonce)
    await client.post(Resource.DIRECTORY, nonce=nonce)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda url: url + "/", id="trailing slash"),
        pytest.param(lambda url: url.replace("https", "http"), id="other scheme"),
        pytest.param(lambda url: url.replace(":8443", ""), id="other port"),
        pytest.param(lambda url: url.replace("acme.example", "ACME.example"), id="other case"),
        pytest.param(lambda url: url + "?a=b", id="query"),
        pytest.param(lambda url: url.replace("new-order", "new-nonce"), id="other resource"),
    ],
)
async def test_a_request_signed_for_another_url_is_refused(world: World, change: object) -> None:
    client = await world.bound_client()
    assert callable(change)
    url = str(change(client.urls.new_order))
    with refused(ErrorType.UNAUTHORIZED, 403, "was signed for"):
        await client.post(Resource.NEW_ORDER, {}, url=url)


async def test_new_account_is_signed_with_its_own_key(world: World) -> None:
    client = await world.bound_client()
    with refused(ErrorType.MALFORMED, 400, "jwk"):
        await client.post(Resource.NEW_ACCOUNT, {})


async def test_all_else_is_signed_by_an_account(world: World) -> None:
    with refused(ErrorType.MALFORMED, 400, "kid"):
        await world.client().post(Resource.NEW_ORDER, {}, by_key=True)


async def test_an_account_url_of_elsewhere_is_no_kid(world: World) -> None:
    client = await world.bound_client()
    client.kid = str(client.kid).replace("acme.example", "evil.example")
    with refused(ErrorType.MALFORMED, 400, "account URL of this directory"):
        await client.order(NAME)


async def test_an_account_that_never_was_does_not_exist(world: World) -> None:
    client = await world.bound_client()
    client.kid = client.urls.account("0" * 32)
    with refused(ErrorType.ACCOUNT_DOES_NOT_EXIST, 400):
        await client.order(NAME)


async def test_an_account_belongs_to_one_profile(world: World) -> None:
    client = await world.bound_client()
    world.bundles.profiles["pki/other"] = world.bundles.profiles["pki/web"]
    account = str(client.kid).rpartition("/")[2]
    other = Client(world.dispatcher, Urls(BASE, "pki", "other"), client.key)
    other.kid = other.urls.account(account)
    with refused(ErrorType.MALFORMED, 400):
        await other.order(NAME)


async def test_directory_and_nonce_are_read_by_post_as_get_too(world: World) -> None:
    client = await world.bound_client()
    directory = await client.post(Resource.DIRECTORY)
    assert directory == await world.dispatcher.directory("pki", "web")
    assert (await client.post(Resource.NEW_NONCE)).status == 200


async def test_the_directory_lists_what_is_served_and_nothing_else(world: World) -> None:
    reply = await world.dispatcher.directory("pki", "web")
    prefix = f"{BASE}/acme/pki/web/"
    assert reply == Reply(
        status=reply.status,
        body={
            "newNonce": f"{prefix}new-nonce",
            "newAccount": f"{prefix}new-account",
            "newOrder": f"{prefix}new-order",
            "revokeCert": f"{prefix}revoke-cert",
            "keyChange": f"{prefix}key-change",
            "meta": {"externalAccountRequired": True},
        },
    )


async def test_an_unknown_profile_is_not_there_yet(world: World) -> None:
    with refused(ErrorType.SERVER_INTERNAL, 503, "pki/nobody"):
        await world.dispatcher.directory("pki", "nobody")


async def test_a_profile_may_have_a_host_of_its_own(world: World) -> None:
    world.serve(acme=ACMESettings(hostname="web.pki.example"))
    client = world.client()
    client.urls = Urls("https://web.pki.example:8443", "pki", "web")
    reply = await client.register((KID, SECRET))
    assert str(reply.location).startswith("https://web.pki.example:8443/acme/pki/web/account/")


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://acme.example", "https://web.example"),
        ("https://acme.example:8443", "https://web.example:8443"),
        ("https://127.0.0.1:8443", "https://web.example:8443"),
        ("https://[::1]", "https://web.example"),
        ("https://[::1]:8443", "https://web.example:8443"),
    ],
)
def test_a_profile_s_own_host_keeps_the_port(base: str, expected: str) -> None:
    assert with_host(base, "web.example") == expected


async def test_the_index_is_the_profile_s_directory_under_its_own_host(world: World) -> None:
    assert await world.dispatcher.index_url("pki", "web") == f"{BASE}/acme/pki/web/directory"
    assert await world.dispatcher.index_url("pki", "nobody") == f"{BASE}/acme/pki/nobody/directory"
    world.serve(acme=ACMESettings(hostname="web.pki.example"))
    own = "https://web.pki.example:8443/acme/pki/web/directory"
    assert await world.dispatcher.index_url("pki", "web") == own
