"""Public keys that no certificate may hold, whatever a template allows.

A weak key is one whose private key others can find. The checks are those that public certificate
authorities run on every request (CA/Browser Forum Baseline Requirements section 6.1.1.3).
"""

import math
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from certwright.pki.keys import RSA_PUBLIC_EXPONENT, PublicKey, has_supported_curve

SMALLEST_RSA_SIZE: Final = 2048
"""Bits; the least that NIST SP 800-57 part 1 allows."""

LARGEST_RSA_SIZE: Final = 8192
"""Bits; a larger modulus only costs those who verify."""

FERMAT_ROUNDS: Final = 100
"""As many as Boulder tries: enough for primes that were searched from one starting point."""


def _primes_below(limit: int) -> tuple[int, ...]:
    return tuple(
        number
        for number in range(2, limit)
        if all(number % divisor for divisor in range(2, math.isqrt(number) + 1))
    )


_SMALL_PRIMES_PRODUCT: Final = math.prod(_primes_below(752))

# Infineon's library (CVE-2017-15361, "ROCA", Nemec et al. 2017) made primes of the form
# k·M + (65537^a mod M), M a product of the first primes: modulo each of them the modulus is a power
# of 65537. Only primes of which 65537 generates less than all residues tell anything.
_ROCA_RESIDUES: Final = MappingProxyType(
    {
        prime: powers
        for prime in _primes_below(168)[1:]
        if len(powers := frozenset(pow(65537, a, prime) for a in range(prime))) < prime - 1
    }
)

# Squares are 0, 1, 4, 9, 16, 17 … modulo 64: spares five of six integer roots.
_SQUARES_MODULO_64: Final = frozenset(root * root % 64 for root in range(64))


def weaknesses(public_key: PublicKey) -> tuple[str, ...]:
    """Tell what makes a public key unfit, a sentence each; empty if nothing does."""
    if isinstance(public_key, rsa.RSAPublicKey):
        return tuple(_rsa_weaknesses(public_key.public_numbers()))
    if isinstance(public_key, ec.EllipticCurvePublicKey) and not has_supported_curve(public_key):
        return (f"the curve {public_key.curve.name} is none of P-256, P-384 and P-521",)
    return ()


def _rsa_weaknesses(numbers: rsa.RSAPublicNumbers) -> Iterator[str]:
    modulus, size = numbers.n, numbers.n.bit_length()
    if not SMALLEST_RSA_SIZE <= size <= LARGEST_RSA_SIZE:
        yield (
            f"the RSA modulus has {size} bits; allowed: {SMALLEST_RSA_SIZE} to {LARGEST_RSA_SIZE}"
        )
    if size > LARGEST_RSA_SIZE:
        return  # What follows would cost more than the request is worth.
    if numbers.e != RSA_PUBLIC_EXPONENT:
        yield f"the RSA exponent is not {RSA_PUBLIC_EXPONENT}"
    if math.gcd(modulus, _SMALL_PRIMES_PRODUCT) != 1:
        yield "the RSA modulus has a factor below 752"
    if all(modulus % prime in powers for prime, powers in _ROCA_RESIDUES.items()):
        yield "the RSA modulus bears the mark of a broken generator (ROCA, CVE-2017-15361)"
    if _has_close_factors(modulus):
        yield "the RSA modulus is a product of two primes that are too close (Fermat's method)"


def _has_close_factors(modulus: int) -> bool:
    """Run Fermat's method: look for a modulus that is a difference of two near squares."""
    start = math.isqrt(modulus - 1) + 1
    for candidate in range(start, start + FERMAT_ROUNDS):
        rest = candidate * candidate - modulus
        if rest & 63 in _SQUARES_MODULO_64 and math.isqrt(rest) ** 2 == rest:
            return True
    return False
