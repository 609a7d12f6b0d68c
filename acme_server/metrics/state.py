"""What is read when Prometheus asks: how things stand, rather than what has happened."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from certwright.bundles.profile import ProfileInForce


@dataclass(frozen=True, slots=True)
class BundleState:
    """How bundles are followed.

    Args:
        age: Seconds since the last sign of life; None before the first.
        refused: How many of each kind aren't in force as they were handed over.
    """

    age: float | None
    refused: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class State:
    """How things stand.

    Args:
        open_validations: Challenges that are being validated.
        audit_lines_lost: Audit events that could not be written to their file.
        profiles: Those in force.
        bundles: How well they are followed; None where they aren't bundles.
        misdirected: Of the profiles, as `NAMESPACE/NAME`, those whose URLs people were told wrong.
    """

    open_validations: int
    audit_lines_lost: int
    profiles: Iterable[ProfileInForce]
    bundles: BundleState | None = None
    misdirected: Collection[str] = ()


class StateCollector(Collector):
    """Makes metrics of the state; a profile that is gone is gone from them too.

    Args:
        state: Called at each scrape.
    """

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        state = self._state()
        yield GaugeMetricFamily(
            "certwright_validations_open",
            "Challenges that are being validated",
            value=state.open_validations,
        )
        yield CounterMetricFamily(
            "certwright_audit_lines_lost",
            "Audit events that could not be written to the audit log's file",
            value=state.audit_lines_lost,
        )
        yield from _of_profiles(state)
        if state.bundles is not None:
            yield from _of_bundles(state.bundles)


def _of_bundles(bundles: BundleState) -> Iterator[Metric]:
    if bundles.age is not None:
        yield GaugeMetricFamily(
            "certwright_bundles_age_seconds",
            "Time since changes of bundles were surely seen",
            value=bundles.age,
        )
    refused = GaugeMetricFamily(
        "certwright_bundles_refused",
        "Bundles that aren't in force as their Secrets hold them",
        labels=["kind"],
    )
    for kind, number in bundles.refused.items():
        refused.add_metric([kind], number)
    yield refused


def _of_profiles(state: State) -> Iterator[Metric]:
    issuing = GaugeMetricFamily(
        "certwright_profile_issuing",
        "Whether a profile has a signer and isn't refused",
        labels=["profile"],
    )
    expiry = GaugeMetricFamily(
        "certwright_authority_expiry_timestamp_seconds",
        "When the first certificate of the profile's issuing chain expires",
        labels=["profile"],
    )
    misdirected = GaugeMetricFamily(
        "certwright_profile_directory_url_differs",
        "Whether people were told another directory URL than the server's",
        labels=["profile"],
    )
    for profile in state.profiles:
        misdirected.add_metric([profile.key], int(profile.key in state.misdirected))
        able = profile.signer is not None and profile.refusal is None
        issuing.add_metric([profile.key], int(able))
        if profile.signer is not None:
            expiry.add_metric([profile.key], profile.signer.earliest_expiry.timestamp())
    yield issuing
    yield expiry
    yield misdirected
