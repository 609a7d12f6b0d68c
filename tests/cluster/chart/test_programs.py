"""What the pods run: arguments that the programs take, settings that the server takes."""

from pathlib import Path
from typing import Any

import click
import pytest

from acme_server.cli.serve_cluster import command as serve_cluster
from acme_server.cluster.settings import ClusterSettings, load_settings
from acme_server.standalone.data import DATABASE
from certwright_operator.cli import application
from tests.cluster.chart.chart import (
    CHART,
    Helm,
    Values,
    container_of,
    named,
    pod_of,
    settings_of,
)
from tests.cluster.chart.tables import EVERYTHING, SQLITE, TABLE
from tests.cluster.chart.test_values import _SCHEMA
from tests.cluster.harness.resources import Document

_OF_THE_CHART = {"listen", "publicURL", "tls", "operations", "peers", "shutdown", "store"}
"""Settings that follow from other values."""

_EACH = [pytest.param(values, id=name) for name, values in TABLE.items()]


def _settings(documents: list[Document], folder: Path) -> ClusterSettings:
    file = folder / "settings.yaml"
    file.write_text(settings_of(documents), "utf-8")
    variables = [each["name"] for each in container_of(documents, "certwright-acme")["env"]]
    given = {"CERTWRIGHT_PEERS__ADVERTISE": "192.0.2.7", "CERTWRIGHT_PEERS__IDENTITY": "acme-7"}
    assert variables == list(given)
    return load_settings(file, given)


@pytest.mark.parametrize("values", _EACH)
def test_the_server_takes_its_settings(helm: Helm, values: Values, tmp_path: Path) -> None:
    settings = _settings(helm.rendered(values), tmp_path)
    assert settings.peers.advertised == "192.0.2.7"
    assert settings.listen.port == 443


@pytest.mark.parametrize("values", _EACH)
def test_the_programs_take_their_arguments(helm: Helm, values: Values) -> None:
    documents = helm.rendered(values)
    run = application.commands["run"]
    for deployment, command, parsed in (
        ("certwright-operator", ["certwright-operator", "run"], run),
        ("certwright-acme", ["certwright", "serve-cluster"], serve_cluster),
    ):
        container = container_of(documents, deployment)
        assert container["command"] == command
        assert _parsed(parsed, container["args"])


def _parsed(command: click.Command, arguments: list[str]) -> dict[str, Any]:
    return command.make_context(command.name, list(arguments)).params


def test_the_operator_is_told_what_the_values_say(helm: Helm) -> None:
    values = EVERYTHING | {
        "operator": {"tenantSecrets": {"namespaces": ["team-a", "team-b"]}, "resync": "5m"}
    }
    documents = helm.rendered(values | {"prometheus": {}}, namespace="pki")
    arguments = container_of(documents, "certwright-operator")["args"]
    assert arguments == [
        "--operator-namespace=pki",
        "--server-namespace=certwright-acme",
        "--server-url=https://acme.example.com",
        "--serving-tls=issued",
        "--serving-secret=serving-tls",
        "--serving-name=acme.example.net",
        "--tenant-namespace=team-a",
        "--tenant-namespace=team-b",
        "--inject-ca",
        "--resync=5m",
        "--identity=$(POD_NAME)",
        "--listen=0.0.0.0:8080",
        "--log-format=json",
    ]


def test_a_given_certificate_is_served_and_not_issued(helm: Helm) -> None:
    documents = helm.rendered({"server": {"tls": {"existingSecret": "acme-tls"}}})
    arguments = container_of(documents, "certwright-operator")["args"]
    assert {"--serving-tls=given", "--serving-secret=acme-tls"} <= set(arguments)
    volumes = {
        each["name"]: each for each in pod_of(documents, "certwright-acme")["spec"]["volumes"]
    }
    assert volumes["tls"]["secret"]["secretName"] == "acme-tls"


