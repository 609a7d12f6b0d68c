"""A whole server over fakes: one profile, one credential, an authority made once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from acme_server.ports import Store
from acme_server.protocol.urls import Urls
from acme_server.services.dispatch import Dispatcher
from acme_server.services.documents import Documents
from acme_server.services.environment import Environment, Lifetimes
from acme_server.services.validations import Validations
from acme_server.signers.local import LocalSigner
from acme_server.stores.memory import MemoryStore
from acme_server.validation.schedule import next_attempt
from certwright.bundles.credential import (
    CredentialBundle,
    CredentialInForce,
    CredentialSecret,
    encode_secret,
)
from certwright.bundles.document import ProfileReference
from certwright.bundles.profile import ACMESettings, ProfileBundle, ProfileInForce
from certwright.bundles.signer import SignerBundle, SignerInForce, signer_name
from certwright.pki.authorities import (
    AuthorityContents,
    Issuer,
    issue_authority,
    self_signed_root,
)
from certwright.pki.constraints import NameConstraints
from certwright.pki.keys import KeyAlgorithm, KeyType, PrivateKey, generate
from certwright.pki.subjects import Subject
from certwright.pki.subtrees import NameSubtrees
from certwright.policy.scopes import Scope
from certwright.policy.template import resolve
from certwright.resources.template import TemplateSpec
from tests.fakes.audit import FakeAudit
from tests.fakes.bundles import FakeBundles
from tests.fakes.clock import FakeClock
from tests.fakes.nonces import FakeNonces
from tests.fakes.randomness import FakeRandomness
from tests.fakes.validator import FakeValidator
from tests.service.services.client import Client

BASE = "https://acme.example:8443"
KID = "team-a.default"
SECRET = bytes(range(32))

RETRY_FOR = timedelta(seconds=60)


@cache
def keys() -> tuple[PrivateKey, PrivateKey]:
    """Return the keys of a root and an issuing authority."""
    kind = KeyType(KeyAlgorithm.ECDSA, 256)
    return generate(kind), generate(kind)


@cache
def signer(since: datetime, lifetime: timedelta = timedelta(days=365)) -> SignerInForce:
    """Return an issuing authority under a root, good from an hour before `since`."""
    start, end = since - timedelta(hours=1), since + lifetime
    root_key, key = keys()
    root = self_signed_root(root_key, AuthorityContents(Subject(common_name="Root"), start, end), 1)
    contents = AuthorityContents(
        Subject(common_name="Issuing"),
        start,
        end,
        max_path_length=0,
        name_constraints=NameConstraints(
            NameSubtrees(),
            NameSubtrees(dns_domains=("constrained.team-a.acme.test",)),
        ),
    )
    certificate = issue_authority(Issuer(root, root_key, ()), key.public_key(), contents, 2)
    issuer = Issuer(certificate, key, (root,))
    return SignerInForce.load(SignerBundle.of(signer_name("pki", "issuing", certificate), issuer))


def profile(
    given: SignerInForce | None, template: dict[str, Any], **changes: Any
) -> ProfileInForce:
    """Return profile `pki/web`; `changes` are members of its bundle."""
    bundle = ProfileBundle(
        namespace="pki",
        name="web",
        uid="profile-1",
        signer=given.name if given else None,
        template=resolve(TemplateSpec.model_validate(template), "template pki/web-server"),
        **changes,
    )
    return ProfileInForce.load(bundle, given)


def credential(**changes: Any) -> CredentialInForce:
    """Return credential `team-a/default`; `changes` are members of its bundle."""
    members: dict[str, Any] = {
        "namespace": "team-a",
        "name": "default",
        "uid": "credential-1",
        "profile": ProfileReference(namespace="pki", name="web", uid="profile-1"),
        "secrets": (CredentialSecret(revision=1, secret=encode_secret(SECRET)),),
        "grant": "teams",
        "scopes": (Scope(dns_names=("**.team-a.acme.test",), origin="grant teams"),),
    }
    return CredentialInForce.load(CredentialBundle(**(members | changes)))


TEMPLATE: dict[str, Any] = {
    "preset": "TLSServer",
    "allowed": {
        "commonName": {"values": ["**.acme.test"]},
        "dnsNames": {"values": ["**.acme.test"], "wildcards": "Allowed"},
        "ipAddresses": {"cidrs": ["192.0.2.0/24"]},
    },
    "constraints": {"maxDuration": "2400h"},
}


@dataclass
class World:
    """The fakes of one server, and the server over them."""

    store: Store = field(default_factory=MemoryStore)
    clock: FakeClock = field(default_factory=FakeClock)
    validator: FakeValidator = field(default_factory=FakeValidator)
    bundles: FakeBundles = field(default_factory=FakeBundles)
    nonces: FakeNonces = field(default_factory=FakeNonces)
    randomness: FakeRandomness = field(default_factory=FakeRandomness)
    audit: FakeAudit = field(default_factory=FakeAudit)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    replica: str | None = None
    environment: Environment = field(init=False)
    dispatcher: Dispatcher = field(init=False)

    def __post_init__(self) -> None:
        self.serve()
        self.start()

    def serve(self, template: dict[str, Any] = TEMPLATE, **changes: Any) -> None:
        """Put the profile and the credential in force; `changes` are members of the profile."""
        given = signer(self.clock.now())
        self.bundles.profiles["pki/web"] = profile(given, template, **changes)
        self.bundles.credentials.setdefault(KID, credential())

    def bind(self, **changes: Any) -> None:
        """Change the credential."""
        self.bundles.credentials[KID] = credential(**changes)

    def start(self) -> None:
        """Start a server process over what is stored: anew, it knows nothing else."""
        documents = Documents(self.store, self.randomness)
        self.environment = Environment(
            base_url=BASE,
            documents=documents,
            bundles=self.bundles,
            nonces=self.nonces,
            validations=Validations(
                documents,
                self.validator,
                self.clock,
                self.lifetimes,
                lambda began, now: next_attempt(began, now, RETRY_FOR),
                self.audit,
                self.replica,
            ),
            signer=LocalSigner(),
            clock=self.clock,
            randomness=self.randomness,
            audit=self.audit,
            lifetimes=self.lifetimes,
        )
        self.dispatcher = Dispatcher(self.environment)

    @property
    def documents(self) -> Documents:
        """The documents of the server."""
        return self.environment.documents

    def client(self) -> Client:
        """Return a client with a fresh key and no account."""
        return Client(self.dispatcher, Urls(BASE, "pki", "web"))

    async def bound_client(self) -> Client:
        """Return a client whose account is bound to the credential."""
        client = self.client()
        await client.register((KID, SECRET))
        return client


OPTIONAL = ACMESettings(external_account_binding=False)
