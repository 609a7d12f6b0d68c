"""One server a data folder."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from acme_server.assembly.held_file import HeldElsewhere, held

_FILE = "lock"


class DataFolderError(Exception):
    """The data folder can't be used; the sentence names it and says why."""


def prepare(folder: Path) -> Path:
    """Make the data folder if its parent is there, and return its absolute path.

    Raises:
        DataFolderError: It can't be made, is no folder or can't be written to.
    """
    folder = folder.absolute()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError:
        raise DataFolderError(
            f"the data folder {folder} can't be made: there is no folder {folder.parent}"
        ) from None
    except FileExistsError:
        raise DataFolderError(f"the data folder {folder} is not a folder") from None
    except OSError as error:
        raise DataFolderError(
            f"the data folder {folder} can't be made: {error.strerror}"
        ) from error
    return folder


def check_apart(documents: Path, folder: Path) -> None:
    """Refuse a data folder among the documents: its files would be read as documents.

    Raises:
        DataFolderError: One of them is within the folder of documents, and not hidden there.
    """
    below, top = folder.resolve(), documents.resolve()
    if not below.is_relative_to(top):
        return
    within = below.relative_to(top).parts
    if not any(part.startswith(".") for part in within):
        raise DataFolderError(
            f"the data folder {folder} is within the folder of documents, {documents}, where its "
            "files would be read as documents; choose another one with --data"
        )


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the data folder against a second server until the end of the block.

    Raises:
        DataFolderError: Another process holds it, or the folder can't be written to.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(held(folder / _FILE, str(os.getpid())))
        except HeldElsewhere as error:
            raise DataFolderError(
                f"the data folder {folder} is in use by another server (process {error}); stop "
                "that one, or choose another folder with --data"
            ) from None
        except OSError as error:
            raise DataFolderError(
                f"the data folder {folder} can't be written to: {error.strerror}"
            ) from error
        yield
