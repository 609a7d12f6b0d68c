"""Reconciling: what is to be looked at and when, what is planned for it, and the writes.

Level-triggered. Whatever happens only marks objects to be looked at; a look plans them from what
is known, in batches, and writes what differs. A failed write costs its object another look later.
"""
