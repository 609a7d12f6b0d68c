"""What is watched, by which labels and where."""

from certwright_operator import main
from certwright_operator.api.port import KINDS
from certwright_operator.settings import Settings, TenantSecrets

EVERYWHERE = TenantSecrets()
NAMED = TenantSecrets(frozenset({"team-a", "team-b"}))


class Deaf:
    """An inbox that nothing comes to."""

    def seen(self, *_: object) -> None:
        raise AssertionError("nothing is watched here")


def watched(tenants: TenantSecrets) -> dict[str, str]:
    settings = Settings("system", "acme", "https://acme.example.com", tenants, "me")
    return {path: each.labels for each in main.watches(settings, Deaf()) for path in each.paths}


def test_what_people_write_is_watched_everywhere() -> None:
    assert {path for path, labels in watched(EVERYWHERE).items() if not labels} == {
        *(f"/apis/certwright.dev/v1alpha1/{each.plural}" for each in KINDS.values()),
        "/api/v1/namespaces",
    }


def test_of_secrets_only_the_operators_own_are_watched_and_only_in_the_own_namespaces() -> None:
    assert {path for path, labels in watched(EVERYWHERE).items() if labels} == {
        "/api/v1/namespaces/system/secrets",
        "/api/v1/namespaces/acme/secrets",
        "/api/v1/namespaces/acme/configmaps",
    }
    assert set(filter(None, watched(EVERYWHERE).values())) == {
        "app.kubernetes.io/managed-by=certwright"
    }


def test_tenants_secrets_are_watched_where_the_namespaces_are_named() -> None:
    assert watched(NAMED).keys() - watched(EVERYWHERE).keys() == {
        "/api/v1/namespaces/team-a/secrets",
        "/api/v1/namespaces/team-b/secrets",
    }
