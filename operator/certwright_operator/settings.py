"""What the operator is told at its start."""

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

MANAGER = "certwright-operator"
"""Name of the operator: field manager, user agent, its Lease and its ServiceAccount."""

_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SHORTEST_RESYNC = timedelta(seconds=10)


class SettingsError(Exception):
    """Settings can't be used; the text has a line for everything that is wrong."""


@dataclass(frozen=True, slots=True)
class TenantSecrets:
    """Where the operator may write the Secrets of credentials.

    Args:
        namespaces: The namespaces in which a Role lets it get, list, watch, create and patch
            Secrets; none means everywhere, by a ClusterRole with get, create and patch alone.
    """

    namespaces: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Settings:
    """The operator's settings.

    Args:
        operator_namespace: Where keys of authorities and the operator's Lease are.
        server_namespace: Where the server's bundles are; not the operator's.
        base_url: Scheme and authority of the server's URLs: `https://acme.example.com:8443`.
        tenant_secrets: Where Secrets of credentials may be written.
        identity: Tells this process from other replicas: the pod's name and something random.
        resync: How often everything is read and held against what should be.
        listen: Host and port of metrics and probes.

    Raises:
        SettingsError: a value can't be used.
    """

    operator_namespace: str
    server_namespace: str
    base_url: str
    tenant_secrets: TenantSecrets
    identity: str
    resync: timedelta = timedelta(minutes=10)
    listen: tuple[str, int] = ("0.0.0.0", 8080)  # noqa: S104 - the kubelet comes from outside

    def __post_init__(self) -> None:
        faults = [
            *_namespace_faults("operator namespace", self.operator_namespace),
            *_namespace_faults("server namespace", self.server_namespace),
            *(
                fault
                for namespace in sorted(self.tenant_secrets.namespaces)
                for fault in _namespace_faults("tenant namespace", namespace)
            ),
            *_separation_faults(self),
            *_url_faults(self.base_url),
        ]
        if not self.identity:
            faults.append("identity is empty; it has to tell this process from other replicas")
        if self.resync < _SHORTEST_RESYNC:
            faults.append(
                f"resync is {self.resync.total_seconds():g}s; "
                f"it can't be below {_SHORTEST_RESYNC.total_seconds():g}s"
            )
        if faults:
            raise SettingsError("\n".join(faults))


def _namespace_faults(what: str, namespace: str) -> list[str]:
    if _NAMESPACE.fullmatch(namespace):
        return []
    allowed = "up to 63 lower-case letters, digits and hyphens, no hyphen first or last"
    return [f"{what} is {namespace!r}; a namespace has {allowed}"]


def _separation_faults(settings: Settings) -> list[str]:
    """Say where namespaces coincide that have to be apart.

    The server must not read the keys of authorities, nor a tenant the server's bundles.
    """
    if settings.operator_namespace == settings.server_namespace:
        both = f"operator namespace and server namespace are both {settings.server_namespace!r}"
        return [f"{both}; the server could read the keys of all authorities"]
    own = {settings.operator_namespace, settings.server_namespace}
    return [
        f"tenant namespace {namespace!r} is the operator's or the server's own; "
        "a tenant's Secret has no place beside keys and bundles"
        for namespace in sorted(own & settings.tenant_secrets.namespaces)
    ]


def _url_faults(url: str) -> list[str]:
    allowed = (
        "it has to be https://HOST or https://HOST:PORT, without a path: "
        "https://acme.example.com:8443"
    )
    try:
        parts = urlsplit(url)
        usable = (
            parts.scheme == "https"
            and bool(parts.hostname)
            and parts.port != 0
            and parts.username is None
            and url == f"https://{parts.netloc}"
        )
    except ValueError:
        usable = False
    return [] if usable else [f"server URL is {url!r}; {allowed}"]
