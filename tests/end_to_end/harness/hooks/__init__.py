"""Programs that clients run to have their challenges answered."""
