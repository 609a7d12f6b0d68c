"""What the platform team and two tenants of the tests write."""

from typing import Any, Final

from certwright.resources.model import API_VERSION
from tests.cluster.harness.cert_manager.issuers import API_VERSION as CERT_MANAGER
from tests.cluster.harness.cert_manager.issuers import issuer
from tests.cluster.harness.resources import Document
from tests.cluster.node.site.nameserver import KEY_NAME

PLATFORM: Final = "platform"
ALPHA: Final = "alpha"
BETA: Final = "beta"

DIRECT: Final = "apps.example.com"
"""The cluster's DNS has the ingress's address for every name below."""

ROUTED: Final = "routed.example.com"
"""No DNS knows these names; the server's route leads to the ingress."""

UPDATED: Final = "wild.example.com"
"""A name server has this zone that takes updates."""

DIRECTORY: Final = f"https://acme.certwright-acme.svc/acme/{PLATFORM}/web/directory"
INGRESS_CLASS: Final = "easyhaproxy"
ISSUER: Final = "certwright"


def namespace(name: str, **labels: str) -> Document:
    """Return a namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def platform() -> list[Document]:
    """Return the platform team's namespace, authorities, template and profile."""
    root: Document = {"root": {}, "commonName": "Example Root", "duration": "87600h"}
    issuing = {
        "intermediate": {"authorityRef": {"name": "root"}},
        "commonName": "Example Issuing",
        "duration": "43800h",
        "maxPathLength": 0,
    }
    return [
        namespace(PLATFORM),
        _own("CertificateAuthority", "root", PLATFORM, root),
        _own("CertificateAuthority", "issuing", PLATFORM, issuing),
        _own("CertificateTemplate", "web-server", PLATFORM, _TEMPLATE),
        profile("web"),
    ]


_TEMPLATE: Final[Document] = {
    "preset": "TLSServer",
    "allowed": {
        "dnsNames": {
            "values": [f"**.{zone}" for zone in (DIRECT, ROUTED, UPDATED)],
            "wildcards": "Allowed",
        }
    },
    "constraints": {"maxDuration": "2160h"},
}


def profile(name: str) -> Document:
    """Return a profile that grants each tenant the names below its namespace's."""
    names = [f"**.${{namespace}}.{zone}" for zone in (DIRECT, ROUTED, UPDATED)]
    grant = {
        "name": "teams",
        "namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "true"}}},
        "dnsNames": {"values": names, "wildcards": "Allowed"},
    }
    spec = {
        "issuer": {"authorityRef": {"name": "issuing"}},
        "templateRef": {"name": "web-server"},
        "acme": {"challenges": ["http-01", "dns-01"], "externalAccountBinding": "Required"},
        "grants": [grant],
    }
    return _own("CertificateProfile", name, PLATFORM, spec)


def credential(tenant: str, profile_name: str = "web", name: str = "default") -> Document:
    """Return a tenant's credential; its Secret is called `NAME-eab`."""
    reference = {"name": profile_name, "namespace": PLATFORM}
    return _own(
        "EABCredential", name, tenant, {"profileRef": reference, "secretName": f"{name}-eab"}
    )


def tenant_issuer(
    tenant: str,
    name: str = ISSUER,
    *,
    key_id: str | None = None,
    profile_name: str = "web",
    solvers: list[Document] | None = None,
    credential_name: str = "default",
) -> Document:
    """Return a tenant's Issuer, whose trust the operator fills in.

    Args:
        tenant: The tenant's namespace.
        name: The Issuer's name.
        key_id: The KID; unset, that of the tenant's credential.
        profile_name: The profile, in the platform team's namespace.
        solvers: How challenges are met; unset, through the ingress.
        credential_name: The credential whose Secret it uses.
    """
    return issuer(
        name,
        DIRECTORY.replace("/web/", f"/{profile_name}/"),
        namespace=tenant,
        source=f"{PLATFORM}/{profile_name}",
        enableDurationFeature=True,
        externalAccountBinding={
            "keyID": key_id or f"{tenant}.{credential_name}",
            "keySecretRef": {"name": f"{credential_name}-eab", "key": "secret"},
        },
        solvers=solvers or [ingress_solver(), _routed_solver()],
    )


def ingress_solver(**solver: Any) -> Document:
    """Return a solver that answers HTTP-01 through the ingress."""
    through = {"ingressClassName": INGRESS_CLASS, "serviceType": "ClusterIP"}
    return {"http01": {"ingress": through}, **solver}


def _routed_solver() -> Document:
    # cert-manager can't check by itself what only a route leads to.
    return ingress_solver(selector={"dnsZones": [ROUTED]}, waitInsteadOfSelfCheck="10s")


def dns_solver(nameserver: str) -> Document:
    """Return a solver that writes to a name server, with the key in Secret `rfc2136`."""
    updates = {
        "nameserver": nameserver,
        "tsigKeyName": KEY_NAME,
        "tsigAlgorithm": "HMACSHA256",
        "tsigSecretSecretRef": {"name": "rfc2136", "key": "tsig"},
    }
    return {"dns01": {"rfc2136": updates}}


def certificate(
    tenant: str, name: str, dns_names: list[str], issuer_name: str = ISSUER, **spec: Any
) -> Document:
    """Return a Certificate; its Secret has its name."""
    return {
        "apiVersion": CERT_MANAGER,
        "kind": "Certificate",
        "metadata": {"name": name, "namespace": tenant},
        "spec": {
            "secretName": name,
            "dnsNames": dns_names,
            "issuerRef": {"name": issuer_name},
            **spec,
        },
    }


def page(tenant: str, name: str, image: str, text: str) -> list[Document]:
    """Return a Pod that answers HTTP with `text`, and its Service, on port 80.

    Args:
        tenant: The namespace.
        name: What both are called.
        image: One with busybox's httpd.
        text: The whole of the page.
    """
    labels = {"page": name}
    metadata = {"name": name, "namespace": tenant, "labels": labels}
    container = {
        "name": "page",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", f"echo '{text}' >/tmp/index.html && exec httpd -f -p 8080 -h /tmp"],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1},
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65534},
    }
    pod = {"containers": [container], "terminationGracePeriodSeconds": 0}
    service = {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]}
    return [
        {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod},
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": service},
    ]


def _own(kind: str, name: str, namespace_name: str, spec: Document) -> Document:
    metadata = {"name": name, "namespace": namespace_name}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
