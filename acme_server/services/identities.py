"""The ids of documents that must be found without an index: hashes of what they are about.

All are lower-case hex, since base64url is illegal in the names and labels of Kubernetes objects.
"""

import hashlib

from certwright.policy.identifiers import Identifier


def _digest(*parts: str) -> str:
    """Return 160 bits of SHA-256 over the parts; none of them can hold the separator."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]


def account_key_id(profile: str, thumbprint: str) -> str:
    """Return the AccountKey's id for a profile (`NAMESPACE/NAME`) and an RFC 7638 thumbprint."""
    return _digest("account-key", profile, thumbprint)


def enrollment_id(scope: str) -> str:
    """Return the id of the Enrollment that counts a grant's accounts from one namespace."""
    return _digest("enrollment", scope)


def authorization_slot(account: str, identifier: Identifier) -> str:
    """Return the slot of an account's authorizations for an identifier, wildcards apart."""
    flag = "wildcard" if identifier.wildcard else "exact"
    return _digest("authorization", account, identifier.type, identifier.base.value, flag)
