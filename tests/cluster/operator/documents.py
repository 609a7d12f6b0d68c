"""The documents that people write, for namespaces of one test."""

from pathlib import Path
from typing import Any

import yaml

from certwright.resources.model import API_VERSION
from tests.cluster.harness.resources import Document

_QUICKSTART = Path(__file__).resolve().parents[3] / "examples" / "quickstart"


def quickstart(pki: str, team: str) -> list[Document]:
    """Return the quick-start's documents but its namespaces, which are called otherwise here."""
    names = {"pki": pki, "team-a": team}
    found = [
        document
        for path in sorted(_QUICKSTART.glob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text("utf-8"))
        if document["kind"] != "Namespace"
    ]
    for document in found:
        document["metadata"]["namespace"] = names[document["metadata"]["namespace"]]
        reference = document["spec"].get("profileRef", {})
        if "namespace" in reference:
            reference["namespace"] = names[reference["namespace"]]
    return found


def authority(namespace: str, name: str, **spec: Any) -> Document:
    """Return a CertificateAuthority; a root unless `spec` says otherwise."""
    sort: dict[str, Any] = {"root": {}} if "intermediate" not in spec else {}
    return _document("CertificateAuthority", namespace, name, sort | {"commonName": name} | spec)


def imported(namespace: str, name: str, secret: str) -> Document:
    """Return a CertificateAuthority whose certificate and key are in a Secret."""
    reference = {"secretRef": {"name": secret}}
    return _document("CertificateAuthority", namespace, name, {"imported": reference})


def intermediate(namespace: str, name: str, parent: str, **spec: Any) -> Document:
    """Return a CertificateAuthority that another one signs, written `NAME` or `NAMESPACE/NAME`."""
    return authority(namespace, name, intermediate={"authorityRef": _reference(parent)}, **spec)


def template(namespace: str, name: str, **spec: Any) -> Document:
    """Return a CertificateTemplate for names below example.test."""
    allowed = {"dnsNames": {"values": ["**.example.test"]}}
    return _document(
        "CertificateTemplate", namespace, name, {"preset": "TLSServer", "allowed": allowed} | spec
    )


def profile(
    namespace: str, name: str, *, issuer: str | None, template: str, **spec: Any
) -> Document:
    """Return a CertificateProfile; without an issuer it has a root of its own."""
    source = {"selfSigned": {}} if issuer is None else {"authorityRef": _reference(issuer)}
    references = {"issuer": source, "templateRef": _reference(template)}
    return _document("CertificateProfile", namespace, name, references | spec)


def credential(namespace: str, name: str, *, profile: str, **spec: Any) -> Document:
    """Return an EABCredential; its Secret is called as it is unless `spec` says otherwise."""
    return _document("EABCredential", namespace, name, {"profileRef": _reference(profile)} | spec)


def grant(name: str, *patterns: str, **labels: str) -> Document:
    """Return a grant of DNS names to namespaces with labels."""
    selector = {"from": "Selector", "selector": {"matchLabels": labels}}
    return {"name": name, "namespaces": selector, "dnsNames": {"values": list(patterns)}}


def secret(namespace: str, name: str, **data: str) -> Document:
    """Return a Secret of somebody's."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}


def _document(kind: str, namespace: str, name: str, spec: dict[str, Any]) -> Document:
    metadata = {"namespace": namespace, "name": name}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _reference(to: str) -> dict[str, str]:
    namespace, _, name = to.rpartition("/")
    return {"name": name} | ({"namespace": namespace} if namespace else {})
