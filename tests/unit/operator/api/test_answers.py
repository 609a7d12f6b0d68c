"""What an API server's answers become, and what it is asked with."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from kubernetes.aio.client.configuration import Configuration

from certwright_operator.api import access
from certwright_operator.api.access import NoAccess
from certwright_operator.api.kubernetes import KubernetesAPI
from certwright_operator.api.port import (
    CONFIG_MAPS,
    SECRETS,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotServed,
    Refused,
    Resource,
    Unavailable,
)

Answer = Callable[[web.Request], web.Response]
SECRET = "MFgCAQAwgcr"


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[KubernetesAPI]:
    """Give a way to an API server that answers every request by `answer`."""

    async def answered(request: web.Request) -> web.Response:
        return answer(request)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answered)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    configuration = Configuration(host=f"http://{host}:{port}")
    configuration.client_session_kwargs = {"trust_env": False}
    configuration.api_key["BearerToken"] = "Bearer t"
    api = KubernetesAPI.open(configuration)
    try:
        yield api
    finally:
        await api.close()
        await runner.cleanup()


def status(code: int, reason: str = "", **members: object) -> web.Response:
    return web.json_response({"kind": "Status", "reason": reason} | members, status=code)


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        pytest.param(status(404, "NotFound", details={"name": "a"}), NotFound, id="an object"),
        pytest.param(status(404, "NotFound", details={}), NotServed, id="a kind"),
        pytest.param(web.Response(status=404, text="404 page not found"), NotServed, id="no JSON"),
        pytest.param(status(409, "Conflict"), Conflict, id="conflict"),
        pytest.param(status(403, "Forbidden"), Forbidden, id="forbidden"),
        pytest.param(status(422, "Invalid"), Invalid, id="invalid"),
        pytest.param(status(405, "MethodNotAllowed"), Refused, id="anything else"),
        pytest.param(status(401, "Unauthorized"), Unavailable, id="a token that has run out"),
        pytest.param(status(500, "InternalError"), Unavailable, id="an error within"),
        pytest.param(web.Response(status=502, text="<html>"), Unavailable, id="a proxy's page"),
        pytest.param(web.Response(text="<html>"), Unavailable, id="no JSON though all is well"),
        pytest.param(web.Response(status=302), Unavailable, id="a redirect to nowhere"),
    ],
)
async def test_what_an_answer_becomes(answer: web.Response, raised: type[Exception]) -> None:
    async with serving(lambda _: answer) as api:
        with pytest.raises(raised) as caught:
            await api.get(CONFIG_MAPS, "team-a", "a")
        assert type(caught.value) is raised


async def test_the_delay_that_is_asked_for_is_handed_on() -> None:
    answer = web.json_response({}, status=429, headers={"Retry-After": "7"})
    async with serving(lambda _: answer) as api:
        with pytest.raises(Unavailable) as caught:
            await api.get(CONFIG_MAPS, "team-a", "a")
        assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    ("resource", "shown"), [(CONFIG_MAPS, True), (SECRETS, False)], ids=["ConfigMap", "Secret"]
)
async def test_what_may_quote_a_secret_is_not_repeated(resource: Resource, shown: bool) -> None:
    answer = status(400, "BadRequest", message=f'bigger context ..."key":"{SECRET}"|...')
    async with serving(lambda _: answer) as api:
        with pytest.raises(Invalid) as caught:
            await api.create(resource, "team-a", {"metadata": {"name": "a"}})
        assert (SECRET in str(caught.value)) is shown


async def test_a_list_that_took_too_long_goes_on_with_what_is_there() -> None:
    asked: list[str] = []

    def answer(request: web.Request) -> web.Response:
        token = request.query.get("continue", "")
        asked.append(token)
        if token == "first":
            return status(410, "Expired", metadata={"continue": "fresh"})
        name, proceed = {"": ("a", "first"), "fresh": ("b", "")}[token]
        return web.json_response(
            {"metadata": {"continue": proceed}, "items": [{"metadata": {"name": name}}]}
        )

    async with serving(answer) as api:
        listed = [each["metadata"]["name"] async for each in api.pages(CONFIG_MAPS, None)]
    assert listed == ["a", "b"]
    assert asked == ["", "first", "fresh"]


async def test_a_list_that_can_not_go_on_is_tried_again_later() -> None:
    async with serving(lambda _: status(410, "Expired")) as api:
        with pytest.raises(Unavailable):
            [each async for each in api.pages(CONFIG_MAPS, None)]


async def test_the_operator_says_who_it_is() -> None:
    headers: list[tuple[str, str]] = []

    def answer(request: web.Request) -> web.Response:
        headers.append((request.headers["User-Agent"], request.headers["Authorization"]))
        return web.json_response({})

    async with serving(answer) as api:
        await api.get(CONFIG_MAPS, "team-a", "a")
    assert headers == [("certwright-operator", "Bearer t")]


async def test_without_a_cluster_it_is_said_what_is_missing() -> None:
    with pytest.raises(NoAccess, match=r"no pod .* KUBECONFIG names no file"):
        await access.configuration({})


@pytest.mark.parametrize("text", ["", "{}", "[", "contexts: []\ncurrent-context: a\n"])
async def test_a_kubeconfig_that_can_not_be_used_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(NoAccess, match=r"can't be read|is not YAML"):
        await access.configuration({"KUBECONFIG": str(path)})
    with pytest.raises(NoAccess, match="can't be read"):
        await access.configuration({"KUBECONFIG": str(tmp_path / "absent")})
