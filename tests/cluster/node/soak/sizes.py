"""How much the soak tests do: bounds, each overridable by the environment."""

import os


def _set(variable: str, default: int) -> int:
    return int(os.environ.get(f"CERTWRIGHT_SOAK_{variable}", default))


CERTIFICATES = _set("CERTIFICATES", 200)
"""Certificates that are asked for at once, half of them by each tenant."""

ASKED = _set("ASKED", 150)
"""The most Certificates that are asked for one after the other while things break."""

PACE = _set("PACE", 5)
"""Seconds between two of those."""

API_OUTAGE = _set("API_OUTAGE", 30)
"""Seconds without an API server."""

RENEWED = _set("RENEWED", 10)
"""Certificates that renew by themselves."""

RENEWALS = _set("RENEWALS", 2)
"""How often each of them does."""

EACH = 10
"""Seconds for each Certificate after which one that isn't Ready is given up, beside `ENOUGH`."""

ENOUGH = 300
"""Seconds after which anything that should long have come about is given up."""
