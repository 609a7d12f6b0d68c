"""Who of several replicas works: a Lease (coordination.k8s.io/v1) that one of them holds.

The official client's `leaderelection` was read and not taken: it counts by the wall clock, lets a
renewal hang past the deadline while it works on, and has no way to give the Lease back.
"""
