"""The challenge types, for bundles and servers: they know policy, not the documents."""

from certwright.resources.profile import ChallengeType

__all__ = ["ChallengeType"]
