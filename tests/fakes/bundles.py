"""Bundles in two dictionaries."""

from certwright.bundles.credential import CredentialInForce
from certwright.bundles.profile import ProfileInForce


class FakeBundles:
    """`Bundles` that a test fills: profiles by `NAMESPACE/NAME`, credentials by KID."""

    def __init__(self) -> None:
        self.profiles: dict[str, ProfileInForce] = {}
        self.credentials: dict[str, CredentialInForce] = {}

    async def profile(self, namespace: str, name: str) -> ProfileInForce | None:
        """Return a profile, or None."""
        return self.profiles.get(f"{namespace}/{name}")

    async def credential(self, key_identifier: str) -> CredentialInForce | None:
        """Return the credential of a KID, or None."""
        return self.credentials.get(key_identifier)
