"""What every answer carries, whatever led to it."""

from http import HTTPStatus
from typing import Any

import aiohttp
import pytest

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.problems import ACMEError, ErrorType, Problem, refuse, unavailable
from acme_server.protocol.replies import PEM_CHAIN, Link, Reply
from acme_server.protocol.resources import Resource
from tests.service.web.services import DIRECTORY_URL, INDEX, JOSE, PROFILE, Call, FakeServices

Client = aiohttp.ClientSession
NEW_ORDER = PROFILE + "/new-order"


async def problem_of(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """Return the problem document of an answer, which is one."""
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = await answer.json(content_type="application/problem+json")
    assert problem["status"] == answer.status
    assert problem["type"].startswith("urn:ietf:params:acme:error:")
    assert problem["detail"]
    return problem


async def test_the_directory_is_json_and_needs_no_account(client: Client) -> None:
    """RFC 8555 §7.1.1."""
    async with client.get(PROFILE + "/directory") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert await answer.json() == {"newOrder": "pki/web"}
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Link" not in answer.headers


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204)])
async def test_new_nonce_gives_a_nonce_that_nobody_caches(
    client: Client, services: FakeServices, method: str, status: int
) -> None:
    """RFC 8555 §7.2."""
    async with client.request(method, PROFILE + "/new-nonce") as answer:
        assert answer.status == status
        assert answer.headers["Replay-Nonce"] == "nonce0"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Link"] == INDEX
        assert await answer.read() == b""
    assert services.issued == [False]


async def test_head_has_the_headers_of_get_and_no_body(client: Client) -> None:
    async with client.get(PROFILE + "/directory") as got:
        expected = got.headers
    async with client.head(PROFILE + "/directory") as answer:
        assert await answer.read() == b""
        for name in ("Content-Type", "Content-Length", "Cache-Control"):
            assert answer.headers[name] == expected[name]


POSTS: dict[str, tuple[Resource, dict[str, str]]] = {
    "/directory": (Resource.DIRECTORY, {}),
    "/new-nonce": (Resource.NEW_NONCE, {}),
    "/new-account": (Resource.NEW_ACCOUNT, {}),
    "/new-order": (Resource.NEW_ORDER, {}),
    "/revoke-cert": (Resource.REVOKE_CERTIFICATE, {}),
    "/key-change": (Resource.KEY_CHANGE, {}),
    "/account/a1": (Resource.ACCOUNT, {"account": "a1"}),
    "/account/a1/orders": (Resource.ORDERS, {"account": "a1"}),
    "/account/a1/orders?cursor=o9": (Resource.ORDERS, {"account": "a1", "cursor": "o9"}),
    "/order/o1": (Resource.ORDER, {"order": "o1"}),
    "/order/o1/finalize": (Resource.FINALIZE, {"order": "o1"}),
    "/authorization/s1/2": (Resource.AUTHORIZATION, {"slot": "s1", "number": "2"}),
    **{
        f"/challenge/s1/10/{each}": (
            Resource.CHALLENGE,
            {"slot": "s1", "number": "10", "type": each.value},
        )
        for each in ChallengeType
    },
    "/certificate/0af3": (Resource.CERTIFICATE, {"serial": "0af3"}),
}


@pytest.mark.parametrize(("path", "expected"), POSTS.items(), ids=POSTS)
async def test_a_post_reaches_its_service_with_its_bytes(
    client: Client,
    services: FakeServices,
    path: str,
    expected: tuple[Resource, dict[str, str]],
) -> None:
    """RFC 8555 §6.2, §6.3: POST-as-GET of the directory and newNonce too."""
    resource, parameters = expected
    async with client.post(PROFILE + path, data=b"\x00bytes", headers=JOSE) as answer:
        assert answer.status == 200
    call = Call(resource, parameters, "pki", "web", b"\x00bytes", "127.0.0.1")
    assert services.calls == [call]


def test_every_resource_is_tried_above() -> None:
    assert {resource for resource, _ in POSTS.values()} == set(Resource)


async def test_a_profiles_name_may_hold_dots(client: Client, services: FakeServices) -> None:
    async with client.post("/acme/pki/web.v1/new-order", data=b"{}", headers=JOSE):
        assert services.calls[0].profile == "web.v1"


