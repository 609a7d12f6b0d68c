"""What the server counts and times, for Prometheus; the only package that knows its client.

Services aren't asked to count: each port is measured by an adapter around the one that does the
work. Labels are closed lists, but for the profile's name: no account, no name and no serial number
is ever one, so the number of series is bounded by the number of profiles.
"""
