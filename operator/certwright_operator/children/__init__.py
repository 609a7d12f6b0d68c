"""The children: Secrets and ConfigMaps that come of the four kinds, as pure values.

Which object holds what, and whose it is; what a step of a plan makes of one; what planning is told
of those that are there; which are to be swept, and when nothing may be. Nothing here reads, writes
or looks at a clock.

A child that somebody edits by hand isn't equal to what is wanted, and is written again. Two things
are different, because they are the truth and not a copy. An edited `tls.key` is never overwritten:
planning finds that it contradicts its certificate. An edited credential bundle whose secrets can
still be read is believed: accounts may have been bound by them. One that can't be read is lost.
"""
