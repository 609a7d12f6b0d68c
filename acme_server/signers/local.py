"""Signing with a key in this process's memory."""

import asyncio
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from certwright.bundles.signer import SignerInForce
from certwright.pki.certificates import LeafContents, issue_leaf
from certwright.pki.keys import PrivateKey

#: RSA keys from this size on take over a millisecond a signature; a thread costs a tenth of that.
_SLOW_RSA: Final = 3072


class LocalSigner:
    """A `Signer` that signs here: at once where that is quick, in a thread where it is not.

    An ECDSA signature takes less than handing it to a thread would; RSA of 3072 bits and more gives
    the loop back to other requests meanwhile.
    """

    async def sign(
        self, signer: SignerInForce, contents: LeafContents, serial: int
    ) -> x509.Certificate:
        """Return the signed certificate; raise `LeafRefused`."""
        if _is_slow(signer.key):
            return await asyncio.to_thread(issue_leaf, signer.issuer, contents, serial)
        return issue_leaf(signer.issuer, contents, serial)


def _is_slow(key: PrivateKey) -> bool:
    return isinstance(key, RSAPrivateKey) and key.key_size >= _SLOW_RSA