def test_everything_that_the_server_can_be_told_is_a_value() -> None:
    sections = _SCHEMA["properties"]["server"]["properties"]["settings"]["properties"]
    for name, field in ClusterSettings.model_fields.items():
        setting = field.alias or name
        if setting in _OF_THE_CHART:
            continue
        assert setting in sections
        inner = getattr(field.annotation, "model_fields", {})
        known = {each.alias or key for key, each in inner.items()} - {"routes"}
        assert known == set(sections[setting].get("properties", ()))


def test_values_win_over_nothing_that_the_user_set(helm: Helm, tmp_path: Path) -> None:
    settings = _settings(helm.rendered(EVERYTHING), tmp_path)
    assert settings.public_url == "https://acme.example.com"
    [route] = settings.validation.routes
    assert (route.suffix, str(route.target)) == (
        "apps.example.com",
        "ingress.ingress.svc.cluster.local:8000",
    )
    assert [str(each) for each in settings.validation.denied_networks] == ["203.0.113.0/24"]
    assert settings.lifetimes.order.total_seconds() == 48 * 3600
    assert settings.shutdown.drain.total_seconds() == 60


def test_clients_in_the_cluster_are_told_the_services_name(helm: Helm, tmp_path: Path) -> None:
    values = {"server": {"namespace": "acme-test", "service": {"port": 8443}}}
    documents = helm.rendered(values)
    assert _settings(documents, tmp_path).public_url == "https://acme.acme-test.svc:8443"
    service = named(documents, "Service", "acme", "acme-test")
    [port] = service["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (8443, "https")


@pytest.mark.parametrize("drain", [0, 12, 300])
def test_the_kubelet_waits_longer_than_the_server_takes_to_end(
    helm: Helm, tmp_path: Path, drain: int
) -> None:
    documents = helm.rendered({"server": {"drainSeconds": drain}})
    served = _settings(documents, tmp_path).shutdown.drain.total_seconds()
    in_flight = 10
    grace = pod_of(documents, "certwright-acme")["spec"]["terminationGracePeriodSeconds"]
    assert grace > served + in_flight


def test_a_server_that_is_alone_makes_its_successor_wait_no_longer_than_it_must(
    helm: Helm, tmp_path: Path
) -> None:
    store = {"store": {"kind": "sqlite"}, "replicaCount": 1, "drainSeconds": 300}
    documents = helm.rendered({"server": store})
    assert _settings(documents, tmp_path).shutdown.drain.total_seconds() == 0
    grace = pod_of(documents, "certwright-acme")["spec"]["terminationGracePeriodSeconds"]
    assert grace == 18


def test_another_setting_rolls_the_servers_and_not_the_operator(helm: Helm) -> None:
    before = helm.rendered({})
    after = helm.rendered({"server": {"settings": {"backdate": "1m"}}})
    assert pod_of(before, "certwright-acme") != pod_of(after, "certwright-acme")
    assert pod_of(before, "certwright-operator") == pod_of(after, "certwright-operator")


def test_with_sqlite_one_server_at_a_time_has_the_file(helm: Helm, tmp_path: Path) -> None:
    documents = helm.rendered(SQLITE)
    deployment = named(documents, "Deployment", "certwright-acme")["spec"]
    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})
    file = _settings(documents, tmp_path).store.file
    assert file is not None
    mounts = container_of(documents, "certwright-acme")["volumeMounts"]
    [mounted] = [each for each in mounts if each["name"] == "data"]
    # `certwright certificates --data` looks for it there, by this name.
    assert file == Path(mounted["mountPath"]) / DATABASE


def test_no_rendering_depends_on_a_cluster_or_on_chance() -> None:
    texts = [each.read_text("utf-8") for each in (CHART / "templates").rglob("*.*")]
    assert len(texts) > 20
    for word in (
        "lookup",
        "helm.sh/hook",
        "randAlpha",
        "genCA",
        "genSelfSigned",
        "uuidv4",
        "now |",
    ):
        assert not any(word in each for each in texts), word
