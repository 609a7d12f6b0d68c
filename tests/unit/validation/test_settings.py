from datetime import timedelta
from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from acme_server.validation.endpoints import Endpoint
from acme_server.validation.settings import Route, ValidationSettings


def test_the_defaults_are_those_of_the_rfcs() -> None:
    settings = ValidationSettings()
    assert (settings.http01_port, settings.tls_alpn01_port) == (80, 443)
    assert (settings.timeout, settings.retry_for) == (timedelta(seconds=10), timedelta(minutes=1))
    assert settings.redirect_ports == {80, 443}
    assert settings.resolvers == settings.allowed_networks == settings.denied_networks == ()
    assert settings.routes == ()


def test_a_document_is_read_in_camel_case() -> None:
    settings = ValidationSettings.model_validate(
        {
            "http01Port": 5002,
            "tlsAlpn01Port": 5001,
            "resolvers": ["10.0.0.53", "[::1]:5353"],
            "allowedNetworks": ["127.0.0.0/8", "::1"],
            "deniedNetworks": ["10.96.0.0/12"],
            "routes": [{"suffix": "apps.acme.com", "target": "ingress.default.svc:80"}],
            "timeout": "2s",
            "retryFor": "1m30s",
        }
    )
    assert settings == ValidationSettings(
        http01_port=5002,
        tls_alpn01_port=5001,
        resolvers=(Endpoint("10.0.0.53", 53), Endpoint("::1", 5353)),
        allowed_networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
        denied_networks=(ip_network("10.96.0.0/12"),),
        routes=(Route(suffix="apps.acme.com", target=Endpoint("ingress.default.svc", 80)),),
        timeout=timedelta(seconds=2),
        retry_for=timedelta(seconds=90),
    )
    assert settings.redirect_ports == {80, 443, 5001, 5002}
    assert settings.network_rules.allowed == settings.allowed_networks
    assert settings.network_rules.denied == settings.denied_networks


@pytest.mark.parametrize(("value", "expected"), [(2, 2.0), (0.25, 0.25), ("1500ms", 1.5)])
def test_a_time_is_a_duration_or_seconds(value: object, expected: float) -> None:
    settings = ValidationSettings.model_validate({"timeout": value})
    assert settings.timeout.total_seconds() == expected


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("http01Port", 0, "greater than or equal to 1"),
        ("tlsAlpn01Port", 65536, "less than or equal to 65535"),
        ("resolvers", ["dns.google:53"], "no address"),
        ("allowedNetworks", ["10.0.0.1/8"], "without host bits"),
        ("deniedNetworks", ["example.com"], "is no network"),
        ("timeout", 0, "more than 0s and at most 1m"),
        ("timeout", "2m", "more than 0s and at most 1m"),
        ("timeout", -1, "between 0s"),
        ("timeout", float("inf"), "no number of seconds"),
        ("timeout", True, "must be text"),
        ("retryFor", "2h", "at most 1h"),
        ("retryFor", "soon", "Go duration"),
        ("routes", [{"suffix": "a.b"}], "Field required"),
        ("routes", [{"suffix": "*.a", "target": "b:80"}], "no DNS name"),
        ("routes", [{"suffix": "a", "target": "b"}], "no HOST:PORT"),
        ("routes", [{"suffix": "a", "target": "b:1"}] * 2, "more than one names a"),
        ("proxy", "http://proxy", "Extra inputs"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(field: str, value: object, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence) as caught:
        ValidationSettings.model_validate({field: value})
    assert {error["loc"][0] for error in caught.value.errors()} == {field}


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("apps.acme.com", "apps.acme.com"),
        ("web.apps.acme.com", "apps.acme.com"),
        ("web.team.apps.acme.com", "team.apps.acme.com"),
        ("webapps.acme.com", None),
        ("acme.com", None),
    ],
)
def test_a_route_is_for_its_suffix_and_below_and_the_longest_wins(
    name: str, suffix: str | None
) -> None:
    target = Endpoint("ingress.svc", 80)
    suffixes = ("apps.acme.com", "team.apps.acme.com")
    settings = ValidationSettings(
        routes=tuple(Route(suffix=suffix, target=target) for suffix in suffixes)
    )
    route = settings.route(name)
    assert (route and route.suffix) == suffix
