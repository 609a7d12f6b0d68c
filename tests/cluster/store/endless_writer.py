"""A program that writes to the API server until it is killed, as the contract's own does."""

import asyncio
import sys
from pathlib import Path

from acme_server.kubernetes_api.access import Access
from acme_server.stores.kubernetes.store import KubernetesStore
from tests.service.stores.endless_writer import WRITERS, write


async def main(namespace: str, server: str, authority: str, token: str, server_name: str) -> None:
    """Write; an empty argument stands for one that is unset."""
    access = Access(
        server,
        Path(authority) if authority else None,
        Path(token),
        server_name=server_name or None,
    )
    store = KubernetesStore.open(access, namespace)
    await asyncio.gather(*(write(store, name) for name in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
