"""Credentials: whom an EABCredential lets in, and what to."""

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar, Final, Self

from pydantic import AfterValidator, AwareDatetime, Field

from certwright.bundles.document import Bundle, BundleRefused, Name, Namespace, ProfileReference
from certwright.policy.grants import enrollment_scope
from certwright.policy.model import PolicyModel
from certwright.policy.patterns import InvalidPattern
from certwright.policy.scopes import CompiledScope, Scope

SECRET_LENGTH: Final = 32
"""Octets of a secret."""


def encode_secret(secret: bytes) -> str:
    """Write a secret as ACME clients take it: base64url without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()


def decode_secret(text: str) -> bytes:
    """Read a secret.

    Raises:
        ValueError: not base64url without padding, or not 32 octets. The text holds nothing of it.
    """
    try:
        secret = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        raise ValueError("a secret is base64url") from None
    if len(secret) != SECRET_LENGTH or not hmac.compare_digest(encode_secret(secret), text):
        raise ValueError(f"a secret is {SECRET_LENGTH} octets in base64url without padding")
    return secret


def _checked_secret(text: str) -> str:
    decode_secret(text)
    return text


class CredentialSecret(PolicyModel):
    """One secret of a credential.

    Args:
        revision: The rotation's revision that it was drawn for.
        secret: base64url without padding, 32 octets.
        expiration_time: When it stops binding; None for the current one.
    """

    revision: int = Field(ge=1)
    secret: Annotated[str, AfterValidator(_checked_secret)] = Field(repr=False)
    expiration_time: AwareDatetime | None = None


class CredentialBundle(Bundle):
    """A credential with its grant resolved.

    Args:
        namespace: The tenant's.
        name: The EABCredential's.
        uid: The EABCredential's.
        profile: The profile that accounts are bound to.
        refusal: Why it gives nobody anything; None if it does.
        secrets: Those that may bind now or did until lately.
        grant: Name of the grant it is under.
        scopes: What the grant, then the credential itself leave of the template.
        validation: Whether control of names is to be proved.
        max_accounts: Most accounts of the namespace under the grant; None for any number.
        expiration_time: When it stops binding new accounts.
        suspend: Whether it gives nobody anything for now.
        reject_accounts_before_time: Accounts bound before get nothing.
    """

    kind: ClassVar[str] = "credential"

    namespace: Namespace
    name: Name
    uid: str
    profile: ProfileReference
    refusal: str | None = None
    secrets: tuple[CredentialSecret, ...] = ()
    grant: str = ""
    scopes: tuple[Scope, ...] = ()
    validation: bool = True
    max_accounts: int | None = Field(default=None, ge=1)
    expiration_time: AwareDatetime | None = None
    suspend: bool = False
    reject_accounts_before_time: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class SecretInForce:
    """A secret and when it stops binding, if ever."""

    secret: bytes = field(repr=False)
    expiration_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class CredentialInForce:
    """A credential as the server asks it. `profile` is `NAMESPACE/NAME`."""

    namespace: str
    name: str
    uid: str
    profile: str
    profile_uid: str
    refusal: str | None
    secrets: tuple[SecretInForce, ...]
    grant: str
    scopes: tuple[CompiledScope, ...]
    validation_required: bool
    max_accounts: int | None
    expiration_time: datetime | None
    suspend: bool
    reject_accounts_before_time: datetime | None

    @classmethod
    def load(cls, bundle: CredentialBundle) -> Self:
        """Compile a credential.

        Raises:
            BundleRefused: a pattern or network can't be read.
        """
        try:
            scopes = tuple(map(CompiledScope.of, bundle.scopes))
        except (InvalidPattern, ValueError) as error:
            raise BundleRefused(
                f"credential {bundle.namespace}/{bundle.name} is malformed: {error}"
            ) from None
        return cls(
            namespace=bundle.namespace,
            name=bundle.name,
            uid=bundle.uid,
            profile=bundle.profile.key,
            profile_uid=bundle.profile.uid,
            refusal=bundle.refusal,
            secrets=tuple(
                SecretInForce(decode_secret(each.secret), each.expiration_time)
                for each in bundle.secrets
            ),
            grant=bundle.grant,
            scopes=scopes,
            validation_required=bundle.validation,
            max_accounts=bundle.max_accounts,
            expiration_time=bundle.expiration_time,
            suspend=bundle.suspend,
            reject_accounts_before_time=bundle.reject_accounts_before_time,
        )

    @property
    def key_identifier(self) -> str:
        """The KID, `NAMESPACE.NAME`."""
        return f"{self.namespace}.{self.name}"

    @property
    def enrollment_scope(self) -> str:
        """What accounts are counted by: profile, grant and namespace."""
        return enrollment_scope(self.profile_uid, self.grant, self.namespace)

    def secrets_at(self, now: datetime) -> tuple[bytes, ...]:
        """Return the secrets that may bind accounts at a time."""
        return tuple(
            each.secret
            for each in self.secrets
            if each.expiration_time is None or now < each.expiration_time
        )

    def refusal_for_binding(self, now: datetime) -> str | None:
        """Say why no new account may be bound; None if one may, `max_accounts` aside."""
        if self.expiration_time is not None and now >= self.expiration_time:
            moment = self.expiration_time.isoformat()
            return f"{self._who} expired at {moment} and binds no new accounts"
        return self._refusal

    def refusal_for_ordering(self, bound: datetime) -> str | None:
        """Say why an account bound at a time may not order or finalize; None if it may.

        An expired credential goes on serving the accounts that it bound.
        """
        rejected = self.reject_accounts_before_time
        if rejected is not None and bound < rejected:
            return (
                f"{self._who} rejects accounts bound before {rejected.isoformat()}: "
                "register a new account with its current secret"
            )
        return self._refusal

    @property
    def _refusal(self) -> str | None:
        if self.refusal is not None:
            return f"{self._who} is refused: {self.refusal}"
        return f"{self._who} is suspended" if self.suspend else None

    @property
    def _who(self) -> str:
        return f"EABCredential {self.namespace}/{self.name}"
