"""Nothing is read before everything is watched, and a gap is noticed."""

import asyncio

import pytest

from certwright_operator.triggers.streams import Streams

ONE, TWO = "/api/v1/secrets", "/api/v1/namespaces"


@pytest.fixture
def gaps() -> list[str]:
    return []


@pytest.fixture
def streams(gaps: list[str]) -> Streams:
    return Streams((ONE, TWO), lambda: gaps.append("gap"))


async def test_all_have_to_be_watched(streams: Streams) -> None:
    waiting = asyncio.create_task(streams.all_open())
    streams.listed(ONE)
    streams.listed(TWO)
    streams.watched(ONE)
    await asyncio.sleep(0)
    assert not waiting.done()
    assert streams.awaited == [TWO]
    streams.watched(TWO)
    await waiting


def test_a_watch_that_goes_on_has_no_gap(streams: Streams, gaps: list[str]) -> None:
    streams.listed(ONE)
    for _ in range(3):
        streams.watched(ONE)
    assert not gaps


def test_a_list_after_a_watch_is_a_gap_once_it_is_watched_again(
    streams: Streams, gaps: list[str]
) -> None:
    streams.listed(ONE)
    streams.watched(ONE)
    streams.listed(ONE)
    assert not gaps
    streams.watched(ONE)
    assert gaps == ["gap"]
    streams.watched(ONE)
    assert gaps == ["gap"]


def test_every_page_and_every_watch_counts_as_an_answer(streams: Streams) -> None:
    streams.listed(ONE)
    streams.listed(ONE)
    streams.watched(ONE)
    assert streams.answers == 3
