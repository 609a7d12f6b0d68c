"""What the tests stand on keeps its promises: nothing is skipped, built twice or left behind."""

import base64
import contextlib
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.harness import client as clients
from tests.cluster.harness import cluster as clusters
from tests.cluster.harness import kubeconfig, programs
from tests.cluster.harness.client import Client, Refused
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.control_plane import ControlPlane
from tests.cluster.harness.kubeconfig import KubeconfigUnusable
from tests.cluster.harness.processes import NotReady, Process
from tests.cluster.harness.programs import ProgramsMissing
from tests.cluster.harness.resources import CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS, Document
from tests.cluster.harness.waiting import eventually

_GO = """#!{python}
import os, pathlib, sys
output = next(each for each in sys.argv if each.startswith("-o="))
if sys.argv[-1] == os.environ.get("BROKEN"):
    sys.exit("no such module")
path = pathlib.Path(output.removeprefix("-o="))
path.parent.mkdir(exist_ok=True)
path.touch()
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a `go` that builds empty files, and fails for the package that $BROKEN names."""
    program = tmp_path / "bin" / "go"
    program.parent.mkdir()
    program.write_text(_GO.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    return program


def _unheard(_: str) -> None:
    """Take a line that nobody asks for."""


def _config_map(namespace: str, **data: str) -> Document:
    metadata = {"name": "example", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def test_without_go_and_without_a_cluster_it_is_said_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramsMissing, match=r"need Go .*KUBECONFIG"):
        programs.prepared(_unheard, tmp_path / "cache")


@pytest.mark.usefixtures("go")
def test_what_was_built_is_not_built_again(tmp_path: Path) -> None:
    told: list[str] = []
    built = programs.prepared(told.append, tmp_path / "cache")
    assert built.etcd.is_file()
    assert built.kubectl.is_file()
    assert sum(line.startswith("building ") for line in told) == 4
    assert programs.prepared(told.append, tmp_path / "cache") == built
    assert sum(line.startswith("building ") for line in told) == 4


@pytest.mark.usefixtures("go")
def test_a_build_that_fails_leaves_nothing_that_looks_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "k8s.io/kubernetes/cmd/kubectl")
    with pytest.raises(ProgramsMissing, match="no such module"):
        programs.prepared(_unheard, tmp_path / "cache")
    assert [each.name for each in (tmp_path / "cache").iterdir()] == ["lock"]
    monkeypatch.delenv("BROKEN")
    assert programs.prepared(_unheard, tmp_path / "cache").kubectl.is_file()


def test_the_cache_is_outside_the_repository_and_can_be_moved() -> None:
    home = Path.home()
    assert programs.cache_folder({}) == home / ".cache" / "certwright" / "cluster"
    common = {"XDG_CACHE_HOME": "/var/cache"}
    assert programs.cache_folder(common) == Path("/var/cache/certwright/cluster")
    assert programs.cache_folder(common | {programs.CACHE_VARIABLE: "/own"}) == Path("/own")


def test_programs_are_kept_by_their_version() -> None:
    assert programs.ETCD.key.startswith(f"etcd-{programs.ETCD.version}-")
    assert programs.KUBERNETES.key.startswith(f"kubernetes-{programs.KUBERNETES.version}-")


def test_a_program_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    process = Process(("/bin/sh", "-c", "echo no such flag >&2; exit 2"), tmp_path / "log")
    with pytest.raises(NotReady, match="no such flag"):
        process.start(lambda: False)
    assert process.pid is None


def test_a_program_is_stopped_by_its_own_pid(tmp_path: Path) -> None:
    process = Process(("/bin/sleep", "600"), tmp_path / "log")
    process.start(lambda: True)
    pid = process.pid
    assert pid is not None
    process.stop()
    assert process.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    process.stop()


def _kubeconfig(path: Path, user: dict[str, Any], **cluster: Any) -> Path:
    document = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://a:6443"} | cluster}],
        "users": [{"name": "u", "user": user}],
    }
    path.write_text(yaml.safe_dump(document))
    return path


