"""The election of the replica that works."""
