"""The settings of a server in a cluster."""

import socket
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

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
from acme_server.services.capacity import CAP
from certwright.resources.durations import Duration

_EVERYWHERE = "0.0.0.0"  # noqa: S104 - a pod has its own network
_SHORTEST_STALENESS = timedelta(seconds=3)
_LONGEST_STALENESS = timedelta(minutes=10)
_LONGEST_DRAIN = timedelta(minutes=5)


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
    advertise: str | None = None
    """The address they reach it at: the pod's. Unset, the one that is listened on."""
    identity: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,200}[a-z0-9])?$")] = Field(
        default_factory=lambda: socket.gethostname().lower()
    )
    """What tells this replica from others: the pod's name. Unset, the host's name."""

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        """Require an address that others can reach."""
        try:
            usable = not ip_address(self.advertised).is_unspecified
        except ValueError:
            usable = False
        if not usable:
            raise ValueError(
                f"advertise must be the pod's own IP address, since {self.listen.host} is nobody's"
            )
        return self

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


class StoreSettings(SettingsModel):
    """How much is kept at the API server."""

    max_certificates: Annotated[int, Field(ge=1)] = CAP
    """Certificates, above which no orders are taken."""


class ClusterSettings(ServerSettings):
    """Everything that can be set."""

    listen: ListenAddress = Address(host=_EVERYWHERE, port=443)
    """Address and port to listen on."""
    public_url: PublicURL
    """Scheme, host and port of all URLs, as clients see them."""
    tls: ServedTLS
    """The serving certificate."""
    peers: PeerSettings
    """How the replicas find each other."""
    operations: OperationsSettings = OperationsSettings(listen=Address(host=_EVERYWHERE, port=8081))
    """The endpoint for those who run the server."""
    bundles: BundleSettings = BundleSettings()
    """How profiles and credentials are followed."""
    shutdown: ShutdownSettings = ShutdownSettings()
    """How the server ends."""
    store: StoreSettings = StoreSettings()
    """How much is kept."""


def load_settings(file: Path | None, environment: Mapping[str, str]) -> ClusterSettings:
    """Read the settings, as `acme_server.assembly.settings.load` does; raise `SettingsError`."""
    return load(ClusterSettings, file, environment)
