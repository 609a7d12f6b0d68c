"""The profiles and credentials in force, compiled anew only where a plan changed them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from certwright.bundles.credential import CredentialBundle, CredentialInForce
from certwright.bundles.profile import ProfileBundle, ProfileInForce
from certwright.bundles.signer import SignerBundle, SignerInForce
from certwright.reconcile.plan import Plan
from certwright.reconcile.profiles import ProfilePlan
from certwright.resources.metadata import ObjectKey


@dataclass(frozen=True, slots=True)
class LoadedSigner:
    """A signer and the bundle it was loaded from."""

    bundle: SignerBundle
    in_force: SignerInForce


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """A profile, the bundle it was loaded from and its signer's."""

    bundle: ProfileBundle
    signer: LoadedSigner | None
    in_force: ProfileInForce


@dataclass(frozen=True, slots=True)
class LoadedCredential:
    """A credential and the bundle it was loaded from."""

    bundle: CredentialBundle
    in_force: CredentialInForce


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything in force at a moment.

    Args:
        profiles: By namespace and name.
        credentials: By KID.
        signers: By name.
    """

    profiles: Mapping[ObjectKey, LoadedProfile] = field(default_factory=dict)
    credentials: Mapping[str, LoadedCredential] = field(default_factory=dict)
    signers: Mapping[str, LoadedSigner] = field(default_factory=dict)

    def following(self, plan: Plan) -> "Snapshot":
        """Return the snapshot that a plan makes, keeping every value that it leaves as it is.

        Raises:
            BundleRefused: A bundle can't be loaded.
        """
        bundles = (profile.signer for profile in plan.profiles.values())
        signers = {each.name: self._signer(each) for each in bundles if each is not None}
        profiles = {
            key: self._profile(key, profile, signers) for key, profile in plan.profiles.items()
        }
        credentials = {
            plan.credential.key_id: self._credential(plan.credential.key_id, plan.bundle)
            for plan in plan.credentials.values()
        }
        return Snapshot(profiles, credentials, signers)

    def _signer(self, bundle: SignerBundle) -> LoadedSigner:
        before = self.signers.get(bundle.name)
        if before is not None and before.bundle == bundle:
            return before
        return LoadedSigner(bundle, SignerInForce.load(bundle))

    def _profile(
        self, key: ObjectKey, plan: ProfilePlan, signers: Mapping[str, LoadedSigner]
    ) -> LoadedProfile:
        signer = None if plan.signer is None else signers[plan.signer.name]
        before = self.profiles.get(key)
        if before is not None and before.bundle == plan.bundle and before.signer is signer:
            return before
        signs = None if signer is None else signer.in_force
        return LoadedProfile(plan.bundle, signer, ProfileInForce.load(plan.bundle, signs))

    def _credential(self, key_identifier: str, bundle: CredentialBundle) -> LoadedCredential:
        before = self.credentials.get(key_identifier)
        if before is not None and before.bundle == bundle:
            return before
        return LoadedCredential(bundle, CredentialInForce.load(bundle))
