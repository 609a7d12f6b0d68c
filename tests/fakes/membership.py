"""A membership that a test decides on."""


class FakeMembership:
    """A `Membership` of those in `members`."""

    def __init__(self, *members: str) -> None:
        self.members = set(members)

    def alive(self, replica: str) -> bool:
        """Return whether a replica is in it."""
        return replica in self.members
