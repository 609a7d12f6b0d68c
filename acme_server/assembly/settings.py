"""The settings that every server has, and how they are read: a YAML file and the environment.

In the environment `validation.http01Port` is
`CERTWRIGHT_VALIDATION__HTTP01_PORT`; lists are written as JSON there. The environment wins.
"""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PlainValidator,
    ValidationError,
    model_validator,
)

from acme_server.assembly.settings_sources import Sources, from_environment, from_file
from acme_server.domain.retention import USE_GRAIN, Retention
from acme_server.services.environment import Lifetimes
from acme_server.validation.settings import ValidationSettings
from certwright.pki.names import InvalidName, canonical_dns_name
from certwright.resources.durations import Duration, format_duration
from certwright.resources.model import camel_case

PREFIX = "CERTWRIGHT_"

_SHORTEST_LIFETIME = timedelta(seconds=1)
_LONGEST_LIFETIME = timedelta(hours=8760)
_SHORTEST_RETENTION = timedelta(hours=1)
_LONGEST_RETENTION = timedelta(hours=87600)
_LONGEST_BACKDATE = timedelta(hours=24)
_HTTPS_PORT = 443
_LOOPBACK = "127.0.0.1"


class SettingsError(Exception):
    """Settings can't be used; the text has a line for everything that is wrong."""


