from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from acme_server.assembly.settings import SettingsError
from acme_server.domain.retention import Retention
from acme_server.standalone.settings import Settings, load_settings


def load(tmp_path: Path, text: str = "", **environment: str) -> Settings:
    file = tmp_path / "settings.yaml"
    file.write_text(text)
    return load_settings(file, {f"CERTWRIGHT_{name}": found for name, found in environment.items()})


def test_every_setting_has_a_default() -> None:
    settings = load_settings(None, {"HOME": "/root"})
    assert settings == Settings()
    assert str(settings.listen) == "127.0.0.1:8443"
    assert settings.validation.http01_port == 80
    assert settings.tls.certificate is None
    assert settings.operations.listen is None
    assert settings.service_lifetimes.backdate == timedelta(minutes=5)
    assert settings.kept == Retention()


def test_a_file_sets_everything(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
listen: "[::1]:0"
publicURL: https://ACME.example.com:443/
tls: {certificate: tls.pem, key: /etc/tls.key}
validation:
  http01Port: 5002
  tlsAlpn01Port: 5003
  resolvers: ["127.0.0.1:5353"]
  allowedNetworks: [127.0.0.0/8]
  deniedNetworks: [10.0.0.0/8]
  routes: [{suffix: apps.acme.com, target: "127.0.0.1:5004"}]
  timeout: 5s
  retryFor: 20s
retention: {orders: 24h, certificates: 48h, accounts: 1440h}
lifetimes: {order: 1h, pendingAuthorization: 2h, authorization: 3h}
audit: {file: audit.log}
operations: {listen: 127.0.0.1:9402}
backdate: 0s
""",
    )
    assert str(settings.listen) == "[::1]:0"
    assert settings.public_url == "https://acme.example.com"
    assert settings.tls.certificate == tmp_path / "tls.pem"
    assert settings.tls.key == Path("/etc/tls.key")
    assert settings.validation.http01_port == 5002
    assert settings.validation.tls_alpn01_port == 5003
    assert settings.validation.allowed_networks == (ip_network("127.0.0.0/8"),)
    assert settings.validation.routes[0].suffix == "apps.acme.com"
    assert settings.validation.retry_for == timedelta(seconds=20)
    lifetimes = settings.service_lifetimes
    assert lifetimes.order == timedelta(hours=1)
    assert lifetimes.pending_authorization == timedelta(hours=2)
    assert lifetimes.authorization == timedelta(hours=3)
    assert lifetimes.backdate == timedelta()
    assert settings.kept == Retention(
        orders=timedelta(days=1),
        certificates=timedelta(days=2),
        accounts=timedelta(days=60),
        longest_order=timedelta(hours=1),
    )
    assert settings.audit.file == tmp_path / "audit.log"
    assert str(settings.operations.listen) == "127.0.0.1:9402"


def test_an_empty_file_and_empty_sections_set_nothing(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings()
    assert load(tmp_path, "validation:\nlisten: ~\n") == Settings()


def test_the_environment_sets_everything_and_wins(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        "validation: {http01Port: 5002, timeout: 5s}",
        LISTEN="0.0.0.0:443",
        PUBLIC_URL="https://acme.test:8443",
        TLS__CERTIFICATE="/a",
        TLS__KEY="/b",
        VALIDATION__HTTP01_PORT="5001",
        VALIDATION__ALLOWED_NETWORKS='["127.0.0.0/8", "::1/128"]',
        VALIDATION__ROUTES='[{"suffix": "acme.com", "target": "127.0.0.1:80"}]',
        LIFETIMES__ORDER="90m",
        BACKDATE="1m",
    )
    assert settings.validation.http01_port == 5001
    assert settings.validation.timeout == timedelta(seconds=5)
    assert len(settings.validation.allowed_networks) == 2
    assert str(settings.validation.routes[0].target) == "127.0.0.1:80"
    assert settings.lifetimes.order == timedelta(minutes=90)
    assert settings.base_url(443) == "https://acme.test:8443"


@pytest.mark.parametrize(
    ("listen", "port", "url"),
    [
        ("127.0.0.1:8443", 8443, "https://localhost:8443"),
        ("127.0.0.1:0", 40123, "https://localhost:40123"),
        ("0.0.0.0:443", 443, "https://localhost"),
        ("192.0.2.7:8443", 8443, "https://192.0.2.7:8443"),
        ("[2001:db8::7]:8443", 8443, "https://[2001:db8::7]:8443"),
        ("[::1]:8443", 8443, "https://[::1]:8443"),
        ("127.0.0.2:8443", 8443, "https://127.0.0.2:8443"),
        ("[::]:8443", 8443, "https://localhost:8443"),
    ],
)
def test_urls_follow_the_address_where_no_public_url_is_set(
    tmp_path: Path, listen: str, port: int, url: str
) -> None:
    assert load(tmp_path, LISTEN=listen).base_url(port) == url


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lisen: 127.0.0.1:1", ":1: lisen: is no setting; did you mean listen?"),
        ("listen: 8443", ":1: listen: must be ADDRESS:PORT"),
        ("listen: localhost:8443", 'found "localhost:8443"'),
        ("listen: 127.0.0.1:70000", "must be ADDRESS:PORT"),
        ("listen: '::1:8443'", "must be ADDRESS:PORT"),
        ("publicURL: http://acme.test", "must be https://HOST"),
        ("publicURL: https://acme.test/acme", "without path"),
        ("publicURL: https://acme.test:x", "must be https://HOST"),
        ("publicURL: https://acme_/", "must be https://HOST"),
        ("retention: {orders: 59m}", "retention.orders: must be from 1h"),
        ("retention: {accounts: 720h}", "retention.accounts: must be from 1440h"),
        ("tls: {certificate: a}", "tls: certificate and key are given both or not at all"),
        ("\nvalidation:\n  http01Port: 99999", ":3: validation.http01Port: must be less than"),
        ("validation: {http01port: 1}", "did you mean http01Port?"),
        ("validation: {xyz: 1}", "is no setting; there are: allowedNetworks, deniedNetworks"),
        ("validation: {routes: [{suffix: a.com, target: 'b:1', prefix: c}]}", "routes[0].prefix"),
        ("validation: {allowedNetworks: [10.0.0.1/8]}", "'10.0.0.1/8' is no network"),
        ("operations: {listen: 9402}", ":1: operations.listen: must be ADDRESS:PORT"),
        ("lifetimes: {order: 7d}", "Go durations have no days"),
        ("lifetimes: {order: 0s}", "must be from 1s to 8760h"),
        ("backdate: 25h", "must be from 0s to 24h"),
        ("tls: cert.pem", 'tls: must be an object with settings of its own; found "cert.pem"'),
        ("validation: {resolvers: 1.1.1.1}", 'resolvers: must be a list; found "1.1.1.1"'),
        ("validation: {routes: [{suffix: a.com}]}", "validation.routes[0].target: is required"),
        ("- a\n", "must hold settings"),
        ("listen: a\nlisten: b", ":2:"),
        ("listen: ': : :'\n---\na: b", "has 2 documents; settings are one"),
        ("a: [", "settings.yaml:"),
    ],
)
def test_a_wrong_setting_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, text)
    assert told in str(refused.value)
    assert str(tmp_path / "settings.yaml") in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "LISTN",
            "x",
            "CERTWRIGHT_LISTN: is the variable of no setting; after CERTWRIGHT_, did",
        ),
        ("XYZ", "x", "there are: AUDIT__FILE, BACKDATE, LIFETIMES__AUTHORIZATION"),
        ("VALIDATION__HTTP01_PORT", "http", "CERTWRIGHT_VALIDATION__HTTP01_PORT: validation.http"),
        ("VALIDATION__RESOLVERS", "1.1.1.1", "must be a list as JSON"),
        ("VALIDATION__RESOLVERS", '"1.1.1.1"', "CERTWRIGHT_VALIDATION__RESOLVERS: validation.res"),
    ],
)
def test_a_wrong_variable_is_told_by_its_name(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, **{name: value})
    assert told in str(refused.value)


@pytest.mark.parametrize("section", ["x", "[]", "0"])
def test_what_is_no_section_is_told_though_a_variable_sets_one_of_its_members(
    tmp_path: Path, section: str
) -> None:
    with pytest.raises(SettingsError, match=r"settings\.yaml:1: validation: ") as wrong:
        load(tmp_path, f"validation: {section}", VALIDATION__HTTP01_PORT="8080")
    assert "CERTWRIGHT_" not in str(wrong.value)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, "listen: x\nbackdate: y\n", VALIDATION__TIMEOUT="z")
    assert len(str(refused.value).splitlines()) == 3


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.yaml: can't be read: No such file"):
        load_settings(tmp_path / "none.yaml", {})
