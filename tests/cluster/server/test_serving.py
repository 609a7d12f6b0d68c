"""What a server in a cluster answers, as its bundles come, change and go."""

import base64
import json
from typing import Any

from certwright.bundles.objects import BUNDLE_KEY, NONCE_KEYS_NAME, profile_object, signer_object
from tests.cluster.harness.resources import Document
from tests.cluster.harness.waiting import eventually
from tests.cluster.server.site import BASE, Server, Site

PROFILE = profile_object("pki", "web")


def bundle(secret: Document) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(secret["data"][BUNDLE_KEY]))
    return found


def with_bundle(secret: Document, **members: object) -> Document:
    changed = json.dumps(bundle(secret) | members).encode()
    return secret | {"data": {BUNDLE_KEY: base64.b64encode(changed).decode()}}


async def test_a_server_answers_for_the_profiles_that_were_handed_over(site: Site) -> None:
    await site.hand_over()
    async with site.running() as server:
        assert list(server.ready.directories) == ["pki/web"]
        status, directory = await server.directory()
        assert status == 200
        assert directory["newOrder"] == f"{BASE}/acme/pki/web/new-order"
        assert await server.readiness() == {"ready": True, "reasons": []}
    async with site.running() as again:
        assert (await again.directory())[0] == 200


async def test_a_server_waits_for_the_keys_of_nonces_and_can_be_told_to_stop_meanwhile(
    site: Site,
) -> None:
    await site.hand_over()
    await site.delete(NONCE_KEYS_NAME)
    async with site.starting() as told:
        assert not told.done()
    async with site.starting() as told:
        await site.put(site.planner.secrets[NONCE_KEYS_NAME])
        assert (await told).directories


async def test_an_unknown_profile_is_503_until_it_is_handed_over_and_again_when_it_is_gone(
    site: Site,
) -> None:
    await site.hand_over()
    profile = site.document("CertificateProfile")
    profile["metadata"]["name"] = "new"
    async with site.running() as server:
        status, problem = await server.directory("pki/new")
        assert status == 503
        assert "no profile pki/new" in problem["detail"]
        await site.hand_over([*site.documents, profile])
        await eventually(lambda: answers(server, "pki/new", 200))
        await site.delete(profile_object("pki", "new"))
        await eventually(lambda: answers(server, "pki/new", 503))
        assert (await server.directory())[0] == 200


async def answers(server: Server, profile: str, status: int) -> None:
    assert (await server.directory(profile))[0] == status


async def test_a_profile_answers_once_its_signer_is_there_whichever_comes_first(site: Site) -> None:
    await site.hand_over()
    secret = site.planner.secrets[PROFILE]
    signer = signer_object(bundle(secret)["signer"])
    await site.delete(signer)
    async with site.running() as server:
        status, problem = await server.directory()
        assert status == 503
        assert "waits for its signer" in problem["detail"]
        told = await server.readiness()
        assert told["ready"]
        assert signer in told["notes"][0]
        await site.put(site.planner.secrets[signer])
        await eventually(lambda: answers(server, "pki/web", 200))


async def test_a_bundle_that_can_t_be_used_leaves_the_last_good_one_in_force(site: Site) -> None:
    await site.hand_over()
    secret = site.planner.secrets[PROFILE]
    async with site.running() as server:
        for broken in ({"schemaVersion": 9}, {"name": "other"}):
            await site.put(with_bundle(secret, **broken))
            await eventually(lambda: refuses(server, 1))
            assert (await server.directory())[0] == 200
            await site.put(secret)
            await eventually(lambda: refuses(server, 0))
        await site.put(with_bundle(secret, schemaVersion=9))
        await eventually(lambda: refuses(server, 1))
    async with site.running() as anew:
        status, problem = await anew.directory()
        assert status == 503
        assert "update it first" in problem["detail"]
        assert (await anew.readiness())["ready"]


async def refuses(server: Server, number: int) -> None:
    told = [each for each in (await server.metrics()).splitlines() if 'refused{kind="pro' in each]
    assert told == ([f'certwright_bundles_refused{{kind="profile"}} {number}.0'] * bool(number))


async def test_a_server_that_is_told_to_stop_goes_on_answering_for_a_while(site: Site) -> None:
    await site.hand_over()
    site.settings["shutdown"] = {"drain": "5s"}
    async with site.running() as server:
        site.stop.set()
        # Requests still come until everybody has heard that it isn't ready any more.
        await eventually(lambda: drains(server))
        assert (await server.directory())[0] == 200
        assert await server.closes_connections()


async def drains(server: Server) -> None:
    reasons = (await server.readiness())["reasons"]
    assert any(each.startswith("draining") for each in reasons), reasons
