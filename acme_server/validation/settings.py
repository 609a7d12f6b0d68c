"""The settings `validation.*`: how and where challenges are looked at."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    field_validator,
)

from acme_server.validation.endpoints import (
    Endpoint,
    parse_endpoint,
    parse_name,
    parse_nameserver,
)
from acme_server.validation.networks import IPNetwork, NetworkRules
from certwright.resources.durations import Duration, format_duration

LONGEST_TIMEOUT = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)

Port = Annotated[int, Field(ge=1, le=65535)]


def _seconds_or_duration(value: object) -> object:
    # bool is an int to Python, and no length of time to anybody.
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    try:
        return timedelta(seconds=value)
    except OverflowError as error:
        raise ValueError(f"{value} is no number of seconds") from error


Time = Annotated[Duration, BeforeValidator(_seconds_or_duration)]
"""A Go duration such as `10s`, as the documents write one, or a number of seconds."""


def _network(value: object) -> IPNetwork:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(str(value))
    except ValueError as error:
        raise ValueError(
            f"{str(value)!r} is no network: write an address or a CIDR without host bits, such as "
            f"10.0.0.0/8 or fd00::/8"
        ) from error


def _nameserver(value: object) -> Endpoint:
    return value if isinstance(value, Endpoint) else parse_nameserver(str(value))


def _target(value: object) -> Endpoint:
    return value if isinstance(value, Endpoint) else parse_endpoint(str(value))


class Route(BaseModel):
    """Where http-01 looks for some names instead of where DNS says: an ingress, as a rule.

    `suffix` stands for itself and for all names below it. `target` is `HOST:PORT`; HOST is looked
    up as the system does, search list included, because in a cluster it is a Service's name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    suffix: Annotated[str, PlainValidator(lambda value: parse_name(str(value)))]
    target: Annotated[Endpoint, PlainValidator(_target)]

    def matches(self, name: str) -> bool:
        """Tell whether `name` is the suffix or below it."""
        return name == self.suffix or name.endswith(f".{self.suffix}")


class ValidationSettings(BaseModel):
    """How and where challenges are looked at.

    `http01_port` and `tls_alpn01_port` replace 80 and 443 (RFC 8555 §8.3, RFC 8737 §3) where a test
    or a port forwarding asks for it. `resolvers`, `IP` or `IP:PORT`, are asked instead of the
    system's. `timeout` is for one attempt in all, `retry_for` is how long attempts go on after a
    challenge was answered; both are Go durations or seconds.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_alias=True, validate_by_name=True
    )

    http01_port: Port = Field(default=80, alias="http01Port")
    tls_alpn01_port: Port = Field(default=443, alias="tlsAlpn01Port")
    resolvers: tuple[Annotated[Endpoint, PlainValidator(_nameserver)], ...] = ()
    allowed_networks: tuple[Annotated[IPNetwork, PlainValidator(_network)], ...] = Field(
        default=(), alias="allowedNetworks"
    )
    denied_networks: tuple[Annotated[IPNetwork, PlainValidator(_network)], ...] = Field(
        default=(), alias="deniedNetworks"
    )
    routes: tuple[Route, ...] = ()
    timeout: Time = timedelta(seconds=10)
    retry_for: Time = Field(default=timedelta(seconds=60), alias="retryFor")

    @field_validator("timeout")
    @classmethod
    def _bounded_timeout(cls, timeout: timedelta) -> timedelta:
        if not timedelta() < timeout <= LONGEST_TIMEOUT:
            raise ValueError(f"must be more than 0s and at most {format_duration(LONGEST_TIMEOUT)}")
        return timeout

    @field_validator("retry_for")
    @classmethod
    def _bounded_retry(cls, retry_for: timedelta) -> timedelta:
        if retry_for > LONGEST_RETRY:
            raise ValueError(f"must be at most {format_duration(LONGEST_RETRY)}")
        return retry_for

    @field_validator("routes")
    @classmethod
    def _distinct_suffixes(cls, routes: tuple[Route, ...]) -> tuple[Route, ...]:
        suffixes = [route.suffix for route in routes]
        if twice := sorted({suffix for suffix in suffixes if suffixes.count(suffix) > 1}):
            raise ValueError(f"each suffix has one route; more than one names {', '.join(twice)}")
        return routes

    @property
    def network_rules(self) -> NetworkRules:
        """The rules that the two lists of networks make."""
        return NetworkRules(self.allowed_networks, self.denied_networks)

    @property
    def redirect_ports(self) -> frozenset[int]:
        """The ports that a redirect may lead to."""
        return frozenset({80, 443, self.http01_port, self.tls_alpn01_port})

    def route(self, name: str) -> Route | None:
        """Return the route with the longest suffix that matches `name`, or None."""
        matching = (route for route in self.routes if route.matches(name))
        return max(matching, key=lambda route: len(route.suffix), default=None)
