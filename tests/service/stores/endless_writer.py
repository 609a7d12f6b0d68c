"""A program that writes until it is killed and prints each id and version once acknowledged."""

import asyncio
import os
import sys
from itertools import count
from pathlib import Path

from acme_server.domain.documents.document import Kind
from acme_server.ports import Record, Store
from acme_server.stores.sql.sqlite import SQLiteStore

WRITERS = 8


async def write(store: Store, name: int) -> None:
    """Create a document and replace it, again and again."""
    for number in count():
        id_ = f"{name}.{number}"
        version = await store.create(Record(Kind.ORDER, id_, b"x" * 500))
        version = await store.replace(Record(Kind.ORDER, id_, b"y" * 900, owner="a1"), version)
        # One write call a line, past any buffer: what was printed survives the writer.
        os.write(1, f"{id_} {version}\n".encode())


async def main(path: Path) -> None:
    store = SQLiteStore.open(path)
    await asyncio.gather(*(write(store, name) for name in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
