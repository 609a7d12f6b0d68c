"""The services' environment, over the store, the bundles and the nonces that a server has."""

from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from acme_server.assembly.settings import ServerSettings
from acme_server.domain.documents.document import Kind
from acme_server.metrics.instruments import Instruments
from acme_server.metrics.measured import MeasuredNonces, MeasuredStore, MeasuredValidator
from acme_server.metrics.upkeep import UpkeepCollector, UpkeepState
from acme_server.ports import Audit, Bundles, Nonces, Store
from acme_server.services.capacity import CertificateCap
from acme_server.services.clock_guard import ClockGuard
from acme_server.services.documents import Documents
from acme_server.services.environment import Check, Checks, Environment
from acme_server.services.sweeping import Sweeper
from acme_server.services.validations import Validations
from acme_server.signers.local import LocalSigner
from acme_server.system import SystemClock, SystemRandomness, steady_seconds
from acme_server.validation.networks import SpecialNetwork
from acme_server.validation.schedule import next_attempt
from acme_server.validation.validator import ChallengeValidator


class Foundation:
    """What services stand on, measured.

    Args:
        settings: The server's.
        store: Where documents are.
        audit: The audit log.
        instruments: Count what happens.
        replica: This process's id among others; None where it is the only one.
        refused: Networks that no validation connects to, unless the settings allow it.
    """

    def __init__(
        self,
        settings: ServerSettings,
        store: Store,
        audit: Audit,
        instruments: Instruments,
        replica: str | None = None,
        refused: tuple[SpecialNetwork, ...] = (),
    ) -> None:
        self._settings = settings
        self._audit = audit
        self._instruments = instruments
        self.clock = SystemClock()
        self.randomness = SystemRandomness()
        self.guard = ClockGuard(self.clock, steady_seconds)
        measured = MeasuredStore(store, instruments)
        self.documents = Documents(measured, self.randomness, self.guard.seen)
        self.validations = self._validations(replica, refused)
        #: The cap on the store's certificates, where it has one.
        self.cap: CertificateCap | None = None
        instruments.registry.register(UpkeepCollector(self._upkeep))

    def environment(
        self,
        base_url: str,
        bundles: Bundles,
        nonces: Nonces,
        require_room: tuple[Check, ...] = (),
    ) -> Environment:
        """Return the environment.

        Args:
            base_url: Scheme and authority of all URLs.
            bundles: What is in force.
            nonces: Not measured yet.
            require_room: What refuses new orders of a store that is full.
        """
        trusted = self.guard.require_trusted
        return Environment(
            base_url=base_url,
            documents=self.documents,
            bundles=bundles,
            nonces=MeasuredNonces(nonces, self._instruments),
            validations=self.validations,
            signer=LocalSigner(),
            clock=self.clock,
            randomness=self.randomness,
            audit=self._audit,
            lifetimes=self._settings.service_lifetimes,
            checks=Checks(
                registering=(trusted,), ordering=(trusted, *require_room), signing=(trusted,)
            ),
        )

    def sweeper(self, require_turn: Callable[[], None] = lambda: None) -> Sweeper:
        """Return the sweeper; `require_turn` raises `Stopped` while it is another's to sweep."""

        def check() -> None:
            require_turn()
            self.guard.require_for_sweeping()

        keep = self._settings.kept
        return Sweeper(self.documents, self.clock, keep, check=check, tell=self._count_swept)

    def _count_swept(self, kind: Kind, number: int) -> None:
        self._instruments.swept.labels(kind.value).inc(number)

    def _upkeep(self) -> UpkeepState:
        trusted = self.guard.doubt is None
        if self.cap is None:
            return UpkeepState(trusted)
        return UpkeepState(trusted, self.cap.stored, self.cap.cap)

    def _validations(self, replica: str | None, refused: tuple[SpecialNetwork, ...]) -> Validations:
        settings = self._settings.validation
        agent = version("certwright")
        validator = ChallengeValidator.from_settings(settings, self.clock, agent, refused=refused)
        return Validations(
            self.documents,
            MeasuredValidator(validator, self._instruments),
            self.clock,
            self._settings.service_lifetimes,
            partial(next_attempt, retry_for=settings.retry_for),
            self._audit,
            replica,
        )