async def test_every_answer_to_a_post_has_a_fresh_nonce(
    client: Client, services: FakeServices
) -> None:
    """RFC 8555 §6.5."""
    nonces = []
    for error in (None, refuse(ErrorType.BAD_NONCE, "used"), RuntimeError("inside")):
        services.error = error
        async with client.post(NEW_ORDER, data=b"{}", headers=JOSE) as answer:
            nonces.append(answer.headers["Replay-Nonce"])
    for path in ("/order/UPPER", "/nowhere"):
        async with client.post(PROFILE + path, data=b"{}", headers=JOSE) as answer:
            assert answer.status == 404
            nonces.append(answer.headers["Replay-Nonce"])
    assert len(set(nonces)) == 5
    assert services.issued == [True, False, False, False, False]


async def test_a_reply_becomes_status_body_and_headers(
    client: Client, services: FakeServices
) -> None:
    """RFC 8555 §7.1, §7.4: `index` stays when other links are added, each on a line of its own."""
    services.reply = Reply(
        HTTPStatus.CREATED,
        {"text": "<ü>&"},
        location="https://acme.example/o1",
        links=(Link("https://acme.example/1", "alternate"), Link("https://acme.example/2", "up")),
        retry_after=1,
    )
    async with client.post(NEW_ORDER, data=b"{}", headers=JOSE) as answer:
        assert answer.status == 201
        assert await answer.read() == '{"text":"<ü>&"}'.encode()
        assert answer.headers["Location"] == "https://acme.example/o1"
        assert answer.headers["Retry-After"] == "1"
        assert answer.headers.getall("Link") == [
            '<https://acme.example/1>;rel="alternate"',
            '<https://acme.example/2>;rel="up"',
            INDEX,
        ]
        assert answer.headers["Server"] == "certwright"


async def test_a_certificate_is_a_pem_chain_with_its_length(
    client: Client, services: FakeServices
) -> None:
    """RFC 8555 §7.4.2, §9.1."""
    services.reply = Reply(HTTPStatus.OK, "-----BEGIN", media_type=PEM_CHAIN)
    async with client.post(PROFILE + "/certificate/0a", data=b"{}", headers=JOSE) as answer:
        assert answer.headers["Content-Type"] == "application/pem-certificate-chain"
        assert answer.headers["Content-Length"] == "10"
        assert await answer.text() == "-----BEGIN"


async def test_an_answer_may_be_empty(client: Client, services: FakeServices) -> None:
    """RFC 8555 §7.6."""
    services.reply = Reply(HTTPStatus.OK, None)
    async with client.post(PROFILE + "/revoke-cert", data=b"{}", headers=JOSE) as answer:
        assert answer.status == 200
        assert await answer.read() == b""


async def test_what_a_service_refuses_is_a_problem_document(
    client: Client, services: FakeServices
) -> None:
    """RFC 8555 §6.7, §7.3.5."""
    problem = Problem(ErrorType.MALFORMED, "another account has the key", HTTPStatus.CONFLICT)
    services.error = ACMEError(problem, location="https://acme.example/a2")
    async with client.post(NEW_ORDER, data=b"{}", headers=JOSE) as answer:
        assert answer.status == 409
        assert answer.headers["Location"] == "https://acme.example/a2"
        assert answer.headers["Link"] == INDEX
        shown = await problem_of(answer)
        assert shown["detail"] == "another account has the key"


async def test_a_profile_that_is_not_there_yet_is_unavailable_with_a_time_to_come_back(
    client: Client, services: FakeServices
) -> None:
    """cert-manager parks its Issuer on any 4xx of the directory."""
    services.error = unavailable("profile pki/web is not known")
    async with client.get(PROFILE + "/directory") as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "2"
        await problem_of(answer)


async def test_an_error_inside_tells_the_client_nothing_but_when_to_come_back(
    client: Client, services: FakeServices, caplog: pytest.LogCaptureFixture
) -> None:
    """RFC 8555 §6.6, §6.7."""
    services.error = RuntimeError("the database password is s3cret")
    async with client.post(NEW_ORDER, data=b"{}", headers=JOSE) as answer:
        assert answer.status == 500
        assert answer.headers["Retry-After"] == "5"
        shown = await problem_of(answer)
    assert shown["type"].endswith(":serverInternal")
    assert "s3cret" not in str(shown)
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/acme",
        "/acme/pki",
        "/acme/PKI/web/directory",
        "/acme/pki/web/",
        "/acme/pki/web/nowhere",
        "/acme/pki/web/directory/",
        "/acme/pki/web/order/",
        "/acme/pki/web/order/UPPER",
        "/acme/pki/web/order/o1/",
        "/acme/pki/web/authorization/s1/01",
        "/acme/pki/web/authorization/s1/x",
        "/acme/pki/web/certificate/xyz",
    ],
)
async def test_an_unknown_path_is_a_problem_document(client: Client, path: str) -> None:
    async with client.get(path) as answer:
        assert answer.status == 404
        assert (await problem_of(answer))["type"].endswith(":malformed")


