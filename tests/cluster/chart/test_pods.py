"""How the pods run: without rights, on different nodes, and with nothing in that isn't needed."""

import pytest

from tests.cluster.chart.chart import Helm, container_of, named, of_kind, pod_of
from tests.cluster.chart.tables import EVERYTHING
from tests.cluster.harness.resources import Document

_DEPLOYMENTS = ("certwright-operator", "certwright-acme")


@pytest.mark.parametrize("deployment", _DEPLOYMENTS)
def test_a_pod_runs_without_rights_on_a_root_that_it_cannot_write(
    helm: Helm, deployment: str
) -> None:
    documents = helm.rendered({})
    pod = pod_of(documents, deployment)["spec"]
    container = container_of(documents, deployment)
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] == 65532
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert {"name": "tmp", "emptyDir": {}} in pod["volumes"]
    assert pod["automountServiceAccountToken"]


def test_the_server_listens_on_443_by_a_safe_sysctl_of_its_own_network(helm: Helm) -> None:
    documents = helm.rendered({})
    sysctls = [
        pod_of(documents, each)["spec"]["securityContext"].get("sysctls") for each in _DEPLOYMENTS
    ]
    assert sysctls == [None, [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]]
    ports = {each["name"]: each["containerPort"] for each in _server(documents)["ports"]}
    assert ports == {"https": 443, "operations": 8081, "peers": 8444}


def _server(documents: list[Document]) -> Document:
    return container_of(documents, "certwright-acme")


@pytest.mark.parametrize("deployment", _DEPLOYMENTS)
def test_addresses_of_services_come_as_no_settings(helm: Helm, deployment: str) -> None:
    """The kubelet would give CERTWRIGHT_ACME_…_SERVICE_HOST, and the server refuse to start."""
    assert pod_of(helm.rendered({}), deployment)["spec"]["enableServiceLinks"] is False


@pytest.mark.parametrize("deployment", _DEPLOYMENTS)
def test_a_rollout_takes_no_pod_away_before_another_is_ready(helm: Helm, deployment: str) -> None:
    spec = named(helm.rendered({}), "Deployment", deployment)["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


@pytest.mark.parametrize("deployment", _DEPLOYMENTS)
def test_probes_ask_the_operations_port(helm: Helm, deployment: str) -> None:
    container = container_of(helm.rendered({}), deployment)
    asked = {
        name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")
    }
    assert asked == {
        "startup": {"path": "/livez", "port": "operations"},
        "liveness": {"path": "/livez", "port": "operations"},
        "readiness": {"path": "/readyz", "port": "operations"},
    }


@pytest.mark.parametrize("deployment", _DEPLOYMENTS)
def test_replicas_prefer_other_nodes_and_other_zones(helm: Helm, deployment: str) -> None:
    documents = helm.rendered({})
    pod = pod_of(documents, deployment)
    [preferred] = pod["spec"]["affinity"]["podAntiAffinity"][
        "preferredDuringSchedulingIgnoredDuringExecution"
    ]
    [spread] = pod["spec"]["topologySpreadConstraints"]
    selector = named(documents, "Deployment", deployment)["spec"]["selector"]
    assert preferred["podAffinityTerm"]["labelSelector"] == selector
    assert spread["labelSelector"] == selector
    assert spread["whenUnsatisfiable"] == "ScheduleAnyway"
    assert selector["matchLabels"].items() <= pod["metadata"]["labels"].items()


def test_a_label_of_ones_own_takes_no_pod_from_its_deployment(helm: Helm) -> None:
    mine = {"app.kubernetes.io/name": "mine", "example.com/team": "pki"}
    documents = helm.rendered({"commonLabels": mine, "server": {"podLabels": mine}})
    labels = pod_of(documents, "certwright-acme")["metadata"]["labels"]
    assert labels["app.kubernetes.io/name"] == "certwright"
    for each in documents:
        assert each["metadata"]["labels"]["example.com/team"] == "pki"
        assert each["metadata"]["labels"]["app.kubernetes.io/name"] == "certwright"


def test_a_drain_of_nodes_is_never_held_up_by_default(helm: Helm) -> None:
    documents = helm.rendered({"operator": {"podDisruptionBudget": {"enabled": True}}})
    budgets = of_kind(documents, "PodDisruptionBudget")
    assert len(budgets) == 2
    for budget in budgets:
        assert budget["spec"]["maxUnavailable"] == 1
        assert "minAvailable" not in budget["spec"]


def test_who_may_reach_the_server_and_whom_it_may_reach(helm: Helm) -> None:
    documents = helm.rendered(EVERYTHING)
    policy = named(documents, "NetworkPolicy", "certwright-acme", "certwright-acme")["spec"]
    own = [{"podSelector": policy["podSelector"]}]
    prometheus = EVERYTHING["server"]["networkPolicy"]["operationsFrom"]
    assert _allowed(policy["ingress"], "from") == [
        (None, [443]),
        (own, [8444]),
        (prometheus, [8081]),
    ]
    assert _allowed(policy["egress"], "to") == [
        (own, [8444]),
        (None, [80, 443, 8000]),
        (None, [53, 53]),
        (None, [443, 6443]),
        (None, [8080]),
    ]


def test_nobody_reaches_the_operator_that_is_not_named(helm: Helm) -> None:
    documents = helm.rendered({"operator": {"networkPolicy": {"enabled": True}}})
    policy = named(documents, "NetworkPolicy", "certwright-operator", "certwright-system")["spec"]
    assert policy["ingress"] == []
    assert _allowed(policy["egress"], "to") == [(None, [53, 53]), (None, [443, 6443])]


def _allowed(rules: list[Document], direction: str) -> list[tuple[object, list[int]]]:
    return [(each.get(direction), [port["port"] for port in each["ports"]]) for each in rules]


def test_prometheus_finds_each_metrics_port_once(helm: Helm) -> None:
    documents = helm.rendered(EVERYTHING)
    for name in _DEPLOYMENTS:
        monitor = named(documents, "ServiceMonitor", name)
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        namespace = monitor["metadata"]["namespace"]
        [service] = [
            each
            for each in of_kind(documents, "Service")
            if wanted <= each["metadata"]["labels"].items()
        ]
        assert service["metadata"]["namespace"] == namespace
        [port] = service["spec"]["ports"]
        assert monitor["spec"]["endpoints"][0]["port"] == port["name"]
        assert port["targetPort"] == "operations"


def test_the_ingress_has_every_host_once(helm: Helm) -> None:
    ingress = named(helm.rendered(EVERYTHING), "Ingress", "acme", "certwright-acme")["spec"]
    assert [each["host"] for each in ingress["rules"]] == ["acme.example.com", "pki.example.com"]
    backends = [each["http"]["paths"][0]["backend"] for each in ingress["rules"]]
    assert backends == [{"service": {"name": "acme", "port": {"name": "https"}}}] * 2


def test_rendering_is_the_same_every_time(helm: Helm) -> None:
    first, second = (helm.template(EVERYTHING).succeeded().output for _ in range(2))
    assert first == second
