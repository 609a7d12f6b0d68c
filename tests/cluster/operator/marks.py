"""Marks that several modules share."""

import os

import pytest

needs_audit_log = pytest.mark.skipif(
    bool(os.environ.get("KUBECONFIG")), reason="the audit log of a cluster of others can't be read"
)
