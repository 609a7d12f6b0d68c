"""Private keys: the algorithms and their sizes."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from pydantic import Field


class KeyAlgorithm(StrEnum):
    """Algorithm of a private key, in cert-manager's words."""

    RSA = "RSA"
    ECDSA = "ECDSA"
    ED25519 = "Ed25519"


KEY_SIZES: Mapping[KeyAlgorithm, tuple[int, ...]] = MappingProxyType(
    {
        KeyAlgorithm.RSA: (2048, 3072, 4096),
        KeyAlgorithm.ECDSA: (256, 384, 521),
        KeyAlgorithm.ED25519: (),
    }
)
"""Sizes of an authority's key in bits, of the modulus or the curve; the first is the default."""

KeySize = Annotated[int, Field(ge=256, le=4096)]
"""Bits of an authority's key; `KEY_SIZES` has those of each algorithm."""


def is_size_of(algorithm: KeyAlgorithm, size: int | None) -> bool:
    """Tell whether keys of `algorithm` can have `size`; None, meaning the default, always fits."""
    return size is None or size in KEY_SIZES[algorithm]


def is_bound_of(algorithm: KeyAlgorithm, size: int | None) -> bool:
    """Tell whether `size` may bound the keys of a client: RSA keys are of any size from 2048."""
    if algorithm is KeyAlgorithm.RSA:
        return size is None or size >= min(KEY_SIZES[algorithm])
    return is_size_of(algorithm, size)
