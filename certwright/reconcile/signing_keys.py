"""The key of an authority: written once, never generated a second time."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography import x509

from certwright.pki import keys
from certwright.pki.keys import InvalidKey, PrivateKey
from certwright.reconcile.certificate_contents import key_type
from certwright.reconcile.effects import Effects
from certwright.reconcile.verdicts import NotReady, Reason
from certwright.resources.authority import KeyGeneration
from certwright.resources.authority import PrivateKey as WantedKey


@dataclass(frozen=True, slots=True)
class KeyTraces:
    """What shows that a key existed, and what it looked like.

    Args:
        certificate: The certificate that was issued for it; None without one.
        identifier: Its subject key identifier in hexadecimal, as the status told it; None without.
    """

    certificate: x509.Certificate | None = None
    identifier: str | None = None

    @property
    def found(self) -> bool:
        """Whether a key must have existed."""
        return self.certificate is not None or self.identifier is not None

    def contradictions(self, key: PrivateKey) -> Iterator[str]:
        """Tell which traces are another key's."""
        if self.certificate is not None and self.certificate.public_key() != key.public_key():
            yield "the certificate that was issued is for another key"
        if self.identifier is not None and self.identifier != identifier_of(key):
            yield f"its subject key identifier was {self.identifier} and is {identifier_of(key)}"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key, and its PEM to be written if it has just been made.

    Args:
        key: The private key.
        created: PKCS #8 in PEM; None for a key that was there.
    """

    key: PrivateKey = field(repr=False)
    created: str | None = field(default=None, repr=False)


def identifier_of(key: PrivateKey) -> str:
    """Return a key's subject key identifier in hexadecimal."""
    return keys.subject_key_identifier(key.public_key()).hex()


def signing_key(
    wanted: WantedKey, pem: str | None, traces: KeyTraces, effects: Effects
) -> SigningKey:
    """Return the key in place, or a new one where none has ever been.

    Raises:
        NotReady: The key is gone, isn't the one that was there, can't be read or is of another
            type; or there is none and none may be generated.
    """
    if pem is not None:
        return SigningKey(_checked(wanted, pem, traces))
    if traces.found:
        raise NotReady(
            Reason.KEY_MISSING,
            "the private key is gone, and a key is never generated twice; put the key back, or "
            "delete this object with what is left of it and write another one",
            stalled=True,
        )
    if wanted.generate is KeyGeneration.NEVER:
        raise NotReady(
            Reason.KEY_NOT_PROVIDED,
            f"spec.privateKey.generate is Never and there is no key; provide an unencrypted "
            f"{key_type(wanted)} key in PEM as tls.key",
            stalled=True,
        )
    key = effects.generate_key(key_type(wanted))
    return SigningKey(key, keys.private_key_to_pem(key).decode("ascii"))


def _checked(wanted: WantedKey, pem: str, traces: KeyTraces) -> PrivateKey:
    try:
        key = keys.private_key_from_pem(pem.encode())
    except InvalidKey as invalid:
        raise NotReady(Reason.KEY_INVALID, str(invalid), stalled=True) from None
    found = keys.key_type_of(key)
    if found != key_type(wanted):
        raise NotReady(
            Reason.KEY_TYPE_MISMATCH,
            f"the private key is of type {found}, but spec.privateKey wants {key_type(wanted)}",
            stalled=True,
        )
    if contradictions := "; ".join(traces.contradictions(key)):
        raise NotReady(
            Reason.KEY_MISMATCH,
            f"the private key is not the one that was there: {contradictions}; put that back",
            stalled=True,
        )
    return key