def test_a_kubeconfig_may_hold_certificates_or_name_their_files(tmp_path: Path) -> None:
    data = {
        "client-certificate-data": base64.b64encode(b"certificate").decode(),
        "client-key-data": base64.b64encode(b"key").decode(),
    }
    path = _kubeconfig(tmp_path / "config", data, **{"certificate-authority": "ca.crt"})
    access = kubeconfig.read(path, tmp_path)
    assert access.server == "https://a:6443"
    assert access.authority == tmp_path / "ca.crt"
    assert access.client_certificate is not None
    certificate, key = access.client_certificate
    assert (certificate.read_bytes(), key.read_bytes()) == (b"certificate", b"key")
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_kubeconfig_may_name_the_file_of_a_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    path = _kubeconfig(tmp_path / "config", {"tokenFile": "token"})
    access = kubeconfig.read(path, tmp_path)
    assert access.token == "secret"
    assert "secret" not in repr(access)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no usable current context"),
        ("{current-context: there, contexts: []}", "no usable current context"),
        ("[", "no usable current context"),
    ],
)
def test_an_unusable_kubeconfig_is_told(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "config").write_text(content)
    with pytest.raises(KubeconfigUnusable, match=said):
        kubeconfig.read(tmp_path / "config", tmp_path)
    with pytest.raises(KubeconfigUnusable, match=said):
        kubeconfig.read(tmp_path / "absent", tmp_path)


def test_a_login_that_the_tests_do_not_know_is_told(tmp_path: Path) -> None:
    path = _kubeconfig(tmp_path / "config", {"exec": {"command": "login"}})
    with pytest.raises(KubeconfigUnusable, match=r"user u has exec; .* by token or client"):
        kubeconfig.read(path, tmp_path)


async def test_the_tests_run_on_the_cluster_that_kubeconfig_names(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(cluster.kubectl_program.parent))
    told: list[str] = []
    named = {"KUBECONFIG": str(cluster.kubeconfig)}
    with clusters.running(tmp_path, named, told.append) as found:
        assert "KUBECONFIG" in told[0]
        assert found.access.server == cluster.access.server
        async with clients.opened(found.access) as client:
            assert await client.get(NAMESPACES, "kube-system")


async def test_a_namespace_has_what_controllers_give_it(client: Client, namespace: str) -> None:
    await eventually(partial(client.get, SERVICE_ACCOUNTS, "default", namespace))
    trust = await eventually(partial(client.get, CONFIG_MAPS, "kube-root-ca.crt", namespace))
    assert "BEGIN CERTIFICATE" in trust["data"]["ca.crt"]


async def test_an_update_of_an_old_version_is_a_conflict(client: Client, namespace: str) -> None:
    created = await client.create(_config_map(namespace, a="1"))
    await client.replace(created | {"data": {"a": "2"}})
    with pytest.raises(Refused) as caught:
        await client.replace(created | {"data": {"a": "3"}})
    assert (caught.value.code, caught.value.reason) == (409, "Conflict")


async def test_a_watch_sees_changes_from_a_version_on(client: Client, namespace: str) -> None:
    created = await client.create(_config_map(namespace, large="a" * 300_000))
    await client.replace(created | {"data": {}})
    await client.delete(CONFIG_MAPS, "example", namespace)
    options = {
        "fieldSelector": "metadata.name=example",
        "resourceVersion": str(int(created["metadata"]["resourceVersion"]) - 1),
    }
    seen: list[str] = []
    async with contextlib.aclosing(client.watch(CONFIG_MAPS, namespace, **options)) as events:
        async for event in events:
            seen.append(event.type)
            if event.type == "DELETED":
                break
    assert seen == ["ADDED", "MODIFIED", "DELETED"]


@pytest.mark.skipif(
    bool(os.environ.get("KUBECONFIG")), reason="a cluster's own API server is left alone"
)
async def test_what_is_stored_outlives_the_api_server_and_etcd(tmp_path: Path) -> None:
    control_plane = ControlPlane.prepared(tmp_path, programs.prepared(_unheard))
    try:
        control_plane.start()
        async with clients.opened(control_plane.place.access) as client:
            await client.create(_config_map("default", kept="yes"))
        control_plane.api_server.kill()
        control_plane.etcd.kill()
        control_plane.start_etcd()
        control_plane.start_api_server()
        async with clients.opened(control_plane.place.access) as client:
            found = await client.get(CONFIG_MAPS, "example", "default")
            assert found["data"] == {"kept": "yes"}
    finally:
        control_plane.stop()
