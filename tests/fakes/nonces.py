"""Nonces that are counted and remembered, nothing more."""

from acme_server.ports import NonceRejected


class FakeNonces:
    """`Nonces` in a set."""

    def __init__(self) -> None:
        self._issued = 0
        self._outstanding: set[str] = set()

    def issue(self, *, authenticated: bool) -> str:
        """Return the next nonce."""
        self._issued += 1
        nonce = f"{'a' if authenticated else 'n'}{self._issued:07d}"
        self._outstanding.add(nonce)
        return nonce

    async def redeem(self, nonce: str) -> None:
        """Use a nonce up."""
        if nonce not in self._outstanding:
            raise NonceRejected
        self._outstanding.remove(nonce)
