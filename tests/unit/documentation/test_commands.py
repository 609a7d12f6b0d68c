"""Commands are such as the programs take, on files, kinds, fields and values that there are."""

import re
from functools import cache
from typing import Any

import click
import pytest
import yaml

from acme_server.cli.application import main as certwright
from acme_server.domain.documents.models import MODELS
from acme_server.stores.kubernetes.kinds import RESOURCES
from certwright.resources.schema import NAMES, custom_resource_definition
from certwright_operator.cli import application as certwright_operator
from tests.unit.documentation.commands import Command, commands
from tests.unit.documentation.pages import ROOT

OURS: dict[str, click.Group] = {
    "certwright": certwright,
    "certwright-operator": certwright_operator,
}

HELM = {
    "history": {"--namespace"},
    "install": {"--namespace", "--create-namespace", "--wait", "--set", "--values"},
    "package": set(),
    "rollback": {"--namespace", "--wait"},
    "template": {"--namespace", "--set", "--values"},
    "uninstall": {"--namespace", "--wait"},
    "upgrade": {
        *("--namespace", "--create-namespace", "--install", "--repo", "--set", "--values"),
        *("--reset-then-reuse-values", "--wait"),
    },
}
"""What of Helm 3 the pages use."""

HELM_VALUED = frozenset({"--namespace", "-n", "--set", "--values", "-f", "--repo"})

KUBECTL_VERBS = {
    *("annotate", "apply", "config", "create", "delete", "describe", "exec", "get", "label"),
    *("logs", "patch", "rollout", "wait"),
}
KUBECTL_VALUED = frozenset(
    {"-n", "--namespace", "-l", "-o", "-f", "-p", "-c", "--kubeconfig", "--group", "--token"}
)
OTHERS = {
    *("certificate", "certificates", "certificaterequest", "certificaterequests", "challenge"),
    *("challenges", "order"),
    *("clusterrole", "configmap", "configmaps", "crd", "deployment", "endpointslices", "events"),
    *("ingress", "ingressclass", "issuer", "issuers", "lease", "namespace", "orders", "pods"),
    *("orders.acme.cert-manager.io", "rolebinding", "secret", "secrets"),
}
"""What Kubernetes and cert-manager have of what the pages name."""

MADE = {"restored.json", "FILE"}
"""Files that the pages' own commands make, or that stand for any."""


@pytest.mark.parametrize("command", commands(*OURS), ids=str)
def test_our_programs_have_the_commands_and_options(command: Command) -> None:
    group = OURS[command.program]
    if command.arguments[:1] in {("--help",), ("--version",), ("COMMAND",)}:
        return
    context = click.Context(group)
    found = group.get_command(context, command.arguments[0])
    assert found is not None
    options = {name for each in found.get_params(context) for name in each.opts}
    given = {word.partition("=")[0] for word in command.arguments[1:] if word.startswith("-")}
    assert given <= options


@pytest.mark.parametrize("command", commands("helm"), ids=str)
def test_helm_s_commands_are_such_as_it_has(command: Command) -> None:
    verb, *_ = command.positional(HELM_VALUED)
    options = {word.partition("=")[0] for word in command.arguments if word.startswith("-")}
    assert options <= HELM[verb]


@pytest.mark.parametrize("command", commands("helm"), ids=str)
def test_values_that_are_set_are_the_chart_s(command: Command) -> None:
    if "helm/certwright" not in command.words:
        return
    for given in command.values_of("--set"):
        path = re.sub(r"\[\d+\].*", "", given.partition("=")[0])
        assert path in value_paths(), given


@cache
def value_paths() -> frozenset[str]:
    """Return the path of everything in values.yaml."""
    values = yaml.safe_load((ROOT / "helm" / "certwright" / "values.yaml").read_text())

    def paths(node: Any, path: str) -> set[str]:
        inner = node.items() if isinstance(node, dict) else ()
        return {path}.union(*(paths(value, f"{path}.{key}".lstrip(".")) for key, value in inner))

    return frozenset(paths(values, ""))


@pytest.mark.parametrize("command", commands("kubectl"), ids=str)
def test_kubectl_s_verbs_and_kinds_are_such_as_there_are(command: Command) -> None:
    verb, *rest = command.positional(KUBECTL_VALUED)
    assert verb in KUBECTL_VERBS
    if verb in {"get", "describe", "annotate", "patch", "label"} and rest:
        kinds = rest[0].partition("/")[0].split(",")
        assert set(kinds) <= {*our_kinds(), *OTHERS}


@cache
def our_kinds() -> frozenset[str]:
    """Return every name that kubectl takes for our kinds."""
    people = {word for names in NAMES for word in (names.plural, names.kind.lower(), names.short)}
    state = {word for each in RESOURCES.values() for word in (each.plural, each.singular)}
    return frozenset({*people, *state, "certwright", "certwright-acme"})


@pytest.mark.parametrize("command", commands("kubectl", "helm", "certwright"), ids=str)
def test_files_that_commands_name_are_there(command: Command) -> None:
    files = set(command.values_of("-f", "--values")) - MADE
    folders = {"examples", "manifests", "crds", "helm", "docs"}
    files |= {word for word in command.words if word.partition("/")[0] in folders and "/" in word}
    assert [file for file in sorted(files) if not (ROOT / file).exists()] == []


@pytest.mark.parametrize("command", commands("kubectl"), ids=str)
def test_fields_that_are_asked_for_are_those_of_the_kind(command: Command) -> None:
    _, *rest = command.positional(KUBECTL_VALUED)
    kind = rest[0] if rest else ""
    for output in command.values_of("-o"):
        for path in re.findall(r"\{((?:\.[A-Za-z]+)+)\}", output):
            if kind in our_kinds():
                assert _has(kind, path.strip(".").split(".")), path


def _has(kind: str, path: list[str]) -> bool:
    """Tell whether a kind's objects have a field."""
    for names in NAMES:
        if kind in {names.plural, names.kind.lower(), names.short}:
            version = custom_resource_definition(names)["spec"]["versions"][0]
            return _in_schema(version["schema"]["openAPIV3Schema"], path)
    for document, resource in RESOURCES.items():
        if kind in {resource.plural, resource.singular} and path[0] == "document":
            fields = MODELS[document].model_fields.items()
            return path[1] in {field.alias or name for name, field in fields}
    return False


def _in_schema(schema: dict[str, Any], path: list[str]) -> bool:
    if not path:
        return True
    inner = schema.get("properties", {}).get(path[0])
    return inner is not None and _in_schema(inner, path[1:])


def test_commands_are_found_wherever_they_stand() -> None:
    found = [each.words for each in commands("kubectl", "certwright")]
    assert len(found) > 40
    assert ("certwright", "certificates") in found  # before `&&`
    assert ("kubectl", "create", "token", "-n", "certwright-acme", "certwright-acme") in found
