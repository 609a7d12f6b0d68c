"""The documents that the tests serve, as a platform team and a tenant write them."""

from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]

GROUP = "certwright.dev/v1alpha1"


def document(kind: str, namespace: str, name: str, **spec: Any) -> Document:
    """Return a document of one of our kinds."""
    metadata = {"namespace": namespace, "name": name}
    return {"apiVersion": GROUP, "kind": kind, "metadata": metadata, "spec": spec}


def namespace(name: str, **labels: str) -> Document:
    """Return a Namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def authorities() -> list[Document]:
    """Return a root and the authority that issues."""
    return [
        document("CertificateAuthority", "pki", "root", root={}, commonName="Example Root"),
        document(
            "CertificateAuthority",
            "pki",
            "issuing",
            intermediate={"authorityRef": {"name": "root"}},
            commonName="Example Issuing",
            maxPathLength=0,
        ),
    ]


def template(*dns_names: str) -> Document:
    """Return a template for TLS servers of these names, wildcards among them, and of loopback."""
    return document(
        "CertificateTemplate",
        "pki",
        "web-server",
        preset="TLSServer",
        allowed={
            "dnsNames": {"values": list(dns_names), "wildcards": "Allowed"},
            "ipAddresses": {"cidrs": ["127.0.0.0/8"]},
        },
    )


def profile(name: str = "web", **spec: Any) -> Document:
    """Return a profile of the issuing authority whose teams have the names below their own."""
    granted = {
        "name": "teams",
        "namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "true"}}},
        "dnsNames": {"values": ["**.${namespace}.example.test"]},
        "ipAddresses": {"cidrs": ["127.0.0.1/32"]},
    }
    default: Document = {
        "issuer": {"authorityRef": {"name": "issuing"}},
        "templateRef": {"name": "web-server"},
        "grants": [granted],
    }
    return document("CertificateProfile", "pki", name, **(default | spec))


def credential(name: str = "default", team: str = "team-a", **spec: Any) -> Document:
    """Return a team's credential for the profile `web`."""
    reference = {"name": "web", "namespace": "pki"}
    return document("EABCredential", team, name, **({"profileRef": reference} | spec))


def standard() -> dict[str, list[Document]]:
    """Return the files that most tests serve, by name."""
    return {
        "namespaces.yaml": [namespace("pki"), namespace("team-a", team="true")],
        "authorities.yaml": authorities(),
        "template.yaml": [template("**.example.test")],
        "profile.yaml": [profile()],
        "credential.yaml": [credential()],
    }


def write(folder: Path, files: dict[str, list[Document]]) -> None:
    """Write files of documents into a folder, each whole at once, as an editor saves them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, documents in files.items():
        unfinished = folder / f".{name}.tmp"
        unfinished.write_text(yaml.safe_dump_all(documents, sort_keys=False))
        unfinished.replace(folder / name)
