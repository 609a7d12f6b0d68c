"""The ACME server of Certwright (RFC 8555).

The folders import in one direction: ``web``, ``services``, ``protocol``, ``domain``. Stores,
validation and sources are adapters behind the protocols of ``ports``.
"""
