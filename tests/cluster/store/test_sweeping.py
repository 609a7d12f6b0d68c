"""The sweeper finds on a real API server what is due, and nothing else."""

from datetime import UTC, datetime, timedelta

from acme_server.domain.documents.accounts import Account, AccountKey
from acme_server.domain.documents.authorizations import Authorization
from acme_server.domain.documents.document import Kind
from acme_server.domain.documents.members import StoredIdentifier as Identifier
from acme_server.domain.documents.orders import Order
from acme_server.domain.retention import Retention
from acme_server.services.documents import Documents
from acme_server.services.sweeping import Sweeper
from acme_server.system import SystemRandomness
from certwright.policy.identifiers import IdentifierType
from tests.cluster.store.conftest import Opener
from tests.fakes.clock import FakeClock

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
IDENTIFIER = Identifier(type=IdentifierType.DNS, value="a.example")


def order(name: str, age: timedelta) -> Order:
    return Order(
        id=name,
        account="live",
        profile="pki/web",
        identifiers=(IDENTIFIER,),
        authorizations=(),
        serial=f"{name}1",
        created=NOW - age - timedelta(days=1),
        expires=NOW - age,
    )


def authorization(name: str, age: timedelta) -> Authorization:
    return Authorization(
        id=name,
        number=1,
        account="live",
        profile="pki/web",
        identifier=IDENTIFIER,
        expires=NOW - age,
    )


def account(name: str, age: timedelta) -> Account:
    return Account(id=name, profile="pki/web", key={"kty": "none"}, created=NOW - age)


async def test_what_is_due_goes_and_the_rest_stays(open_store: Opener) -> None:
    documents = Documents(await open_store(), SystemRandomness())
    day, years = timedelta(days=1), timedelta(days=1000)
    for age, name in ((day, "new"), (30 * day, "old")):
        await documents.create(order(f"o-{name}", age))
        await documents.create(authorization(f"a-{name}", age))
    for name in ("live", "gone"):
        await documents.create(account(name, years))
        await documents.create(AccountKey(id=f"k-{name}", account=name))
    await documents.create(account("fresh", day))
    clock = FakeClock(NOW)
    sweeper = Sweeper(documents, clock, Retention())
    swept = await sweeper.sweep(NOW)
    assert swept.counts == {Kind.ORDER: 1, Kind.AUTHORIZATION: 1, Kind.ACCOUNT: 1}
    assert await documents.get(Order, "o-new") is not None
    assert await documents.get(Authorization, "a-new") is not None
    assert [each.document.id async for each in documents.scan(Account)] == ["fresh", "live"]
    assert (await sweeper.sweep(NOW + timedelta(hours=2))).counts == {Kind.ACCOUNT_KEY: 1}
    assert [each.document.id async for each in documents.scan(AccountKey)] == ["k-live"]
