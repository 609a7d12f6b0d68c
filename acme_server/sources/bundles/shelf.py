"""What is in force of the bundles that came: the last good of each, and what is wrong with others.

A profile names its exact signer, and changes only once that is there too. A bundle that is refused
leaves the one before in force; one whose Secret is deleted is gone.
"""

import logging
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from acme_server.kubernetes_api.answers import Object
from acme_server.sources.bundles import secrets
from acme_server.sources.bundles.secrets import BundleSecret
from certwright.bundles.credential import CredentialBundle, CredentialInForce
from certwright.bundles.document import BundleRefused
from certwright.bundles.nonce_keys import NonceKeysBundle
from certwright.bundles.objects import (
    NONCE_KEYS_NAME,
    BundleKind,
    credential_object,
    profile_object,
    signer_object,
)
from certwright.bundles.profile import ProfileBundle, ProfileInForce
from certwright.bundles.signer import SignerBundle, SignerInForce

_log = logging.getLogger(__name__)

_Loaded: TypeAlias = SignerInForce | ProfileInForce | CredentialInForce | NonceKeysBundle
T = TypeVar("T", bound=_Loaded)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the bundle of a Secret stands.

    Args:
        version: the newest that was seen.
        in_force: the last good one; None if there has been none.
        fault: why the newest isn't in force; None if it is.
        awaits: the name of the signer's Secret that a profile waits for; None if it waits for none.
    """

    version: str
    in_force: _Loaded | None = None
    fault: str | None = None
    awaits: str | None = None


class Shelf:
    """The bundles in force, by the names of their Secrets; a follower of those."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}
        self._awaiting: dict[str, dict[str, ProfileBundle]] = {}

    def profile(self, name: str) -> ProfileInForce | None:
        """Return a profile, None without such a Secret; raise `BundleRefused` if none is good."""
        return self._get(name, ProfileInForce)

    def credential(self, name: str) -> CredentialInForce | None:
        """Return a credential, as `profile` does."""
        return self._get(name, CredentialInForce)

    @property
    def nonce_keys(self) -> NonceKeysBundle | None:
        """The keys that nonces are sealed under; raise `BundleRefused` if none are good."""
        return self._get(NONCE_KEYS_NAME, NonceKeysBundle)

    def awaited(self, name: str) -> str | None:
        """Return the Secret of the signer that a profile waits for with nothing in force."""
        place = self._places.get(name)
        return None if place is None or place.in_force is not None else place.awaits

    def knows(self, name: str) -> bool:
        """Tell whether a Secret of that name was seen, whatever became of its bundle."""
        return name in self._places

    @property
    def profiles(self) -> tuple[ProfileInForce, ...]:
        """All profiles in force, by namespace and name."""
        loaded = (place.in_force for place in self._places.values())
        found = (each for each in loaded if isinstance(each, ProfileInForce))
        return tuple(sorted(found, key=lambda each: (each.namespace, each.name)))

    @property
    def refused(self) -> Mapping[BundleKind, int]:
        """How many of each kind aren't in force as they stand in their Secrets."""
        faulty = (secrets.kind_of(name) for name, each in self._places.items() if each.fault)
        return Counter(kind for kind in faulty if kind is not None)

    @property
    def faults(self) -> tuple[str, ...]:
        """Why bundles aren't in force of which no earlier one is, in order of their names."""
        bad = {name: each.fault for name, each in self._places.items() if each.in_force is None}
        return tuple(bad[name] or "" for name in sorted(bad))

    def seen(self, item: Object) -> None:
        """Take a Secret as it is; what is refused is told in the log."""
        name, version = secrets.name_of(item), secrets.version_of(item)
        before = self._places.get(name, _Place(version=""))
        if before.version == version:
            return
        self._stop_waiting(name)
        # Until it has been found good, the one before stays.
        self._places[name] = replace(before, version=version, awaits=None)
        try:
            self._take(secrets.read(item))
        except BundleRefused as refused:
            self._refuse(name, str(refused))

    def gone(self, name: str) -> None:
        """Forget a Secret. Profiles in force keep the signer that they have."""
        self._stop_waiting(name)
        self._places.pop(name, None)

    def listed(self, names: Collection[str]) -> None:
        """Forget all Secrets but these."""
        for name in self._places.keys() - set(names):
            self.gone(name)

    def _get(self, name: str, kind: type[T]) -> T | None:
        place = self._places.get(name)
        if place is None:
            return None
        if isinstance(place.in_force, kind):
            return place.in_force
        raise BundleRefused(place.fault or f"the Secret {name} holds no such bundle")

    def _take(self, secret: BundleSecret) -> None:
        match secret.kind:
            case BundleKind.SIGNER:
                signer = SignerBundle.from_json(secret.content)
                secrets.require_name(secret, signer_object(signer.name))
                self._put(secret.name, SignerInForce.load(signer))
                self._serve_waiting(secret.name)
            case BundleKind.PROFILE:
                profile = ProfileBundle.from_json(secret.content)
                secrets.require_name(secret, profile_object(profile.namespace, profile.name))
                self._put_profile(secret.name, profile)
            case BundleKind.CREDENTIAL:
                credential = CredentialBundle.from_json(secret.content)
                expected = credential_object(credential.namespace, credential.name)
                secrets.require_name(secret, expected)
                self._put(secret.name, CredentialInForce.load(credential))
            case BundleKind.NONCE_KEYS:
                secrets.require_name(secret, NONCE_KEYS_NAME)
                self._put(secret.name, NonceKeysBundle.from_json(secret.content))

    def _put(self, name: str, loaded: _Loaded) -> None:
        self._places[name] = _Place(self._places[name].version, loaded)

    def _put_profile(self, name: str, bundle: ProfileBundle) -> None:
        """Put a profile into force; until its signer is there the one before stays."""
        signer = self._signer_of(bundle)
        if signer is None and bundle.refusal is not None:
            # Who issues nothing needs no signer, and must not go on issuing for want of one.
            bundle = bundle.model_copy(update={"signer": None})
        if signer is None and bundle.signer is not None:
            awaited = signer_object(bundle.signer)
            said = f"profile {bundle.namespace}/{bundle.name} waits for its signer, {awaited}"
            self._awaiting.setdefault(awaited, {})[name] = bundle
            self._places[name] = replace(self._places[name], fault=said, awaits=awaited)
        else:
            self._put(name, ProfileInForce.load(bundle, signer))

    def _signer_of(self, bundle: ProfileBundle) -> SignerInForce | None:
        place = None if bundle.signer is None else self._places.get(signer_object(bundle.signer))
        loaded = None if place is None else place.in_force
        return loaded if isinstance(loaded, SignerInForce) else None

    def _serve_waiting(self, signer: str) -> None:
        for name, bundle in self._awaiting.pop(signer, {}).items():
            try:
                self._put_profile(name, bundle)
            except BundleRefused as refused:
                self._refuse(name, str(refused))

    def _stop_waiting(self, name: str) -> None:
        place = self._places.get(name)
        if place is not None and place.awaits is not None:
            self._awaiting.get(place.awaits, {}).pop(name, None)

    def _refuse(self, name: str, why: str) -> None:
        place = self._places[name]
        self._places[name] = replace(place, fault=why, awaits=None)
        kept = "none was in force before" if place.in_force is None else "the one before stays"
        _log.error("a bundle is refused: %s; %s", why, kept)
