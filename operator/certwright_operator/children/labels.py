"""Labels and annotations of children: what they are, whose, and what is remembered of them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

MANAGED_BY: Final = "app.kubernetes.io/managed-by"
"""Label of every child; what lacks it is somebody else's and is never touched."""

MANAGER: Final = "certwright"
"""The value of `MANAGED_BY`."""

OURS: Final[Mapping[str, str]] = MappingProxyType({MANAGED_BY: MANAGER})
"""The labels that tell a child from somebody else's object."""

KEY: Final = "certwright.dev/key"
"""Label of the Secrets with private keys; its value is a `SignerRole`."""

TRUST: Final = "certwright.dev/trust"
"""Label of the ConfigMaps with roots: `authority` or `profile`."""

CREDENTIAL: Final = "certwright.dev/credential"
"""Label of tenants' Secrets: the name of the EABCredential, which is in the same namespace."""

SOURCE: Final = "certwright.dev/source"
"""Annotation, for people: the namespace and name of the object that a child came of."""

SOURCE_UID: Final = "certwright.dev/source-uid"
"""Annotation: the UID of the object that a child came of."""

SOURCE_KIND: Final = "certwright.dev/source-kind"
"""Annotation of signers: their object's kind, which their names don't tell."""

NAMESPACE_UID: Final = "certwright.dev/namespace-uid"
"""Annotation of keys: the UID of their object's namespace, so that no later one gets them."""

DELETION_POLICY: Final = "certwright.dev/deletion-policy"
"""Annotation of keys: what becomes of one when its object is gone, `Retain` or `Delete`."""

RETAINED_SINCE: Final = "certwright.dev/retained-since"
"""Annotation of keys: when their object was found gone."""

UNUSED_SINCE: Final = "certwright.dev/unused-since"
"""Annotation of signers: when they were found to be named by no profile."""

REMEMBERED: Final = frozenset({RETAINED_SINCE, UNUSED_SINCE})
"""Annotations that sweeping puts on and takes off; what is wanted of a child lacks them."""

KEY_DATA: Final = "tls.key"
"""The private key in a Secret's data: PEM."""

CERTIFICATES_DATA: Final = "tls.crt"
"""The certificates in a Secret's data: a key's own, then its chain up to the root, in PEM."""

TRUST_DATA: Final = "ca.crt"
"""The roots in a ConfigMap's data: PEM."""

KID_DATA: Final = "kid"
"""The KID in a tenant's Secret."""

SECRET_DATA: Final = "secret"  # noqa: S105 - a name, not a secret
"""The secret in a tenant's Secret: base64url without padding, no newline."""
