"""The keys that replicas share, and what is derived from them."""

from datetime import timedelta

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from acme_server.nonces.seal import KEY_BYTES, Seal, Sealed
from acme_server.ports import Clock
from certwright.bundles.nonce_keys import NonceKey, NonceKeysBundle

#: A key is used for new nonces when it is this old, so that every replica has heard of it by then.
SETTLING = timedelta(seconds=60)

#: Seals of other incarnations that are remembered under one key.
_MOST_SEALS = 256


class SharedKey:
    """One shared key: the seals under it, and the key of what replicas tell each other."""

    def __init__(self, key: NonceKey) -> None:
        """Derive what `key` is for."""
        self.source = key
        self._octets = key.octets
        self._seals: dict[bytes, Seal] = {}
        derivation = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"certwright nonce peers")
        self.messages = derivation.derive(self._octets)
        """Key of the authentication of peers' requests and answers."""

    def __repr__(self) -> str:
        """Name the key, and never show it."""
        return f"SharedKey({self.source.id})"

    def seal(self, identity: bytes) -> Seal:
        """Return the seal of an incarnation that exists, and remember it."""
        found = self._seals.get(identity)
        if found is None:
            found = Seal.derive(self._octets, identity)
            self._remember(found)
        return found

    def fits(self, nonce: Sealed) -> bool:
        """Tell whether a nonce was made under this key. Only then is its seal remembered."""
        found = self._seals.get(nonce.identity)
        if found is not None:
            return found.fits(nonce)
        seal = Seal.derive(self._octets, nonce.identity)
        if not seal.fits(nonce):
            return False
        self._remember(seal)
        return True

    def _remember(self, seal: Seal) -> None:
        if len(self._seals) >= _MOST_SEALS:
            del self._seals[next(iter(self._seals))]
        self._seals[seal.identity] = seal


class Keyring:
    """The shared keys in force: all are accepted, one is used for what is new.

    A nonce doesn't name its key: whoever checks it tries all, of which there are two at most.
    """

    def __init__(self, bundle: NonceKeysBundle, clock: Clock) -> None:
        """Use the keys of a bundle. The wall clock only decides when a new key is old enough."""
        self._clock = clock
        self._keys: tuple[SharedKey, ...] = ()
        self.change(bundle)

    def change(self, bundle: NonceKeysBundle) -> None:
        """Use these keys from now on. Nothing that was made under any other is accepted."""
        known = {each.source: each for each in self._keys}
        self._keys = tuple(known.get(each) or SharedKey(each) for each in bundle.keys)

    @property
    def all(self) -> tuple[SharedKey, ...]:
        """The keys that are accepted, the newest first."""
        return self._keys

    @property
    def in_use(self) -> SharedKey:
        """The key for what is new: the newest that every replica has surely heard of."""
        newest, *older = self._keys
        if older and self._clock.now() - newest.source.created < SETTLING:
            return older[0]
        return newest

    def fits(self, nonce: Sealed) -> bool:
        """Tell whether a replica of this server made a nonce."""
        return any(key.fits(nonce) for key in self._keys)
