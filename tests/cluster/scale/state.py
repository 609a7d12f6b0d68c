"""The documents of many certificates, as a server that issued them has left them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.authorizations import Authorization, Challenge
from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.documents.document import Document
from acme_server.domain.documents.members import StoredIdentifier
from acme_server.domain.documents.orders import AuthorizationReference, Order
from acme_server.domain.documents.states import AuthorizationStatus, ChallengeStatus
from certwright.policy.identifiers import IdentifierType

ACCOUNTS = 1000
PROFILE = "pki/web"

NOW = datetime.now(UTC).replace(microsecond=0)
LIVE = NOW + timedelta(days=47)
LONG_EXPIRED = NOW - timedelta(days=400)


def account_id(number: int) -> str:
    """Return the id of the account that has a certificate."""
    return f"a{number % ACCOUNTS:07x}"


def serial(number: int) -> str:
    """Return a serial number as long as drawn ones, spread as they are."""
    return f"{(number * 0x9E3779B97F4A7C15) % 2**64:016x}{number:024x}"


def accounts() -> Iterator[Document]:
    """Yield the accounts."""
    for number in range(ACCOUNTS):
        key = {"kty": "EC", "crv": "P-256", "x": "x" * 43, "y": f"{number:043d}"}
        yield Account(
            id=account_id(number),
            profile=PROFILE,
            key=key,
            contact=("mailto:a@b.test",),
            created=NOW,
        )


def issued(number: int, leaf: str, expires: datetime = LIVE) -> Iterator[Document]:
    """Yield authorization, order and certificate of one issuance."""
    name = StoredIdentifier(type=IdentifierType.DNS, value=f"n{number}.team-a.example.test")
    account, slot = account_id(number), f"5{number:051x}"
    challenge = Challenge(
        type=ChallengeType.HTTP_01, token="t" * 43, status=ChallengeStatus.VALID, validated=NOW
    )
    yield Authorization(
        id=slot,
        number=1,
        account=account,
        profile=PROFILE,
        identifier=name,
        status=AuthorizationStatus.VALID,
        expires=min(expires, NOW + timedelta(days=7)),
        challenges=(challenge,),
    )
    yield Order(
        id=f"d{number:025x}",
        account=account,
        profile=PROFILE,
        identifiers=(name,),
        authorizations=(AuthorizationReference(slot=slot, number=1),),
        serial=serial(number),
        created=NOW,
        expires=min(expires, NOW + timedelta(days=1)),
    )
    yield Certificate(
        id=serial(number),
        certificate=leaf,
        issuer="f" * 64,
        order=f"d{number:025x}",
        account=account,
        profile=PROFILE,
        request_digest="c" * 64,
        not_before=expires - timedelta(days=47),
        not_after=expires,
        issued=expires - timedelta(days=47),
        identifiers=(name,),
    )
