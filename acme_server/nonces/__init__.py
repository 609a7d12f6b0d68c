"""Anti-replay nonces (RFC 8555 §6.5) that cost no write: counters, and bitmaps of those used.

`ring` counts, `incarnation` seals counters into nonces, `local` is the port for one process, and
`hand_over` carries what is outstanding over a restart.
"""
