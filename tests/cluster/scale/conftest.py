"""The name server of the tests of replicas."""

from tests.cluster.replicas.conftest import name_server_port

__all__ = ["name_server_port"]
