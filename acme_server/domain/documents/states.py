"""The states that accounts, authorizations, challenges and orders can be in (RFC 8555 §7.1.6)."""

from enum import StrEnum


class AccountStatus(StrEnum):
    """The states of an account (RFC 8555 §7.1.6)."""

    VALID = "valid"
    DEACTIVATED = "deactivated"
    REVOKED = "revoked"


class AuthorizationStatus(StrEnum):
    """The states of an authorization (RFC 8555 §7.1.6). `expired` is derived from the clock."""

    PENDING = "pending"
    VALID = "valid"
    INVALID = "invalid"
    DEACTIVATED = "deactivated"
    EXPIRED = "expired"
    REVOKED = "revoked"


class ChallengeStatus(StrEnum):
    """The states of a challenge (RFC 8555 §7.1.6)."""

    PENDING = "pending"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"


class OrderStatus(StrEnum):
    """The states of an order (RFC 8555 §7.1.6), always derived, never stored."""

    PENDING = "pending"
    READY = "ready"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"