class SettingsModel(BaseModel):
    """A section of settings, in camel case where it is written."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=camel_case, validate_by_name=True
    )


class Address(BaseModel):
    """Where to listen: an address and a port; port 0 takes a free one."""

    model_config = ConfigDict(frozen=True)

    host: str
    port: int

    def __str__(self) -> str:
        """Return `HOST:PORT`, an IPv6 address in brackets."""
        return f"{_bracketed(self.host)}:{self.port}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _address(value: object) -> Address:
    if isinstance(value, Address):
        return value
    host, _, port = str(value).rpartition(":")
    try:
        ip_address(host.removeprefix("[").removesuffix("]"))
        number = int(port) if port.isascii() and port.isdigit() else -1
    except ValueError:
        number = -1
    is_bracketed = host.startswith("[") and host.endswith("]")
    if not 0 <= number <= 65535 or is_bracketed != (":" in host):
        raise ValueError("must be ADDRESS:PORT, such as 127.0.0.1:8443, 0.0.0.0:443 or [::]:443")
    return Address(host=host.removeprefix("[").removesuffix("]"), port=number)


ListenAddress = Annotated[Address, PlainValidator(_address)]
"""An address to listen on, `ADDRESS:PORT`."""


def _public_url(value: str) -> str:
    """Return scheme and authority of a URL in canonical form."""
    allowed = "must be https://HOST or https://HOST:PORT, without path or query"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError(allowed) from None
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme != "https" or not parts.hostname or extra or port == 0:
        raise ValueError(allowed)
    host = _canonical_host(parts.hostname, allowed)
    return f"https://{host}" if port in {None, _HTTPS_PORT} else f"https://{host}:{port}"


PublicURL = Annotated[str, AfterValidator(_public_url)]
"""Scheme and authority of URLs, `https://HOST:PORT`."""


def _canonical_host(host: str, allowed: str) -> str:
    try:
        return _bracketed(str(ip_address(host)))
    except ValueError:
        pass
    try:
        return canonical_dns_name(host)
    except InvalidName as invalid:
        raise ValueError(f"{allowed}: {invalid}") from None


def between(shortest: timedelta, longest: timedelta) -> AfterValidator:
    """Return the check that a duration is from `shortest` to `longest`."""

    def check(value: timedelta) -> timedelta:
        if not shortest <= value <= longest:
            bounds = f"{format_duration(shortest)} to {format_duration(longest)}"
            raise ValueError(f"must be from {bounds}")
        return value

    return AfterValidator(check)


_Retention = Annotated[Duration, between(_SHORTEST_RETENTION, _LONGEST_RETENTION)]
_Lifetime = Annotated[Duration, between(_SHORTEST_LIFETIME, _LONGEST_LIFETIME)]


class TLSSettings(SettingsModel):
    """A certificate to serve with, instead of one that the server makes for itself."""

    certificate: Path | None = None
    """PEM file: the certificate, then its chain."""
    key: Path | None = None
    """PEM file: its private key, not encrypted."""

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key are given both or not at all")
        return self


class LifetimeSettings(SettingsModel):
    """How long what the server hands out lives: 1s to 8760h."""

    order: _Lifetime = timedelta(hours=24)
    """An order, until it is finalized."""
    pending_authorization: _Lifetime = timedelta(hours=24)
    """An authorization, until it is proved."""
    authorization: _Lifetime = timedelta(hours=168)
    """A proved authorization, for later orders."""


class RetentionSettings(SettingsModel):
    """How long what has expired is kept before it is swept: at most 87600h."""

    orders: _Retention = timedelta(days=7)
    """Orders and authorizations, from their expiry, orders also from their certificate's: at least
    1h."""
    certificates: _Retention = timedelta(days=90)
    """Certificates, from their expiry: at least 1h."""
    accounts: Annotated[Duration, between(2 * USE_GRAIN, _LONGEST_RETENTION)] = timedelta(days=396)
    """Accounts that have none of these, from their last use, which is known to a month: at least
    1440h."""


class AuditSettings(SettingsModel):
    """Where the audit log goes."""

    file: Path | None = None
    """A file of its own; unset, among the other logs, under the logger `acme_server.audit`."""


class OperationsSettings(SettingsModel):
    """The endpoint for those who run the server: `/livez`, `/readyz`, `/metrics`."""

    listen: ListenAddress | None = None
    """Address and port of it, in plain HTTP; unset, there is none."""


class ServerSettings(SettingsModel):
    """What can be set of every server."""

    listen: ListenAddress = Address(host="127.0.0.1", port=8443)
    """Address and port to listen on; other machines reach the server with `0.0.0.0:8443`."""
    public_url: PublicURL | None = None
    """Scheme, host and port of all URLs, as clients see them; unset, derived from `listen`."""
    tls: TLSSettings = TLSSettings()
    """The serving certificate; unset, the server makes and renews its own."""
    validation: ValidationSettings = ValidationSettings()
    """How and where challenges are looked at."""
    lifetimes: LifetimeSettings = LifetimeSettings()
    """How long orders and authorizations live."""
    retention: RetentionSettings = RetentionSettings()
    """How long what has expired is kept."""
    operations: OperationsSettings = OperationsSettings()
    """The endpoint for those who run the server."""
    audit: AuditSettings = AuditSettings()
    """Where the audit log goes."""
    backdate: Annotated[Duration, between(timedelta(), _LONGEST_BACKDATE)] = timedelta(minutes=5)
    """How far `notBefore` of certificates is set back, for clients whose clocks are slow."""

    def base_url(self, port: int) -> str:
        """Return scheme and authority of all URLs: `https://localhost:8443`.

        Without a public URL they name the address that is listened on, as `localhost` where that
        is what the name stands for on any machine.

        Args:
            port: The one that is listened on.
        """
        if self.public_url is not None:
            return self.public_url
        named = self.listen.host == _LOOPBACK or self.listens_everywhere
        host = "localhost" if named else _bracketed(self.listen.host)
        return f"https://{host}" if port == _HTTPS_PORT else f"https://{host}:{port}"

    @property
    def listens_everywhere(self) -> bool:
        """Whether other machines are listened to by an address that none of them can use."""
        return ip_address(self.listen.host).is_unspecified

    @property
    def service_lifetimes(self) -> Lifetimes:
        """The lifetimes as the services take them."""
        return Lifetimes(
            order=self.lifetimes.order,
            pending_authorization=self.lifetimes.pending_authorization,
            authorization=self.lifetimes.authorization,
            backdate=self.backdate,
        )

    @property
    def kept(self) -> Retention:
        """How long documents are kept, as the sweeper takes it."""
        return Retention(
            orders=self.retention.orders,
            certificates=self.retention.certificates,
            accounts=self.retention.accounts,
            longest_order=self.lifetimes.order,
        )


Chosen = TypeVar("Chosen", bound=ServerSettings)


def load(model: type[Chosen], file: Path | None, environment: Mapping[str, str]) -> Chosen:
    """Read settings.

    Args:
        model: The settings that there are.
        file: A YAML file; None: all from the environment. Files that it names are looked for from
            its folder.
        environment: Such as `os.environ`; only `CERTWRIGHT_…` is looked at.

    Raises:
        SettingsError: With everything that is wrong.
    """
    sources = Sources()
    if file is not None:
        from_file(sources, file)
    from_environment(sources, model, PREFIX, environment)
    if not sources.faults:
        try:
            return model.model_validate(sources.values, by_alias=True, by_name=False)
        except ValidationError as invalid:
            for error in invalid.errors():
                sources.explain(model, error)
    raise SettingsError("\n".join(sources.faults))
