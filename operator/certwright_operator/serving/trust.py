"""What clients of the ACME server have to trust, for the parts of the operator that pass it on."""

from collections.abc import Callable


class Trust:
    """The roots that the server's certificate is verified by, as they were last published.

    `pem` is what `ca.crt` of the ConfigMap `trust.server` holds: PEM certificates, the current root
    first, and while a rotation lasts another beside it. None until it is published for the first
    time, and while there is nothing to trust (a given Secret without `ca.crt`): whoever passes it
    on leaves then what is there.

    Only this process's event loop may touch it.
    """

    def __init__(self) -> None:
        self._pem: bytes | None = None
        self._told: list[Callable[[], None]] = []

    @property
    def pem(self) -> bytes | None:
        """The roots; None while they aren't known."""
        return self._pem

    def subscribe(self, told: Callable[[], None]) -> None:
        """Have `told` called after every change of `pem`, from the first publication on.

        It must return at once and raise nothing: setting an `asyncio.Event` is what it is for.
        """
        self._told.append(told)

    def published(self, pem: bytes | None) -> None:
        """Take in what is published now; what is no change is told to nobody."""
        if pem == self._pem:
            return
        self._pem = pem
        for told in self._told:
            told()