async def test_an_unknown_path_below_a_profile_still_leads_to_its_directory(
    client: Client,
) -> None:
    """RFC 8555 §7.1."""
    async with client.get(PROFILE + "/nowhere") as answer:
        assert answer.headers["Link"] == INDEX
    async with client.get("/nowhere") as answer:
        assert "Link" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/new-order", "POST"),
        ("GET", "/account/a1", "POST"),
        ("GET", "/order/o1", "POST"),
        ("GET", "/authorization/s1/1", "POST"),
        ("GET", "/challenge/s1/1/http-01", "POST"),
        ("GET", "/certificate/0a", "POST"),
        ("PUT", "/new-order", "POST"),
        ("DELETE", "/order/o1", "POST"),
        ("PATCH", "/new-nonce", "GET, HEAD, POST"),
    ],
)
async def test_another_method_is_not_allowed(
    client: Client, method: str, path: str, allowed: str
) -> None:
    """RFC 8555 §6.3: nothing but the directory and newNonce is read by GET."""
    async with client.request(method, PROFILE + path) as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == allowed
        assert answer.headers["Link"] == INDEX
        assert (await problem_of(answer))["type"].endswith(":malformed")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/jose+json; charset=utf-8", ""]
)
async def test_another_content_type_is_not_supported(
    client: Client, services: FakeServices, content_type: str
) -> None:
    """RFC 8555 §6.2."""
    headers = {"Content-Type": content_type}
    async with client.post(NEW_ORDER, data=b"{}", headers=headers) as answer:
        assert answer.status == 415
        await problem_of(answer)
    assert services.calls == []


async def test_no_content_type_is_not_supported(client: Client) -> None:
    async with client.post(NEW_ORDER, skip_auto_headers=["Content-Type"]) as answer:
        assert answer.status == 415


async def test_a_request_has_no_nonce_in_its_header(client: Client) -> None:
    """RFC 8555 §6.5."""
    headers = {**JOSE, "Replay-Nonce": "bm9uY2U"}
    async with client.post(NEW_ORDER, data=b"{}", headers=headers) as answer:
        assert answer.status == 400
        await problem_of(answer)


@pytest.mark.parametrize("path", ["/new-order?x=1", "/new-order?cursor=o1", "/order/o1?x"])
async def test_a_query_that_a_resource_has_not_leads_nowhere(client: Client, path: str) -> None:
    """RFC 8555 §6.4: no `url` could be meant for it."""
    async with client.post(PROFILE + path, data=b"{}", headers=JOSE) as answer:
        assert answer.status == 404


async def test_options_tell_what_is_allowed(client: Client) -> None:
    async with client.options(PROFILE + "/directory") as answer:
        assert answer.status == 200
        assert answer.headers["Allow"] == "GET, HEAD, POST"
        assert "Access-Control-Allow-Methods" not in answer.headers


async def test_a_preflight_lets_a_page_send_requests(client: Client) -> None:
    """RFC 8555 §6.1."""
    headers = {"Origin": "https://page.example", "Access-Control-Request-Method": "POST"}
    async with client.options(NEW_ORDER, headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Methods"] == "POST"
        assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
        assert answer.headers["Access-Control-Max-Age"] == "86400"


async def test_a_page_may_read_the_headers_that_acme_needs(client: Client) -> None:
    """RFC 8555 §6.1."""
    headers = {**JOSE, "Origin": "https://page.example"}
    async with client.post(NEW_ORDER, data=b"{}", headers=headers) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        exposed = answer.headers["Access-Control-Expose-Headers"]
        assert set(exposed.split(", ")) == {"Link", "Replay-Nonce", "Location", "Retry-After"}


async def test_no_origin_means_no_cross_origin_headers(client: Client) -> None:
    async with client.get(PROFILE + "/directory") as answer:
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


async def test_a_request_leaves_one_record_without_its_query(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "acme_server.web.access_log")
    path = PROFILE + "/account/a1/orders"
    headers = {**JOSE, "User-Agent": "certbot/5"}
    async with client.post(path + "?cursor=c1", data=b"body", headers=headers):
        pass
    (record,) = (each for each in caplog.records if each.name == "acme_server.web.access_log")
    assert record.getMessage() == f"POST '{path}' 200"
    fields = vars(record)
    assert (fields["method"], fields["path"], fields["status"]) == ("POST", path, 200)
    assert (fields["client"], fields["peer"]) == ("certbot/5", "127.0.0.1")
    assert fields["milliseconds"] >= 0
    assert DIRECTORY_URL not in record.getMessage()
