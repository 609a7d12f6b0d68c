"""What the operator is told at its start."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from certwright.bundles.objects import NONCE_KEYS_NAME, BundleKind
from certwright.pki.names import InvalidName
from certwright.serving.certificate import alternative_names

MANAGER = "certwright-operator"
"""Name of the operator: field manager, user agent, its Lease and its ServiceAccount."""

_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SECRET = re.compile(rf"{_NAMESPACE.pattern}(\.{_NAMESPACE.pattern})*")
_LONGEST_SECRET = 253
_BUNDLES = frozenset(BundleKind)
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


class ServingSource(StrEnum):
    """Who makes the certificate that the server is served with."""

    ISSUED = "issued"
    """The operator, from a root of its own."""
    GIVEN = "given"
    """Somebody else, cert-manager say; the operator only tells clients what to trust."""


@dataclass(frozen=True, slots=True)
class ServingTLS:
    """The TLS that the server is served with.

    Args:
        source: Who makes its certificate.
        secret: The Secret with it, in the server's namespace.
        names: DNS names that it is for, besides the host of the server's URL and the profiles'
            hostnames; a given one is for whatever it is for.
    """

    source: ServingSource = ServingSource.ISSUED
    secret: str = "serving-tls"  # noqa: S105 - a name, not a secret
    names: tuple[str, ...] = ()


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
        inject_ca: Whether cert-manager's Issuers that ask for it are given the trust of the
            server's TLS.
        serving: The TLS that the server is served with.

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
    inject_ca: bool = True
    serving: ServingTLS = field(default_factory=ServingTLS)

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
            *(url_faults := _url_faults(self.base_url)),
            *(() if url_faults else _serving_faults(self)),
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

    @property
    def server_host(self) -> str:
        """Host of the server's URLs: a DNS name or an address."""
        return urlsplit(self.base_url).hostname or ""


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


def _serving_faults(settings: Settings) -> Iterator[str]:
    serving = settings.serving
    if not _SECRET.fullmatch(serving.secret) or len(serving.secret) > _LONGEST_SECRET:
        yield (
            f"serving secret is {serving.secret!r}; a Secret's name has up to {_LONGEST_SECRET} "
            "lower-case letters, digits, hyphens and dots, and begins and ends with a letter or "
            "digit"
        )
    elif serving.secret == NONCE_KEYS_NAME or serving.secret.partition(".")[0] in _BUNDLES:
        yield f"serving secret is {serving.secret!r}; Secrets of the operator's own have such names"
    if serving.source is ServingSource.GIVEN:
        if serving.names:
            names = ", ".join(serving.names)
            yield f"serving name {names} is of no use with serving TLS that is given; leave it out"
        return
    yield from _host_faults("server URL's host", settings.server_host)
    for name in serving.names:
        yield from _host_faults("serving name", name)


def _host_faults(what: str, host: str) -> Iterator[str]:
    try:
        alternative_names([host])
    except InvalidName as invalid:
        yield f"{what} is {host!r}, which no certificate can be for: {invalid}"
