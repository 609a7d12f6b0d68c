"""What is told of a failure that nobody foresaw: where, and of which type.

Never its text: that may quote what was worked on, a key or a secret among it.
"""

import traceback


def described(mishap: Exception) -> str:
    """Return a sentence for logs about a failure that nobody foresaw."""
    frames = traceback.extract_tb(mishap.__traceback__)
    path = " < ".join(f"{each.name}:{each.lineno}" for each in reversed(frames[-4:]))
    where = frames[-1].filename if frames else "nowhere"
    return f"a defect of the operator: {type(mishap).__name__} in {where}, {path}"
