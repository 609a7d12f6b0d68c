"""Replicas that a test decides on."""


class FakeMembership:
    """The `Replicas` in `members`."""

    def __init__(self, *members: str) -> None:
        self.members = set(members)

    def alive(self, identity: str, /) -> bool:
        """Return whether a replica is in it."""
        return identity in self.members
