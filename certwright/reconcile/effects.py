"""What planning may not do by itself: make keys, draw randomness and serial numbers."""

from collections.abc import Callable
from dataclasses import dataclass

from certwright.pki.keys import KeyType, PrivateKey


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects that planning is handed, so that tests can foresee them.

    Args:
        generate_key: Makes a new private key; slow for RSA.
        random_bytes: Returns that many bytes that nobody can guess.
        random_serial: Draws a certificate's serial number (RFC 5280 section 4.1.2.2).
    """

    generate_key: Callable[[KeyType], PrivateKey]
    random_bytes: Callable[[int], bytes]
    random_serial: Callable[[], int]
