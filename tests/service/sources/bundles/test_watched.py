"""The source of bundles over a fake API server: what comes, what is missed, what stays away."""

import asyncio

import pytest
from aiohttp import web

from acme_server.kubernetes_api import following as followings
from acme_server.kubernetes_api.connection import Connection
from acme_server.ports import BundlesUnavailable
from acme_server.sources.bundles.watched import STALE_AFTER, WatchedBundles
from tests.fakes.secrets_api import SecretsAPI
from tests.service.sources.bundles.conftest import Hands, until
from tests.service.sources.bundles.material import (
    CREDENTIAL,
    KID,
    PROFILE,
    credential,
    profile,
    signer,
    signer_secret,
)
from tests.unit.stores.fake_api import status


def put_all(api: SecretsAPI) -> None:
    api.put(signer_secret(), signer().to_json())
    api.put(PROFILE, profile(signer()).to_json())
    api.put(CREDENTIAL, credential().to_json())


async def there(bundles: WatchedBundles) -> bool:
    return await bundles.credential(KID) is not None


async def absent(bundles: WatchedBundles) -> bool:
    return await bundles.credential(KID) is None


async def test_what_is_there_at_the_start_is_in_force_without_asking_for_it(
    api: SecretsAPI, bundles: WatchedBundles
) -> None:
    put_all(api)
    task = asyncio.create_task(bundles.run())
    await bundles.synchronised()
    found = await bundles.profile("pki", "web")
    assert found is not None
    assert found.signer is not None
    assert await bundles.credential(KID) is not None
    assert [each for each in api.requests if each.startswith("get")] == []
    assert [each.key for each in bundles.profiles] == ["pki/web"]
    task.cancel()


async def test_a_long_list_is_read_in_pages(
    api: SecretsAPI, bundles: WatchedBundles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followings, "PAGE", 2)
    for number in range(5):
        made = credential(name=f"c{number}")
        api.put(f"credential.team-a.c{number}", made.to_json())
    task = asyncio.create_task(bundles.run())
    await bundles.synchronised()
    task.cancel()
    assert api.requests.count("list") == 3
    for number in range(5):
        assert await bundles.credential(f"team-a.c{number}") is not None


async def test_a_list_that_expires_between_two_pages_begins_again(
    api: SecretsAPI, bundles: WatchedBundles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followings, "PAGE", 1)
    for number in range(2):
        made = credential(name=f"c{number}")
        api.put(f"credential.team-a.c{number}", made.to_json())

    def once() -> None:
        if api.requests.count("list") == 2:
            api.remove("credential.team-a.c0")
            api.compact()

    api.before_page = once
    task = asyncio.create_task(bundles.run())
    await bundles.synchronised()
    task.cancel()
    assert await bundles.credential("team-a.c0") is None
    assert await bundles.credential("team-a.c1") is not None


async def test_what_changes_while_it_is_followed_is_in_force_and_what_is_deleted_is_gone(
    api: SecretsAPI, following: WatchedBundles
) -> None:
    put_all(api)
    await until(lambda: there(following))
    api.put(CREDENTIAL, credential(suspend=True).to_json())

    async def suspended() -> bool:
        found = await following.credential(KID)
        return found is not None and found.suspend

    await until(suspended)
    api.remove(CREDENTIAL)
    await until(lambda: absent(following))


async def test_what_was_missed_is_found_by_reading_the_list_again(
    api: SecretsAPI, following: WatchedBundles
) -> None:
    put_all(api)
    await until(lambda: there(following))
    # The next watch hears that its version is too old.
    api.tells = False
    api.remove(CREDENTIAL)
    api.compact()
    api.put(PROFILE, profile(signer(), uid="u-9").to_json())
    api.tells = True
    api.end()

    async def renewed() -> bool:
        found = await following.profile("pki", "web")
        return found is not None and found.uid == "u-9" and await absent(following)

    await until(renewed)


@pytest.mark.parametrize("answered", [403, 429, 500], ids=str)
async def test_a_refused_request_is_tried_again_and_told_once(
    api: SecretsAPI, bundles: WatchedBundles, answered: int, caplog: pytest.LogCaptureFixture
) -> None:
    put_all(api)
    api.refusals = [status(answered, "No") for _ in range(3)]
    task = asyncio.create_task(bundles.run())
    await bundles.synchronised()
    task.cancel()
    assert await bundles.credential(KID) is not None
    ours = [each.message for each in caplog.records if each.name.startswith("acme_server.")]
    assert len([each for each in ours if str(answered) in each]) == 1


