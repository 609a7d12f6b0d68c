"""The operator: what the four kinds want, carried out in the cluster.

Decisions are made in `certwright.reconcile`; here they are fed with what exists, and applied.
"""
