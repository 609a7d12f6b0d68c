from tests.unit.stores.conftest import access, api, server

__all__ = ["access", "api", "server"]
