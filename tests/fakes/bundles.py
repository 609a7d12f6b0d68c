"""Bundles in two dictionaries."""

from acme_server.ports import BundlesUnavailable
from certwright.bundles.credential import CredentialInForce
from certwright.bundles.profile import ProfileInForce


class FakeBundles:
    """`Bundles` that a test fills: profiles by `NAMESPACE/NAME`, credentials by KID."""

    def __init__(self) -> None:
        self.profiles: dict[str, ProfileInForce] = {}
        self.credentials: dict[str, CredentialInForce] = {}
        #: Why changes aren't seen, if they aren't.
        self.stale: str | None = None
        #: What can't be told of, and why: profiles and KIDs as above.
        self.unusable: dict[str, str] = {}

    def require_current(self) -> None:
        """Raise `BundlesUnavailable` if a test says so."""
        if self.stale is not None:
            raise BundlesUnavailable(self.stale)

    async def profile(self, namespace: str, name: str) -> ProfileInForce | None:
        """Return a profile, or None."""
        return self.profiles.get(self._usable(f"{namespace}/{name}"))

    async def credential(self, key_identifier: str) -> CredentialInForce | None:
        """Return the credential of a KID, or None."""
        return self.credentials.get(self._usable(key_identifier))

    def _usable(self, name: str) -> str:
        if name in self.unusable:
            raise BundlesUnavailable(self.unusable[name])
        return name
