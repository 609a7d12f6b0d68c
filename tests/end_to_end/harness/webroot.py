"""A web server on loopback that answers http-01 from a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.end_to_end.harness.name_server import running


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def answer(folder: Path, token: str, key_authorization: str) -> None:
    """Put the answer to a challenge into a webroot (RFC 8555 §8.3)."""
    answers = folder / ".well-known" / "acme-challenge"
    answers.mkdir(parents=True, exist_ok=True)
    (answers / token).write_text(key_authorization)


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    """Serve a folder on a port of loopback until the end of the block."""
    with running(_Server(("127.0.0.1", port), partial(_Quiet, directory=str(folder)))):
        yield