async def test_a_stream_that_has_fallen_silent_is_given_up_and_another_one_asked_for(
    api: SecretsAPI, connection: Connection
) -> None:
    bundles = WatchedBundles(connection, "certwright-acme", stale_after=0.1)
    task = asyncio.create_task(bundles.run())
    await bundles.synchronised()
    api.tells = False
    put_all(api)

    async def asked_again() -> bool:
        return api.requests.count("watch") >= 2

    await until(asked_again)
    api.tells = True
    await until(lambda: there(bundles))
    task.cancel()


async def test_without_a_sign_of_life_for_too_long_nothing_is_current(
    api: SecretsAPI, following: WatchedBundles, monotonic: Hands
) -> None:
    following.require_current()
    put_all(api)
    await until(lambda: there(following))
    monotonic.seconds += STALE_AFTER + 1
    with pytest.raises(BundlesUnavailable, match="61 seconds"):
        following.require_current()
    # What was in force is still told.
    assert await following.profile("pki", "web") is not None
    api.bookmark()

    async def current() -> bool:
        return following.sight.age == 0

    await until(current)
    following.require_current()


def test_nothing_is_current_before_the_first_list(bundles: WatchedBundles) -> None:
    with pytest.raises(BundlesUnavailable, match="yet"):
        bundles.require_current()


async def test_what_the_watch_has_not_brought_yet_is_read_live(
    api: SecretsAPI, following: WatchedBundles
) -> None:
    api.tells = False
    put_all(api)
    found = await following.profile("pki", "web")
    assert found is not None
    assert found.signer is not None
    assert await following.credential(KID) is not None
    expected = [f"get {PROFILE}", f"get {signer_secret()}", f"get {CREDENTIAL}"]
    assert api.requests[-3:] == expected


async def test_many_who_miss_one_name_cost_one_read_and_so_do_those_just_after(
    api: SecretsAPI, following: WatchedBundles, monotonic: Hands
) -> None:
    asked = [following.profile("pki", "nobody") for _ in range(20)]
    assert await asyncio.gather(*asked) == [None] * 20
    assert await following.profile("pki", "nobody") is None
    name = "get profile.pki.nobody"
    assert api.requests.count(name) == 1
    monotonic.seconds += 1.1
    assert await following.profile("pki", "nobody") is None
    assert api.requests.count(name) == 2


async def test_one_who_goes_away_doesn_t_end_the_read_for_the_others(
    api: SecretsAPI, following: WatchedBundles
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def held() -> None:
        asked.set()
        await go_on.wait()

    api.before_get = held
    api.tells = False
    put_all(api)
    first = asyncio.create_task(following.credential(KID))
    await asked.wait()
    second = asyncio.create_task(following.credential(KID))
    await asyncio.sleep(0)
    first.cancel()
    go_on.set()
    assert await second is not None


async def test_made_up_names_cost_a_bounded_number_of_reads(
    api: SecretsAPI, following: WatchedBundles
) -> None:
    asked = (following.credential(f"team-a.x{number}") for number in range(200))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(each) for each in answers} == {type(None), BundlesUnavailable}
    assert len([each for each in api.requests if each.startswith("get")]) == 50


@pytest.mark.parametrize("kid", ["", "a", ".", "a.", "a.../b", "A.b", "a.b\n", f"a.{'b' * 300}"])
async def test_what_can_be_nobody_s_name_is_not_asked_for(
    api: SecretsAPI, following: WatchedBundles, kid: str
) -> None:
    assert await following.credential(kid) is None
    assert [each for each in api.requests if each.startswith("get")] == []


@pytest.mark.parametrize(
    "answer", [status(403, "Forbidden"), web.Response(text="[]"), status(404, "NotFound")]
)
async def test_what_nobody_can_tell_is_not_taken_for_absent(
    api: SecretsAPI, bundles: WatchedBundles, answer: web.Response
) -> None:
    api.refusals = [answer]
    with pytest.raises(BundlesUnavailable, match="nobody can tell"):
        await bundles.credential(KID)


async def test_a_secret_without_the_label_is_no_bundle(
    api: SecretsAPI, bundles: WatchedBundles
) -> None:
    put_all(api)
    del api.secrets[CREDENTIAL]["metadata"]["labels"]
    assert await bundles.credential(KID) is None


async def test_a_tampered_bundle_is_told_to_who_asks(
    api: SecretsAPI, following: WatchedBundles
) -> None:
    api.put(PROFILE, profile(name="other").to_json())

    async def told() -> bool:
        return bool(following.faults)

    await until(told)
    with pytest.raises(BundlesUnavailable, match=r"bundle of profile\.pki\.other"):
        await following.profile("pki", "web")
    assert following.sight.refused == {"profile": 1}
