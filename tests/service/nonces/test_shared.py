import asyncio
import random
from datetime import timedelta

import pytest

from acme_server.ports import NonceRejected, NoncesUnavailable
from tests.service.nonces.replicas import Replica, Replicas, bundle, key


async def outcomes(nonces: list[str], at: list[Replica]) -> dict[str, list[bool]]:
    """Redeem each nonce at every replica, all at once in any order; return who accepted."""
    asks = [(nonce, replica) for nonce in nonces for replica in at]
    random.Random(1).shuffle(asks)
    found = await asyncio.gather(*(replica.accepts(nonce) for nonce, replica in asks))
    accepted: dict[str, list[bool]] = {nonce: [] for nonce in nonces}
    for (nonce, _), each in zip(asks, found, strict=True):
        accepted[nonce].append(each)
    return accepted


async def test_a_nonce_is_accepted_once_by_whichever_replica_meets_it_first(
    replicas: Replicas,
) -> None:
    three = [await replicas.start() for _ in range(3)]
    nonces = [three[n % 3].nonces.issue(authenticated=n % 2 == 0) for n in range(30)]
    accepted = await outcomes(nonces, three)
    assert all(sorted(each) == [False, False, True] for each in accepted.values())


async def test_no_nonce_is_lost_or_accepted_twice_while_it_is_handed_over(
    replicas: Replicas,
) -> None:
    leaving, staying, another = [await replicas.start() for _ in range(3)]
    nonces = [leaving.nonces.issue(authenticated=n % 2 == 0) for n in range(60)]
    before, during, after = nonces[:20], nonces[20:40], nonces[40:]
    first = await outcomes(before, [staying, another])
    second, _ = await asyncio.gather(
        outcomes(during, [leaving, staying, another]), leaving.nonces.hand_over()
    )
    await leaving.listener.close()
    third = await outcomes(nonces, [staying, another])
    assert all(sorted(each) == [False, True] for each in first.values())
    assert all(sum(each) == 1 for each in second.values())
    assert [sum(third[nonce]) for nonce in nonces] == [0] * 40 + [1] * len(after)


async def test_what_is_issued_after_a_hand_over_is_accepted_too(replicas: Replicas) -> None:
    leaving, staying = [await replicas.start() for _ in range(2)]
    await leaving.nonces.hand_over()
    nonces = [leaving.nonces.issue(authenticated=n % 2 == 0) for n in range(40)]
    accepted = await outcomes(nonces, [leaving, staying])
    assert all(sum(each) == 1 for each in accepted.values())
    assert "replica-0" not in replicas.registry.members


async def test_incarnations_that_were_taken_over_are_handed_on(replicas: Replicas) -> None:
    first, second = [await replicas.start() for _ in range(2)]
    nonce = first.nonces.issue(authenticated=True)
    used = first.nonces.issue(authenticated=True)
    assert await second.accepts(used)
    await first.nonces.hand_over()
    third = await replicas.start()
    await second.nonces.hand_over()
    await first.close()
    await second.close()
    assert not await third.accepts(used)
    assert await third.accepts(nonce)


async def test_one_who_last_saw_a_replica_that_is_gone_asks_its_successor(
    replicas: Replicas,
) -> None:
    leaving, _, asking = [await replicas.start() for _ in range(3)]
    asking.membership.stale = asking.membership.members()
    nonce = leaving.nonces.issue(authenticated=True)
    replicas.registry.members.pop("replica-2")
    await leaving.nonces.hand_over()
    await leaving.close()
    assert await asking.accepts(nonce)


async def test_a_member_that_cannot_be_reached_is_not_taken_for_gone(replicas: Replicas) -> None:
    killed, asking = [await replicas.start() for _ in range(2)]
    nonce = killed.nonces.issue(authenticated=True)
    await killed.close()
    with pytest.raises(NoncesUnavailable):
        await asking.nonces.redeem(nonce)
    await killed.membership.leave()
    with pytest.raises(NonceRejected):
        await asking.nonces.redeem(nonce)


async def test_who_is_there_must_be_known_to_reject(replicas: Replicas) -> None:
    gone, asking = [await replicas.start() for _ in range(2)]
    nonce = gone.nonces.issue(authenticated=True)
    await gone.membership.leave()
    replicas.registry.away = True
    with pytest.raises(NoncesUnavailable):
        await asking.nonces.redeem(nonce)


async def test_garbage_makes_nobody_ask_anybody(replicas: Replicas) -> None:
    issuer, asking = [await replicas.start() for _ in range(2)]
    genuine = issuer.nonces.issue(authenticated=False)
    for place in range(200):
        changed = "A" if genuine[place % 40 + 2] != "A" else "B"
        garbage = genuine[: place % 40 + 2] + changed + genuine[place % 40 + 3 :]
        assert not await asking.accepts(garbage)
    assert (asking.peers.asked, asking.membership.searches) == (0, 0)
    assert await asking.accepts(genuine)
    assert asking.peers.asked == 1


async def test_without_a_peer_nonces_are_redeemed_to_the_end(
    replicas: Replicas, caplog: pytest.LogCaptureFixture
) -> None:
    alone = await replicas.start()
    nonce = alone.nonces.issue(authenticated=True)
    await alone.nonces.hand_over()
    assert "they are lost" in caplog.text
    assert await alone.accepts(nonce)
    assert await alone.accepts(alone.nonces.issue(authenticated=True))


async def test_replicas_that_end_together_do_not_hand_over_to_each_other(
    replicas: Replicas,
) -> None:
    both = [await replicas.start() for _ in range(2)]
    await asyncio.gather(*(each.nonces.hand_over() for each in both))
    nonces = [each.nonces.issue(authenticated=True) for each in both]
    accepted = await outcomes(nonces, both)
    assert all(sum(each) == 1 for each in accepted.values())


async def test_a_key_that_comes_is_used_when_all_have_heard_of_it(replicas: Replicas) -> None:
    old, new = key("a"), key("b", replicas.clock.now())
    first, second = [await replicas.start() for _ in range(2)]
    before = first.nonces.issue(authenticated=True)
    first.nonces.keys_changed(bundle(new, old))
    early = first.nonces.issue(authenticated=True)
    # The second has not heard of it yet.
    assert await second.accepts(early)
    second.nonces.keys_changed(bundle(new, old))
    replicas.clock.advance(timedelta(seconds=60))
    late = first.nonces.issue(authenticated=True)
    assert await second.accepts(before)
    left = first.nonces.issue(authenticated=True)
    for each in (first, second):
        each.nonces.keys_changed(bundle(new))
    assert await second.accepts(late)
    assert not await second.accepts(early)
    assert await first.accepts(left)


async def test_nonces_under_a_key_that_was_taken_back_are_rejected(replicas: Replicas) -> None:
    first, second = [await replicas.start() for _ in range(2)]
    nonce = first.nonces.issue(authenticated=True)
    for each in (first, second):
        each.nonces.keys_changed(bundle(key("b")))
    assert not await first.accepts(nonce)
    assert not await second.accepts(nonce)
    assert await second.accepts(first.nonces.issue(authenticated=True))
