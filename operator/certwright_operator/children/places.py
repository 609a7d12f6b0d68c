"""Where children are: the kind, namespace and name of each."""

from dataclasses import dataclass
from enum import StrEnum

from certwright.reconcile.existing import SignerKey
from certwright.reconcile.world import ObjectId
from certwright.resources.metadata import ObjectKey
from certwright_operator.children import names


class ChildKind(StrEnum):
    """The kinds of children, by their Kubernetes names."""

    SECRET = "Secret"  # noqa: S105 - a kind, not a secret
    CONFIG_MAP = "ConfigMap"


@dataclass(frozen=True, slots=True, order=True)
class ChildKey:
    """Where a child is found."""

    kind: ChildKind
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Our own two namespaces, and where in them everything is.

    Args:
        operator: Where private keys are; the server can't read it.
        server: Where what serves is: bundles and roots.
    """

    operator: str
    server: str

    def key(self, signer: SignerKey) -> ChildKey:
        """Return where a private key is, with its certificates."""
        return ChildKey(ChildKind.SECRET, self.operator, names.key_name(signer))

    def profile(self, profile: ObjectKey) -> ChildKey:
        """Return where a profile's bundle is."""
        return self._bundle(names.profile_name(profile))

    def credential(self, credential: ObjectKey) -> ChildKey:
        """Return where a credential's bundle is."""
        return self._bundle(names.credential_name(credential))

    def signer(self, signer: str) -> ChildKey:
        """Return where a signer's bundle is, by the name in it."""
        return self._bundle(names.signer_name(signer))

    def trust(self, owner: ObjectId) -> ChildKey:
        """Return where the roots of an authority or a profile are.

        Raises:
            ValueError: Another kind.
        """
        return ChildKey(ChildKind.CONFIG_MAP, self.server, names.trust_name(owner))

    def _bundle(self, name: str) -> ChildKey:
        return ChildKey(ChildKind.SECRET, self.server, name)


def tenant_secret(secret: ObjectKey) -> ChildKey:
    """Return where a tenant's Secret is: where its credential is."""
    return ChildKey(ChildKind.SECRET, secret.namespace, secret.name)
