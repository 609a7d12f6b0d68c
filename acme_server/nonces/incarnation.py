"""One life of a server that stands alone: the nonces that it issued, which nobody else can make."""

from dataclasses import dataclass
from typing import Self

from acme_server.nonces.rings import Rings
from acme_server.nonces.seal import Seal, Sealed
from acme_server.ports import NonceRejected


@dataclass(frozen=True, slots=True, eq=False)
class Incarnation:
    """The seal and the rings of one life of a server."""

    seal: Seal
    rings: Rings

    @classmethod
    def begin(cls, shared_key: bytes, identity: bytes, size: int) -> Self:
        """Begin an incarnation with rings of `size` counters.

        `identity` is 8 bytes that no incarnation under this `shared_key` had before. Whoever holds
        that key can check any incarnation's nonces, but has no rings to say which were used.
        """
        return cls(Seal.derive(shared_key, identity), Rings.begin(size))

    def issue(self, *, authenticated: bool) -> str:
        """Return a fresh nonce."""
        return self.seal.close(self.rings.issue(authenticated=authenticated))

    def redeem(self, nonce: Sealed) -> None:
        """Use a nonce of this incarnation up; raise `NonceRejected`."""
        if not self.seal.fits(nonce):
            raise NonceRejected("the nonce was not issued by this server")
        if not self.rings.use(nonce.number):
            raise NonceRejected("the nonce was used before or has expired")
