import math
from collections.abc import Iterable
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from certwright.pki.keys import KeyType
from certwright.pki.weak_keys import weaknesses
from tests.unit.pki.material import EVERY_TYPE, RSA_2048, key


def modulus_key(modulus: int, exponent: int = 65537) -> rsa.RSAPublicKey:
    """Make a key of a modulus whose factors need not be prime for the check in question."""
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def sound_modulus() -> int:
    public = key(RSA_2048, "leaf").public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    return public.public_numbers().n


def without_small_factors(candidates: Iterable[int]) -> int:
    """Return the first that could pass for a prime where only small factors are looked for."""
    return next(n for n in candidates if all(n % prime for prime in PRIMES))


def infineon_factor(start: int) -> int:
    """Make a number of the form in which the broken library looked for its 1024-bit primes."""
    product = math.prod(prime for prime in PRIMES if prime <= 701)
    return without_small_factors(
        multiple * product + pow(65537, 1234567, product) for multiple in count(start)
    )


PRIMES = [n for n in range(2, 752) if all(n % d for d in range(2, math.isqrt(n) + 1))]
ROCA = infineon_factor(2**54) * infineon_factor(2**55)
FACTOR = without_small_factors(count(2**1024 + 1))
CLOSE = FACTOR * without_small_factors(count(FACTOR + 2**500))
FAR = FACTOR * without_small_factors(count(FACTOR + 2**924))


@pytest.mark.parametrize("key_type", [pytest.param(t, id=name) for t, name in EVERY_TYPE])
def test_generated_keys_are_sound(key_type: KeyType) -> None:
    assert weaknesses(key(key_type, "leaf").public_key()) == ()


@pytest.mark.parametrize(
    ("public", "sentence"),
    [
        pytest.param(
            rsa.generate_private_key(65537, 1024).public_key(), "has 1024 bits", id="small"
        ),
        pytest.param(modulus_key(2**8193 + 1), "has 8194 bits", id="large"),
        pytest.param(modulus_key(sound_modulus(), 3), "exponent is not 65537", id="exponent"),
        pytest.param(modulus_key(sound_modulus() * 751), "factor below 752", id="small factor"),
        pytest.param(modulus_key(ROCA), "ROCA", id="ROCA"),
        pytest.param(modulus_key(CLOSE), "too close", id="close primes"),
        pytest.param(
            ec.generate_private_key(ec.SECP256K1()).public_key(), "secp256k1 is none", id="curve"
        ),
    ],
)
def test_each_weakness_is_told_alone(
    public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, sentence: str
) -> None:
    (finding,) = weaknesses(public)
    assert sentence in finding


def test_factors_that_fermats_method_needs_longer_for_pass() -> None:
    """A difference as large as FIPS 186-4 appendix B.3.1 demands of primes."""
    assert weaknesses(modulus_key(FAR)) == ()


def test_all_weaknesses_are_told_together() -> None:
    assert len(weaknesses(modulus_key(3**700, 17))) == 4
