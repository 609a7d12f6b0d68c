"""Anti-replay nonces (RFC 8555 §6.5) that cost no write: counters, and bitmaps of those used.

`ring` counts, `rings` are the two of an incarnation, `seal` makes nonces of their counters. `local`
is the port for one process, which `hand_over` carries over a restart by a file. `shared` is the
port for several replicas: `keyring` has the keys they share, `holdings` decides what is accepted,
`peers` asks other replicas and `peer_listener` answers them in the form of `messages`, `verdicts`
and `parcel`. `replica` puts one together.
"""
