"""What `certwright lint` finds: serve's checks over an empty data folder, and warnings.

`findings` are the values, `verdicts` weighs why an object wouldn't be ready, `warnings` asks policy
what nobody can have meant, and `folder` puts all of it together.
"""
