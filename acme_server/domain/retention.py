"""How long documents are kept, and what of them goes: decisions of the sweeper, as values.

What has expired is kept for a while, since people ask about it. Nothing here looks at a clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from acme_server.domain.documents.accounts import Account
from acme_server.domain.documents.certificates import Certificate
from acme_server.domain.documents.orders import Order


@dataclass(frozen=True, slots=True)
class Retention:
    """How long documents are kept: from their expiry on, and accounts from their last use.

    `longest_order` is how long an order can live. An authorization is kept at least that long, so
    that a slot which was swept can't be numbered anew from 1 under an order on its old number 1.
    """

    orders: timedelta = timedelta(days=7)
    certificates: timedelta = timedelta(days=90)
    accounts: timedelta = timedelta(days=396)
    longest_order: timedelta = timedelta(hours=24)

    @property
    def authorizations(self) -> timedelta:
        """How long authorizations are kept."""
        return max(self.orders, self.longest_order)


#: How long the record of a key is kept behind its account: longer than any request takes, since one
#: that found the record before may be about to make the account anew.
KEY_GRACE = timedelta(hours=1)

#: A use is written into the account only if what stands there is older by as much: no write a use.
USE_GRAIN = timedelta(days=30)


def order_kept(order: Order, certificate: Certificate | None, end: datetime) -> Order | None:
    """Return the order as it is to be kept; None if it goes.

    `end` is up to when what has expired goes. An order is valid as long as its certificate is,
    whatever its own expiry says, and people look for the one by the other.
    """
    if certificate is None or certificate.not_after < end:
        return None
    return order.but(kept_until=certificate.not_after)


def used(account: Account, at: datetime) -> Account | None:
    """Return the account, used `at`; None if what stands there is recent enough."""
    known = account.used or account.created
    return account.but(used=at) if at - known >= USE_GRAIN else None
