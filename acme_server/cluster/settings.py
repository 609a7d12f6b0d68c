"""The settings of a server in a cluster."""

import socket
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from acme_server.assembly.settings import (
    Address,
    ListenAddress,
    OperationsSettings,
    PublicURL,
    ServerSettings,
    SettingsModel,
    TLSSettings,
    between,
    load,
)
from acme_server.assembly.settings_sources import SettingFault
from acme_server.services.capacity import CAP
from certwright.resources.durations import Duration

_EVERYWHERE = "0.0.0.0"  # noqa: S104 - a pod has its own network
_SHORTEST_STALENESS = timedelta(seconds=3)
_LONGEST_STALENESS = timedelta(minutes=10)
_LONGEST_DRAIN = timedelta(minutes=5)


def _is_reachable(address: str) -> bool:
    try:
        return not ip_address(address).is_unspecified
    except ValueError:
        return False


def _reachable(address: str) -> str:
    if not _is_reachable(address):
        raise ValueError("must be the pod's own IP address")
    return address


class ServedTLS(TLSSettings):
    """The certificate to serve with; both files are looked at again when they change."""

    certificate: Path
    """PEM file: the certificate, then its chain."""
    key: Path
    """PEM file: its private key, not encrypted."""


class PeerSettings(SettingsModel):
    """How the replicas of the server find each other; none of it is for clients."""

    listen: ListenAddress = Address(host=_EVERYWHERE, port=8444)
    """Address and port at which the other replicas ask this one."""
    advertise: Annotated[str, AfterValidator(_reachable)] | None = None
    """The address they reach it at: the pod's. Unset, the one that is listened on."""
    identity: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,200}[a-z0-9])?$")] = Field(
        default_factory=lambda: socket.gethostname().lower()
    )
    """What tells this replica from others: the pod's name. Unset, the host's name."""

    @property
    def advertised(self) -> str:
        """The address that others reach this replica at."""
        return self.advertise or self.listen.host


class BundleSettings(SettingsModel):
    """How profiles and credentials are followed."""

    stale_after: Annotated[Duration, between(_SHORTEST_STALENESS, _LONGEST_STALENESS)] = timedelta(
        seconds=60
    )
    """How long changes may go unseen before nothing is issued: 3s to 10m."""


class ShutdownSettings(SettingsModel):
    """How the server ends when it is told to."""

    drain: Annotated[Duration, between(timedelta(), _LONGEST_DRAIN)] = timedelta(seconds=12)
    """How long it goes on serving, until nobody is sent to it any more: 0s to 5m."""


class StoreKind(StrEnum):
    """Where state is kept."""

    KUBERNETES = "kubernetes"
    SQLITE = "sqlite"


class StoreSettings(SettingsModel):
    """Where state is kept, and how much of it."""

    kind: StoreKind = StoreKind.KUBERNETES
    """`kubernetes`: objects of the API server, for several servers; `sqlite`: a file, for one."""
    file: Path | None = None
    """The SQLite database, on a volume."""
    max_certificates: Annotated[int, Field(ge=1)] | None = None
    """Certificates, above which an API server takes no orders."""

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        if self.kind is StoreKind.SQLITE and self.file is None:
            raise SettingFault("file", f"is required with kind {StoreKind.SQLITE}")
        misplaced = {
            StoreKind.KUBERNETES: ("file", self.file),
            StoreKind.SQLITE: ("maxCertificates", self.max_certificates),
        }
        name, found = misplaced[self.kind]
        if found is not None:
            raise SettingFault(name, f"is no setting of kind {self.kind}; found {found}")
        return self

    @property
    def cap(self) -> int:
        """Certificates, above which an API server takes no orders, chosen or not."""
        return CAP if self.max_certificates is None else self.max_certificates


class ClusterSettings(ServerSettings):
    """Everything that can be set."""

    listen: ListenAddress = Address(host=_EVERYWHERE, port=443)
    """Address and port to listen on."""
    public_url: PublicURL
    """Scheme, host and port of all URLs, as clients see them."""
    tls: ServedTLS
    """The serving certificate."""
    peers: PeerSettings = Field(default_factory=PeerSettings)
    """How the replicas find each other."""
    operations: OperationsSettings = OperationsSettings(listen=Address(host=_EVERYWHERE, port=8081))
    """The endpoint for those who run the server."""
    bundles: BundleSettings = BundleSettings()
    """How profiles and credentials are followed."""
    shutdown: ShutdownSettings = ShutdownSettings()
    """How the server ends."""
    store: StoreSettings = StoreSettings()
    """Where state is kept."""

    @model_validator(mode="after")
    def _known_to_peers(self) -> Self:
        """Require an address that others can reach, where there may be others."""
        if self.store.kind is StoreKind.KUBERNETES and not _is_reachable(self.peers.advertised):
            raise SettingFault(
                "peers.advertise",
                f"is required, the pod's own IP address, since {self.peers.listen.host} is "
                "nobody's",
            )
        return self


def load_settings(file: Path | None, environment: Mapping[str, str]) -> ClusterSettings:
    """Read the settings, as `acme_server.assembly.settings.load` does; raise `SettingsError`."""
    return load(ClusterSettings, file, environment)
