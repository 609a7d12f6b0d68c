"""What all errors of this package have in common."""

from collections.abc import Iterable
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

MALFORMED: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    UserWarning,
)
"""What `cryptography` raises over malformed input, most of it only when a part is looked at.

A warning is among them since it may be set to raise: of a common name that is too long the library
only warns.
"""


class PKIError(Exception):
    """Something of the public key infrastructure is not as it must be; the text says what."""


class Refused(PKIError):
    """Several things may be wrong at once; all of them are told.

    Attributes:
        findings: One sentence each, in the order in which they were found; never empty.
    """

    def __init__(self, *findings: str) -> None:
        super().__init__("; ".join(findings))
        self.findings: tuple[str, ...] = findings

    @classmethod
    def raise_for(cls, findings: Iterable[str]) -> None:
        """Raise this error, with every finding, if there is any.

        Raises:
            Refused: The class this was called on.
        """
        found = tuple(findings)
        if found:
            raise cls(*found)
