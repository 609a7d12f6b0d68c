"""What should exist, from the resources and what exists now: plans for whoever applies them.

Nothing here writes, waits or looks at a clock. A plan lists its steps in the order in which they
must be applied; stopping between any two of them loses nothing, and planning again goes on.
"""
