"""The documents for Certwright are sound, and those for cert-manager fit them."""

import json
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.end_to_end.harness import programs
from tests.unit.examples.documents import FOLDER, LINTED, Document, find, of_kind, read

CERTWRIGHT = programs.beside_python("certwright")
_VALUES = yaml.safe_load((FOLDER.parent / "helm" / "certwright" / "values.yaml").read_text("utf-8"))
_TABLE = (FOLDER / "tenants" / "README.md").read_text("utf-8")
_QUESTIONS = re.findall(r"^certwright (can-i .*?) +# (yes|no)", _TABLE, re.MULTILINE)


def _issuers() -> list[Any]:
    return [
        pytest.param(name, each, id=f"{name} {each['kind']} {each['metadata']['name']} {number}")
        for name in ("cluster-quickstart", "tenants", "cert-manager")
        for number, each in enumerate(of_kind(read(name), "Issuer", "ClusterIssuer"))
    ]


def _namespace(issuer: Document) -> str:
    """Return where an issuer's Secrets are: a ClusterIssuer's in cert-manager's own namespace."""
    namespace: str = issuer["metadata"].get("namespace", "cert-manager")
    return namespace


@pytest.mark.parametrize("folder", LINTED)
def test_lint_finds_nothing_but_what_is_other_programs(folder: str, tmp_path: Path) -> None:
    command = (CERTWRIGHT, "lint", str(FOLDER / folder), "--output=json")
    linted = programs.run(command, programs.own_environment(tmp_path), tmp_path)
    found = {
        f"{each['kind']} {each['name']}: {each['message']}"
        for each in json.loads(linted.output)
        if each["rule"] != "Ignored" and each["severity"] != "notice"
    }
    assert found == set()


@pytest.mark.parametrize("folder", LINTED)
def test_what_waits_for_a_person_is_the_offline_root_alone(folder: str, tmp_path: Path) -> None:
    command = (CERTWRIGHT, "lint", str(FOLDER / folder), "--output=json")
    linted = programs.run(command, programs.own_environment(tmp_path), tmp_path)
    waiting = [each for each in json.loads(linted.output) if each["severity"] == "notice"]
    assert bool(waiting) == (folder == "offline-root")


@pytest.mark.parametrize("folder", LINTED)
def test_namespaces_come_first(folder: str) -> None:
    """The only order that matters to kubectl; everything else waits for what isn't there yet."""
    kinds = [each["kind"] for each in read(folder)]
    assert kinds == sorted(kinds, key=lambda kind: kind != "Namespace")


@pytest.mark.parametrize(("folder", "issuer"), _issuers())
def test_an_issuers_server_is_the_directory_that_its_trust_comes_from(
    folder: str, issuer: Document
) -> None:
    namespace, name = issuer["metadata"]["annotations"]["certwright.dev/inject-ca-from"].split("/")
    assert find(read(folder), "CertificateProfile", name, namespace)
    url = urlsplit(issuer["spec"]["acme"]["server"])
    assert url.path == f"/acme/{namespace}/{name}/directory"
    # What the chart tells clients unless it is told another URL.
    assert _VALUES["serverURL"] == ""
    assert url.netloc == f"acme.{_VALUES['server']['namespace']}.svc"


@pytest.mark.parametrize(("folder", "issuer"), _issuers())
def test_an_issuer_is_bound_by_a_credential_of_its_namespace(folder: str, issuer: Document) -> None:
    binding = issuer["spec"]["acme"]["externalAccountBinding"]
    namespace, name = binding["keyID"].split(".")
    assert namespace == _namespace(issuer)
    credential = find(read(folder), "EABCredential", name, namespace)
    secret = credential["spec"]["secretName"]
    assert binding["keySecretRef"] == {"name": secret, "key": "secret"}


@pytest.mark.parametrize(("folder", "issuer"), _issuers())
def test_git_holds_no_trust_and_no_secret(folder: str, issuer: Document) -> None:
    assert "caBundle" not in issuer["spec"]["acme"]
    assert "skipTLSVerify" not in issuer["spec"]["acme"]
    assert of_kind(read(folder), "Secret") == []


@pytest.mark.parametrize(("folder", "issuer"), _issuers())
def test_every_issuer_has_an_account_of_its_own(folder: str, issuer: Document) -> None:
    accounts = [
        (_namespace(each), each["spec"]["acme"]["privateKeySecretRef"]["name"])
        for each in of_kind(read(folder), "Issuer", "ClusterIssuer")
    ]
    mine = (_namespace(issuer), issuer["spec"]["acme"]["privateKeySecretRef"]["name"])
    assert accounts.count(mine) == 1


@pytest.mark.parametrize("folder", ["cluster-quickstart", "cert-manager"])
def test_tenants_may_have_the_names_that_they_ask_for(folder: str, tmp_path: Path) -> None:
    for certificate in of_kind(read(folder), "Certificate"):
        issuer = certificate["spec"]["issuerRef"]
        namespace = certificate["metadata"]["namespace"]
        asking = "cert-manager" if issuer.get("kind") == "ClusterIssuer" else namespace
        for name in certificate["spec"]["dnsNames"]:
            question = (
                "can-i",
                asking,
                name,
                "--profile=pki/web",
                f"--documents={FOLDER / folder}",
            )
            environment = programs.own_environment(tmp_path)
            programs.run((CERTWRIGHT, *question), environment, tmp_path).succeeded()


def test_a_wildcard_is_proved_in_the_dns() -> None:
    documents = read("cert-manager")
    for certificate in of_kind(documents, "Certificate"):
        if any(name.startswith("*.") for name in certificate["spec"]["dnsNames"]):
            issuer = find(documents, "Issuer", certificate["spec"]["issuerRef"]["name"], "team-a")
            assert all("dns01" in each for each in issuer["spec"]["acme"]["solvers"])


@pytest.mark.parametrize(("question", "answer"), _QUESTIONS)
def test_tenants_get_the_answers_that_the_page_tells(
    question: str, answer: str, tmp_path: Path
) -> None:
    command = (CERTWRIGHT, *shlex.split(question))
    environment = programs.own_environment(tmp_path)
    asked = programs.run(command, environment, FOLDER.parent)
    assert asked.output.startswith(f"{answer}: ")
    assert asked.code == {"yes": 0, "no": 1}[answer]


def test_the_page_asks_for_both_answers() -> None:
    assert {answer for _, answer in _QUESTIONS} == {"yes", "no"}
    assert len(_QUESTIONS) == _TABLE.count("certwright can-i")


def test_the_ingress_controllers_class_stands_in_one_place_of_the_quick_start() -> None:
    files = (FOLDER / "cluster-quickstart").glob("*.yaml")
    assert sum(file.read_text("utf-8").count("ingressClassName:") for file in files) == 1


def test_the_quick_start_is_five_commands_at_most() -> None:
    page = (FOLDER / "cluster-quickstart" / "README.md").read_text("utf-8")
    commands = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)[0].splitlines()
    assert [each.split()[:2] for each in commands] == [
        ["helm", "install"],
        ["kubectl", "apply"],
        ["kubectl", "wait"],
        ["kubectl", "get"],
    ]
