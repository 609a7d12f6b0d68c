import pytest

from certwright_operator.api.port import Forbidden
from certwright_operator.settings import Settings, TenantSecrets
from certwright_operator.triggers.reach import within_reach
from tests.fakes.kubernetes_api import Call, FakeAPI


def settings(*namespaces: str) -> Settings:
    tenants = TenantSecrets(frozenset(namespaces))
    return Settings("system", "acme", "https://acme.example.test", tenants, "me")


async def test_a_namespace_whose_role_went_with_it_is_not_watched(
    caplog: pytest.LogCaptureFixture,
) -> None:
    api = FakeAPI()

    def forbid(call: Call) -> None:
        if call.namespace == "gone":
            raise Forbidden(403, "Forbidden", "secrets is forbidden")

    api.before = forbid
    reachable = await within_reach(api, settings("team-a", "gone"))
    assert reachable.tenant_secrets.namespaces == {"team-a"}
    assert "namespace gone is not watched" in caplog.text


async def test_where_no_namespace_is_named_nobody_is_asked() -> None:
    api = FakeAPI()
    assert (await within_reach(api, settings())).tenant_secrets.namespaces == frozenset()
    assert api.calls == []
