"""What the node does on which everything else is tested: pods, Services, names, and no way out."""

import json
import secrets
from collections.abc import Callable, Iterator

import pytest

from tests.cluster.harness.resources import Document
from tests.cluster.node.harness.dns import Answering
from tests.cluster.node.harness.node import Node
from tests.cluster.node.site.waiting import until
from tests.end_to_end.harness.programs import Finished

pytestmark = pytest.mark.node

ANSWER = "served by a pod"
ADDED = "203.0.113.77"

In = Callable[..., Finished]
"""Runs a command in the pod that serves."""


def labelled(kind: str, version: str, spec: Document) -> Document:
    metadata = {"name": "web", "labels": {"app": "web"}}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


def web(image: str) -> list[Document]:
    serving = f"echo '{ANSWER}' >/tmp/index.html && exec httpd -f -p 8080 -h /tmp"
    container = {
        "name": "web",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", serving],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1},
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65534},
    }
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0},
    }
    selector = {"app": "web"}
    return [
        labelled(
            "Deployment",
            "apps/v1",
            {"replicas": 2, "selector": {"matchLabels": selector}, "template": template},
        ),
        labelled(
            "Service", "v1", {"selector": selector, "ports": [{"port": 80, "targetPort": 8080}]}
        ),
    ]


@pytest.fixture(scope="module")
def pods(node: Node, busybox: str) -> Iterator[str]:
    """Give a namespace in which two pods serve, behind the Service `web`."""
    name = f"node-test-{secrets.token_hex(4)}"
    documents = web(busybox)
    for document in documents:
        document["metadata"]["namespace"] = name
    node.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        *documents,
    )
    try:
        available = ("deployment/web", f"--namespace={name}", "--timeout=120s")
        node.kubectl("rollout", "status", *available).succeeded()
        yield name
    finally:
        node.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def in_pod(node: Node, pods: str) -> In:
    def run(*command: str) -> Finished:
        return node.kubectl("exec", "deployment/web", f"--namespace={pods}", "--", *command)

    return run


@pytest.fixture
def zones(node: Node) -> Iterator[None]:
    yield
    node.dns.serve()


def test_pods_of_a_deployment_get_ready(node: Node, pods: str) -> None:
    where = (f"--namespace={pods}", "--selector=app=web", "--output=json")
    found = json.loads(node.kubectl("get", "pods", *where).succeeded().output)["items"]
    ready = [
        condition["status"]
        for pod in found
        for condition in pod["status"]["conditions"]
        if condition["type"] == "Ready"
    ]
    assert ready == ["True", "True"]


def address(node: Node, namespace: str) -> str:
    found = node.kubectl("get", "service", "web", f"--namespace={namespace}", "--output=json")
    given: str = json.loads(found.succeeded().output)["spec"]["clusterIP"]
    return given


def fetched(in_pod: In, host: str) -> Finished:
    """Fetch a page by IP address: a static busybox can't look up what its wget wants to know."""
    request = f"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 10 {host} 80"
    return in_pod("sh", "-c", request)


def test_a_pod_resolves_the_name_of_a_service(node: Node, pods: str, in_pod: In) -> None:
    said = in_pod("nslookup", f"web.{pods}.svc.cluster.local").succeeded()
    assert f"Address: {address(node, pods)}" in said.text


@pytest.mark.parametrize("_attempt", range(8))
def test_a_pod_reaches_itself_and_others_by_a_service(
    node: Node, pods: str, in_pod: In, _attempt: int
) -> None:
    said = fetched(in_pod, address(node, pods)).succeeded()
    assert said.output.endswith(f"{ANSWER}\n")


def test_what_a_pod_says_can_be_read(node: Node, pods: str) -> None:
    node.kubectl("logs", "deployment/web", f"--namespace={pods}").succeeded()


@pytest.mark.usefixtures("own_node")
def test_a_pod_gets_no_answer_from_outside(in_pod: In) -> None:
    # An address of a documentation range (RFC 5737), which isn't the cluster's either.
    said = fetched(in_pod, "192.0.2.77").failed()
    assert "No route to host" in said.errors or "timed out" in said.errors


def test_no_interface_leads_out_of_the_node(own_node: Node) -> None:
    links = json.loads(own_node.run("ip", "-json", "link").succeeded().output)
    mine = {each["ifname"]: each for each in links if not each["ifname"].startswith("veth")}
    assert set(mine) == {"lo", "node"}
    ports = own_node.run("ip", "-json", "link", "show", "master", "node").succeeded().output
    assert json.loads(ports or "[]") == []


@pytest.mark.usefixtures("zones")
def test_pods_resolve_what_a_test_adds_and_not_what_it_took_back(node: Node, in_pod: In) -> None:
    asked = ("nslookup", "any.names.example.com")
    node.dns.serve(Answering("names.example.com", ADDED))
    until(lambda: ADDED in in_pod(*asked).text, "a name that was added resolves")
    node.dns.serve()
    known = ("nslookup", "kubernetes.default.svc.cluster.local")
    until(lambda: in_pod(*known).code == 0, "other names resolve")
    assert ADDED not in in_pod(*asked).failed().text


def test_what_is_stored_and_what_runs_outlives_etcd(own_node: Node, pods: str, in_pod: In) -> None:
    own_node.restart_etcd()
    in_pod("true").succeeded()
    available = ("deployment/web", f"--namespace={pods}", "--timeout=120s")
    own_node.kubectl("rollout", "status", *available).succeeded()


def test_a_failed_tests_report_tells_of_pods_and_of_programs(own_node: Node, pods: str) -> None:
    told = own_node.report()
    assert pods in told
    assert "--- kubelet.log" in told
    assert "--- kube-apiserver.log" in told
