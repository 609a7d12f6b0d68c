"""A release on an API server: installed, told of, changed, uninstalled, and installed again."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.chart.chart import CHART, OPERATOR_NAMESPACE, RELEASE, Helm, Values
from tests.cluster.harness import programs
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.control_plane import ControlPlane
from tests.cluster.harness.waiting import eventually
from tests.end_to_end.harness.programs import Finished

_AUTHORITY = """\
apiVersion: certwright.dev/v1alpha1
kind: CertificateAuthority
metadata: {name: root, namespace: default}
spec: {root: {}, commonName: Example Root}
"""


@dataclass(frozen=True, slots=True)
class Site:
    """An empty cluster of a test's own."""

    cluster: Cluster
    helm: Helm

    def install(self, values: Values) -> Finished:
        """Install the chart."""
        given = self.helm.written(values)
        where = ("--namespace", OPERATOR_NAMESPACE, "--create-namespace")
        return self.helm("install", RELEASE, str(CHART), *where, *given)

    def upgrade(self, values: Values) -> Finished:
        """Upgrade the release."""
        given = self.helm.written(values)
        where = ("--namespace", OPERATOR_NAMESPACE)
        return self.helm("upgrade", RELEASE, str(CHART), *where, *given)

    def uninstall(self) -> Finished:
        """Uninstall the release."""
        return self.helm("uninstall", RELEASE, "--namespace", OPERATOR_NAMESPACE)

    def get(self, *arguments: str) -> str:
        """Return what kubectl gets; an empty text if there is nothing."""
        return self.cluster.kubectl("get", "--ignore-not-found", *arguments).succeeded().output


@pytest.fixture
def site(
    helm: Helm, control_plane: ControlPlane, tell: Callable[[str], None], tmp_path: Path
) -> Site:
    """Give a cluster that nothing was ever installed in."""
    place = control_plane.place
    kubectl = programs.prepared(tell).kubectl
    cluster = Cluster(place.access, place.kubeconfig, kubectl)
    return Site(cluster, Helm(helm.program, tmp_path, place.kubeconfig))


def test_what_a_person_made_outlives_the_release_and_is_taken_up_by_the_next(site: Site) -> None:
    site.install({}).succeeded()
    file = site.helm.folder / "authority.yaml"
    file.write_text(_AUTHORITY, "utf-8")
    site.cluster.kubectl("wait", "--for=condition=Established", "crd", "--all").succeeded()
    site.cluster.kubectl("create", "-f", str(file)).succeeded()
    for namespace, name in (
        (OPERATOR_NAMESPACE, "authority.default.root"),
        ("certwright-acme", "credential.team-a.default"),
    ):
        made = ("create", "secret", "generic", "-n", namespace, name)
        site.cluster.kubectl(*made).succeeded()
    before = _uids(site)

    site.uninstall().succeeded()
    assert site.get("deployments,services,roles,networkpolicies", "-A", "-l", _OURS) == ""
    assert site.get("clusterroles,validatingadmissionpolicies", "-l", _OURS) == ""
    assert _uids(site) == before

    site.install({"server": {"replicaCount": 3}}).succeeded()
    assert _uids(site) == before
    assert site.get("deployment", "-n", "certwright-acme", "certwright-acme") != ""


_OURS = "app.kubernetes.io/part-of=certwright"


def _uids(site: Site) -> list[str]:
    """Return the UIDs of what is to be kept: the same ones, if nothing was made anew."""
    template = "jsonpath={.metadata.name} {.metadata.uid}"
    return [
        site.get(*what, "-o", template)
        for what in (
            ("certificateauthority", "-n", "default", "root"),
            ("secret", "-n", OPERATOR_NAMESPACE, "authority.default.root"),
            ("secret", "-n", "certwright-acme", "credential.team-a.default"),
            ("namespace", "certwright-acme"),
            ("crd", "certificateauthorities.certwright.dev"),
            ("crd", "acmeaccounts.acme.certwright.dev"),
        )
    ]


async def test_the_notes_name_what_there_is(site: Site) -> None:
    notes = site.install({}).succeeded().output.partition("NOTES:")[2]
    rollouts = re.findall(r"kubectl rollout status -n (\S+) (\S+)", notes)
    assert len(rollouts) == 2
    for namespace, name in rollouts:
        assert site.get("-n", namespace, name) != ""
    [directory] = set(re.findall(r"https://\S+/directory", notes))
    host = directory.removeprefix("https://").partition("/")[0]
    service, namespace, _ = host.split(".")
    assert site.get("service", "-n", namespace, service) != ""
    commands = re.findall(r"kubectl (get (?:certwright|certificateprofiles) -A.*?)[`\n]", notes)
    assert len(commands) == 2

    async def served() -> None:
        for command in commands:
            # What kubectl saw before the definitions came, it would remember for hours.
            fresh = f"--cache-dir={site.helm.folder / secrets.token_hex(4)}"
            assert site.cluster.kubectl(*command.split(), fresh).code == 0, command

    await eventually(served)
    assert f"helm uninstall {RELEASE} -n {OPERATOR_NAMESPACE}" in notes
    assert "inject-ca-from: NAMESPACE/PROFILE" in notes
    assert "WARNING" not in notes


def test_the_notes_warn_of_what_will_not_be_kept(site: Site) -> None:
    values = {
        "serverURL": "https://acme.example.com",
        "crds": {"keep": False},
        "operator": {"certManager": {"injectCA": False}},
        "server": {"tls": {"existingSecret": "acme-tls"}},
    }
    notes = site.install(values).succeeded().output.partition("NOTES:")[2]
    assert "WARNING: crds.keep is false." in notes
    assert "https://acme.example.com/acme/NAMESPACE/PROFILE/directory" in notes
    assert "The server starts once the Secret acme-tls" in notes
    assert "inject-ca-from" not in notes


def test_a_second_release_is_refused_whole(site: Site) -> None:
    site.install({}).succeeded()
    where = ("--namespace", "elsewhere", "--create-namespace")
    refused = site.helm("install", "second", str(CHART), *where).failed()
    assert "cannot be imported into the current release" in refused.text
    assert site.get("deployments", "-n", "elsewhere") == ""


def test_values_that_are_refused_change_nothing(site: Site) -> None:
    site.install({}).succeeded()
    before = site.get("deployments", "-A", "-o", "yaml")
    site.upgrade({"server": {"store": {"kind": "sqlite"}}}).failed()
    assert site.get("deployments", "-A", "-o", "yaml") == before
    site.upgrade({"server": {"replicaCount": 1, "store": {"kind": "sqlite"}}}).succeeded()
    assert "Recreate" in site.get("deployments", "-n", "certwright-acme", "-o", "yaml")
    site.helm("rollback", RELEASE, "1", "--namespace", OPERATOR_NAMESPACE).succeeded()
    assert "Recreate" not in site.get("deployments", "-n", "certwright-acme", "-o", "yaml")
