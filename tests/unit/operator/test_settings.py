"""Settings that can't work are refused at the start, all faults at once."""

from datetime import timedelta
from typing import Any

import pytest

from certwright_operator.settings import (
    ServingSource,
    ServingTLS,
    Settings,
    SettingsError,
    TenantSecrets,
)


def settings(**changed: Any) -> Settings:
    usual: dict[str, Any] = {
        "operator_namespace": "certwright-system",
        "server_namespace": "certwright-acme",
        "base_url": "https://acme.example.com",
        "tenant_secrets": TenantSecrets(),
        "identity": "me",
    }
    return Settings(**usual | changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"operator_namespace": "Nope"}, "operator namespace is 'Nope'"),
        ({"server_namespace": ""}, "server namespace is ''"),
        ({"server_namespace": "certwright-system"}, "are both 'certwright-system'"),
        ({"tenant_secrets": TenantSecrets(frozenset({"a.b"}))}, "tenant namespace is 'a.b'"),
        (
            {"tenant_secrets": TenantSecrets(frozenset({"certwright-acme"}))},
            "tenant namespace 'certwright-acme' is the operator's or the server's own",
        ),
        ({"base_url": "http://acme.example.com"}, "has to be https://HOST"),
        ({"base_url": "https://acme.example.com/acme"}, "without a path"),
        ({"base_url": "https://a.example:99999"}, "server URL is"),
        ({"base_url": "https://u:p@a.example"}, "server URL is"),
        ({"identity": ""}, "identity is empty"),
        ({"resync": timedelta(seconds=1)}, "resync is 1s; it can't be below 10s"),
        ({"serving": ServingTLS(secret="No_Name")}, "serving secret is 'No_Name'; a Secret's name"),
        ({"serving": ServingTLS(secret="a." * 127)}, "a Secret's name has up to 253"),
        ({"serving": ServingTLS(secret="nonce-keys")}, "Secrets of the operator's own have such"),
        ({"serving": ServingTLS(secret="profile.pki.web")}, "the operator's own have such names"),
        ({"serving": ServingTLS(names=("a_b.example",))}, "serving name is 'a_b.example', which"),
        ({"base_url": "https://a_b.example"}, "server URL's host is 'a_b.example', which no"),
        (
            {"serving": ServingTLS(ServingSource.GIVEN, names=("a.example",))},
            "serving name a.example is of no use with serving TLS that is given",
        ),
    ],
)
def test_what_can_not_work_is_told(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        settings(**changed)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        settings(base_url="nowhere", identity="")
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://acme.example.com", "acme.example.com"),
        ("https://192.0.2.1:8443", "192.0.2.1"),
        ("https://[2001:db8::1]", "2001:db8::1"),
        ("https://localhost:8443", "localhost"),
    ],
)
def test_the_server_has_one_host(url: str, host: str) -> None:
    assert settings(base_url=url).server_host == host


def test_a_given_certificate_is_for_whatever_host_it_is_for() -> None:
    given = ServingTLS(ServingSource.GIVEN, "acme-tls")
    assert settings(base_url="https://a_b.example", serving=given).serving == given
