"""Watching: kopf, used for its watches and its `on.event` alone.

Nothing is written for it: no finalizer, no annotation, no peering, no Event. What kopf would keep
of every object and compare at every event is replaced by nothing.
"""
