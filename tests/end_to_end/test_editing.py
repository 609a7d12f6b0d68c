"""Documents edited under a running server: taken over, or refused with the last good state kept."""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.end_to_end.conftest import Launch
from tests.end_to_end.harness import documents
from tests.end_to_end.harness.server import Server
from tests.end_to_end.harness.session import Answer, Session, opened

INSIDE = "www.team-a.example.test"
OUTSIDE = "www.team-b.example.test"
_POLLS = 200
_PAUSE = 0.1


async def eventually(holds: Callable[[], bool], what: str) -> None:
    """Return when something has come to hold; raise `AssertionError` if it never does."""
    for _ in range(_POLLS):
        if holds():
            return
        await asyncio.sleep(_PAUSE)
    raise AssertionError(f"not in time: {what}")


async def order_until(session: Session, name: str, *, accepted: bool) -> Answer:
    """Order a name again and again until the answer is as expected."""
    answer = await session.order(name)
    for _ in range(_POLLS):
        if (answer.status < 400) is accepted:
            return answer
        await asyncio.sleep(_PAUSE)
        answer = await session.order(name)
    raise AssertionError(f"still {answer.status}: {answer.body}")


def ready(server: Server, namespace: str, kind: str, name: str) -> dict[str, Any]:
    """Return the condition Ready of an object; nothing if it has none."""
    conditions = server.status(namespace, kind, name).get("conditions", [])
    return next((each for each in conditions if each["type"] == "Ready"), {})


async def test_an_edited_template_takes_effect_without_a_restart(launch: Launch) -> None:
    server = launch()
    server.start()
    async with opened(server.directory()) as session:
        (await session.register(server.binding())).accepted()
        assert (await session.order(INSIDE)).status == 201
        documents.write(
            server.place.documents, {"template.yaml": [documents.template("*.elsewhere.test")]}
        )
        assert (await order_until(session, INSIDE, accepted=False)).problem == "rejectedIdentifier"


async def test_a_new_profile_and_its_credential_can_be_used_without_a_restart(
    launch: Launch,
) -> None:
    server = launch()
    server.start()
    reference = {"name": "second", "namespace": "pki"}
    files = {
        "second.yaml": [
            documents.profile("second"),
            documents.credential("second", profileRef=reference),
        ]
    }
    documents.write(server.place.documents, files)
    secret = server.data / "secrets" / "team-a" / "second" / "secret"
    await eventually(secret.exists, "the new credential's secret")
    server.ready["directories"]["pki/second"] = server.directory().url.replace("web", "second")
    async with opened(server.directory("pki/second")) as session:
        assert (await session.register(server.binding(secret="second"))).status == 201


async def test_a_broken_edit_keeps_the_last_good_state_until_it_is_mended(
    launch: Launch,
) -> None:
    server = launch()
    server.start()
    template = server.place.documents / "template.yaml"
    async with opened(server.directory()) as session:
        (await session.register(server.binding())).accepted()
        broken = documents.template("**.example.test")
        broken["spec"]["allowd"] = {}
        documents.write(server.place.documents, {"template.yaml": [broken]})
        await eventually(lambda: "allowd" in server.log.read_text(), "the error in the log")
        assert "template.yaml" in server.log.read_text()
        assert (await session.order(INSIDE)).status == 201
        template.write_text("spec: [unclosed")
        await eventually(lambda: "is not YAML" in server.log.read_text(), "the error in the log")
        assert (await session.order(INSIDE)).status == 201
        documents.write(
            server.place.documents, {"template.yaml": [documents.template("*.elsewhere.test")]}
        )
        await order_until(session, INSIDE, accepted=False)


async def test_a_tenant_who_widens_his_own_credential_gets_nothing_beyond_the_grant(
    launch: Launch,
) -> None:
    server = launch()
    server.start()
    async with opened(server.directory()) as bound:
        (await bound.register(server.binding())).accepted()
        widened = documents.credential(dnsNames={"values": ["**"]})
        documents.write(server.place.documents, {"credential.yaml": [widened]})
        await eventually(
            lambda: (
                ready(server, "team-a", "EABCredential", "default").get("reason") == "ExceedsGrant"
            ),
            "Ready=False, ExceedsGrant",
        )
        condition = ready(server, "team-a", "EABCredential", "default")
        assert condition["status"] == "False"
        assert "**" in condition["message"]
        for name in (INSIDE, OUTSIDE):
            refused = await bound.order(name)
            assert (refused.status, refused.problem) == (403, "unauthorized")
            assert "grant" in refused.detail
    async with opened(server.directory()) as newcomer:
        assert (await newcomer.register(server.binding())).problem == "unauthorized"
        assert (await newcomer.known()).problem == "accountDoesNotExist"
