"""Accounts, the keys that lead to them, and the places that they take under a grant."""

from datetime import datetime
from typing import ClassVar

from pydantic import AwareDatetime, Field

from acme_server.domain.documents.document import Document, Kind, Part
from acme_server.domain.documents.states import AccountStatus


class CredentialBinding(Part):
    """Which EABCredential an account is bound to and by which grant.

    The UIDs tell a credential or profile from a later one of the same name.
    """

    namespace: str
    name: str
    uid: str
    grant: str
    bound: AwareDatetime


class Account(Document):
    """An account of one profile (RFC 8555 §7.1.2).

    `enrollment` is the id of the enrollment that counts it, where one does. `used` is when it
    was last in use, to a month.
    """

    kind: ClassVar[Kind] = Kind.ACCOUNT

    profile: str
    key: dict[str, str]
    pending_key: dict[str, str] | None = None
    contact: tuple[str, ...] = ()
    status: AccountStatus = AccountStatus.VALID
    credential: CredentialBinding | None = None
    enrollment: str | None = None
    created: AwareDatetime
    used: AwareDatetime | None = None

    @property
    def written(self) -> datetime | None:
        """When it was created."""
        return self.created

    @property
    def due(self) -> datetime | None:
        """When it was last in use."""
        return self.used or self.created


class AccountKey(Document):
    """The account that a key points to; it counts only if that account's current key matches.

    Its id is a hash of profile and JWK thumbprint. It is kept for past keys too. `leaving` is since
    when its account is about to be swept, or is.
    """

    kind: ClassVar[Kind] = Kind.ACCOUNT_KEY

    account: str
    leaving: AwareDatetime | None = None

    @property
    def owner(self) -> str | None:
        """The account."""
        return self.account

    @property
    def due(self) -> datetime | None:
        """Since when its account is leaving."""
        return self.leaving


class Enrolled(Part):
    """One place taken: by which account, and since when."""

    account: str
    since: AwareDatetime


class Enrollment(Document):
    """The accounts bound under one grant from one namespace, where `maxAccounts` bounds them.

    An account is entered before it is created, so that two can't share the last place.
    """

    kind: ClassVar[Kind] = Kind.ENROLLMENT

    accounts: tuple[Enrolled, ...] = Field(default=(), max_length=1000)
