"""The audit log's adapters."""
