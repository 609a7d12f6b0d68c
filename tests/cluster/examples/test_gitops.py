"""What Argo CD and Flux are given, held to the definitions of their own kinds.

Their controllers don't run here: what is proved is that an API server with these definitions takes
the documents whole, and that paths and names in them are those of this repository.
"""

import pytest

from tests.cluster.examples.person import CHECKOUT, Person
from tests.unit.examples import documents


def test_argo_cds_applications_are_accepted(person: Person) -> None:
    person.makes_namespace("argocd")
    person.applies("argo-cd/certwright.yaml", "argo-cd/documents.yaml")
    person.dry_runs("argo-cd/certwright.yaml").succeeded()


def test_fluxs_objects_are_accepted(person: Person) -> None:
    person.expects_none_of("certwright-system", "flux-system")
    person.makes_namespace("flux-system")
    person.applies("flux/kustomizations.yaml", "flux/certwright")
    person.dry_runs("flux/kustomizations.yaml").succeeded()


def test_a_field_that_there_is_not_would_be_refused(person: Person) -> None:
    """The API server really looks at these documents."""
    person.makes_namespace("argocd")
    wrong = "sed 's/targetRevision:/revision:/' examples/argo-cd/certwright.yaml"
    refused = person.types(f"{wrong} | kubectl apply --dry-run=server -f -").failed()
    assert 'unknown field "spec.source.revision"' in refused.text


def test_argo_cds_settings_are_a_patch_of_its_config_map(person: Person) -> None:
    """The alias that saves three copies of the script is expanded before Argo CD sees it."""
    person.makes_namespace("argocd")
    person.types("kubectl create configmap --namespace argocd argocd-cm --from-literal=url=kept")
    page = (CHECKOUT / "examples" / "argo-cd" / "README.md").read_text("utf-8")
    [command] = [each for each in page.splitlines() if each.startswith("kubectl patch")]
    person.types(command).succeeded()
    shown = person.types("kubectl get configmap -n argocd argocd-cm -o jsonpath='{.data}'")
    kinds = (
        *("CertificateAuthority", "CertificateTemplate"),
        *("CertificateProfile", "EABCredential"),
    )
    for kind in kinds:
        key = f'"resource.customizations.health.certwright.dev_{kind}":"-- Waits until'
        assert key in shown.succeeded().output
    assert '"url":"kept"' in shown.output


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(each["spec"]["source"]["path"], id=f"Argo CD {each['metadata']['name']}")
        for name in ("argo-cd/certwright.yaml", "argo-cd/documents.yaml")
        for each in documents.read(name)
    ]
    + [
        pytest.param(each["spec"]["path"], id=f"Flux {each['metadata']['name']}")
        for each in documents.of_kind(documents.read("flux/kustomizations.yaml"), "Kustomization")
    ],
)
def test_paths_lead_to_what_is_there(path: str) -> None:
    assert any((CHECKOUT / path).glob("*.yaml"))


def test_fluxs_health_checks_are_of_objects_that_it_applies() -> None:
    applied = documents.read("tenants")
    [kustomization] = [
        each
        for each in documents.of_kind(documents.read("flux/kustomizations.yaml"), "Kustomization")
        if "healthChecks" in each["spec"]
    ]
    for check in kustomization["spec"]["healthChecks"]:
        found = documents.find(applied, check["kind"], check["name"], check["namespace"])
        assert found["apiVersion"] == check["apiVersion"]
