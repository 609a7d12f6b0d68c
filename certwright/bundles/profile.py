"""Profiles: one ACME directory with its signer, its template and its defaults."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from pydantic import ConfigDict, Field

from certwright.bundles.credential import CredentialInForce
from certwright.bundles.document import Bundle, BundleRefused, Name, Namespace
from certwright.bundles.signer import SignerInForce
from certwright.policy.account import AccountPolicy, CompiledTemplate
from certwright.policy.challenges import ChallengeType
from certwright.policy.defaults import IssuanceDefaults
from certwright.policy.model import PolicyModel
from certwright.policy.patterns import InvalidPattern
from certwright.policy.template import TemplatePolicy


class ACMESettings(PolicyModel):
    """How a profile is served over ACME.

    Args:
        challenges: Those that are offered.
        external_account_binding: Whether a new account needs a credential.
        hostname: Host of the directory's URLs; None means the server's.
    """

    challenges: tuple[ChallengeType, ...] = tuple(ChallengeType)
    external_account_binding: bool = True
    hostname: str | None = None


class ProfileInformation(PolicyModel):
    """What the server is told for people's sake: nothing is decided by it.

    So it is the one place of a bundle that may grow without another schema version: members that a
    server doesn't know are passed over.

    Args:
        directory_url: The directory's URL as people and clients were told it; None if it isn't
            known.
    """

    model_config = ConfigDict(extra="ignore")

    directory_url: str | None = None


class ProfileBundle(Bundle):
    """A profile with its references followed.

    Args:
        namespace: The CertificateProfile's.
        name: The CertificateProfile's.
        uid: The CertificateProfile's.
        refusal: Why it issues nothing; None if it does.
        signer: Name of the signer that issues; None while there is none.
        template: What certificates may hold.
        defaults: What they get when order and CSR leave it out.
        acme: How it is served.
        information: What people were told of it.
    """

    kind: ClassVar[str] = "profile"

    namespace: Namespace
    name: Name
    uid: str
    refusal: str | None = None
    signer: str | None = Field(default=None, max_length=253)
    template: TemplatePolicy
    defaults: IssuanceDefaults = IssuanceDefaults()
    acme: ACMESettings = ACMESettings()
    information: ProfileInformation = ProfileInformation()


@dataclass(frozen=True, slots=True)
class ProfileInForce:
    """A profile as the server asks it, patterns parsed and signer loaded.

    Args:
        namespace: The profile's.
        name: The profile's.
        uid: Tells it from a later one of the same name.
        refusal: Why newOrder and finalize are refused; None if they aren't.
        signer: Who signs; None while the authority isn't ready.
        challenges: Those that are offered.
        external_account_required: Whether a new account needs a credential.
        hostname: Host of its URLs; None means the server's.
        template: What certificates may hold.
        defaults: What they get when order and CSR leave it out.
        told_url: URL of its directory as people were told it; None if that isn't known.
    """

    namespace: str
    name: str
    uid: str
    refusal: str | None
    signer: SignerInForce | None
    challenges: tuple[ChallengeType, ...]
    external_account_required: bool
    hostname: str | None
    template: CompiledTemplate
    defaults: IssuanceDefaults
    told_url: str | None = None
    _without_credential: AccountPolicy = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare the policy of accounts without a credential."""
        object.__setattr__(self, "_without_credential", AccountPolicy(self.template))

    @classmethod
    def load(cls, bundle: ProfileBundle, signer: SignerInForce | None) -> Self:
        """Compile a profile.

        Args:
            bundle: The profile.
            signer: The signer that the bundle names; None if it names none.

        Raises:
            BundleRefused: the signer is another one than the bundle names, or a pattern or network
                can't be read.
        """
        who = f"profile {bundle.namespace}/{bundle.name}"
        given = signer.name if signer else None
        if given != bundle.signer:
            raise BundleRefused(f"{who} issues from signer {bundle.signer}, not from {given}")
        try:
            template = CompiledTemplate.of(bundle.template)
        except (InvalidPattern, ValueError) as error:
            raise BundleRefused(f"{who} is malformed: {error}") from None
        return cls(
            namespace=bundle.namespace,
            name=bundle.name,
            uid=bundle.uid,
            refusal=bundle.refusal,
            signer=signer,
            challenges=bundle.acme.challenges,
            external_account_required=bundle.acme.external_account_binding,
            hostname=bundle.acme.hostname,
            template=template,
            defaults=bundle.defaults,
            told_url=bundle.information.directory_url,
        )

    @property
    def key(self) -> str:
        """The profile as `NAMESPACE/NAME`."""
        return f"{self.namespace}/{self.name}"

    def account_policy(self, credential: CredentialInForce | None) -> AccountPolicy:
        """Return what an account may have that is bound to a credential, or to none.

        Without a credential control of every name is to be proved.
        """
        if credential is None:
            return self._without_credential
        return AccountPolicy(self.template, credential.scopes, credential.validation_required)
