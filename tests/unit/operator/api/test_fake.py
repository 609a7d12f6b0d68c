"""The fake keeps the contract; that it is one, it shows by what it notes."""

import pytest

from certwright_operator.api.port import CONFIG_MAPS, Unavailable
from tests.fakes.kubernetes_api import Call, FakeAPI
from tests.unit.operator.api.contract import UNSERVED, APIContract, config_map


class TestFakeAPI(APIContract):
    @pytest.fixture
    def api(self) -> FakeAPI:
        api = FakeAPI()
        api.unserved.add(UNSERVED.plural)
        return api

    @pytest.fixture
    def namespace(self) -> str:
        return "team-a"


async def test_reads_are_no_writes() -> None:
    api = FakeAPI()
    await api.create(CONFIG_MAPS, "team-a", config_map())
    await api.get(CONFIG_MAPS, "team-a", "one")
    assert [each async for each in api.pages(CONFIG_MAPS, None)]
    assert api.writes == [Call("create", "configmaps", "team-a", "one")]


async def test_an_answer_can_be_lost_though_the_write_landed() -> None:
    def lose(_: Call) -> None:
        raise Unavailable("lost")

    api = FakeAPI()
    api.after = lose
    with pytest.raises(Unavailable):
        await api.create(CONFIG_MAPS, "team-a", config_map())
    assert api.found(CONFIG_MAPS, "team-a", "one")


async def test_watchers_are_told_of_what_changed_and_of_nothing_else() -> None:
    seen: list[tuple[str, str | None]] = []
    api = FakeAPI()
    api.watchers.append(lambda plural, type_, _: seen.append((plural, type_)))
    await api.apply(CONFIG_MAPS, "team-a", "one", config_map(a="1"))
    await api.apply(CONFIG_MAPS, "team-a", "one", config_map(a="1"))
    await api.apply(CONFIG_MAPS, "team-a", "one", config_map(a="2"))
    api.remove(CONFIG_MAPS, "team-a", "one")
    assert seen == [("configmaps", each) for each in ("ADDED", "MODIFIED", "DELETED")]
