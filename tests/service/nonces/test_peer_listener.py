import aiohttp
import pytest

from acme_server.nonces import messages, packing, parcel
from acme_server.nonces.peers import PeerUnavailable
from acme_server.nonces.rings import Rings
from acme_server.nonces.verdicts import Verdict
from tests.service.nonces.replicas import Replicas, bundle, key


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("GET", "/", b"", id="nothing"),
        pytest.param("POST", "/redeem", b"x" * 91, id="no tag"),
        pytest.param("POST", "/redeem", b"x" * 100_000, id="a large question"),
        pytest.param("POST", "/take/" + "00" * 16, b"x" * 100_000, id="a parcel without a ticket"),
        pytest.param("POST", "/take/zz", b"", id="no ticket"),
        pytest.param(
            "POST",
            "/redeem",
            messages.request(b"o" * 32, "/redeem", bytes(16), b"x" * 43),
            id="another key",
        ),
    ],
)
async def test_whoever_has_no_key_learns_nothing(
    replicas: Replicas, method: str, path: str, body: bytes
) -> None:
    replica = await replicas.start()
    url = f"http://{replica.address}{path}"
    async with aiohttp.request(method, url, data=body) as response:
        assert (response.status, await response.read()) == (401, b"")


async def test_a_request_for_one_path_is_none_for_another(replicas: Replicas) -> None:
    replica = await replicas.start()
    secret = replica.keyring.in_use.messages
    body = messages.request(secret, "/offer", bytes(16), b"")
    async with aiohttp.request("POST", f"http://{replica.address}/announce", data=body) as response:
        assert response.status == 401


async def test_a_recorded_question_only_uses_up_what_was_used_up(replicas: Replicas) -> None:
    replica = await replicas.start()
    secret = replica.keyring.in_use.messages
    nonce = replica.nonces.issue(authenticated=True).encode()
    body = messages.request(secret, "/redeem", bytes(16), nonce)
    verdicts = []
    async with aiohttp.ClientSession() as client:
        for _ in range(2):
            async with client.post(f"http://{replica.address}/redeem", data=body) as response:
                answer = await response.read()
                verdicts.append(messages.answered(secret, "/redeem", bytes(16), answer))
    assert verdicts == [b"used-up", b"rejected"]


def a_parcel(identity: bytes) -> bytes:
    return parcel.wrapped(identity, packing.packed(Rings.begin(64)))


async def test_a_ticket_is_good_for_one_parcel(replicas: Replicas) -> None:
    sender, receiver = [await replicas.start() for _ in range(2)]
    ticket = await sender.peers.offer(receiver.address)
    assert ticket is not None
    assert await sender.peers.take(receiver.address, ticket, a_parcel(b"12345678"))
    # Too large for a question, so that without a ticket it is not even read.
    large = a_parcel(b"87654321") + bytes(100)
    with pytest.raises(PeerUnavailable, match="status 401"):
        await sender.peers.take(receiver.address, ticket, large)


async def test_an_incarnation_that_was_ever_held_is_not_taken_again(replicas: Replicas) -> None:
    sender, receiver = [await replicas.start() for _ in range(2)]

    async def sent(identity: bytes) -> bool:
        ticket = await sender.peers.offer(receiver.address)
        assert ticket is not None
        return await sender.peers.take(receiver.address, ticket, a_parcel(identity))

    assert await sent(b"12345678")
    assert not await sent(b"12345678")
    (own,) = receiver.membership.own.incarnations
    assert not await sent(own)


async def test_no_answer_to_another_key_counts(replicas: Replicas) -> None:
    asked = await replicas.start(bundle(key("b")))
    asking = await replicas.start(bundle(key("a")))
    nonce = asked.nonces.issue(authenticated=True)
    with pytest.raises(PeerUnavailable, match="status 401"):
        await asking.peers.redeem(asked.address, nonce)


async def test_a_nonce_that_the_asked_one_does_not_redeem_is_unknown_to_it(
    replicas: Replicas,
) -> None:
    issuer, asked, asking = [await replicas.start() for _ in range(3)]
    nonce = issuer.nonces.issue(authenticated=True)
    assert await asking.peers.redeem(asked.address, nonce) is Verdict.UNKNOWN
    assert await asking.peers.redeem(asked.address, "x" * 43) is Verdict.REJECTED
