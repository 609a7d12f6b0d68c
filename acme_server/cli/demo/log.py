"""The server's log, read while it is written: what it did, and what it was asked."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

_MEANINGS: Final[Mapping[str, str]] = {
    "directory": "where everything is: this URL is all that a client is told",
    "new-nonce": "a number to be used once, so that no request can be replayed",
    "new-account": "an account for certbot's key; the KID, signed with the secret, says whose: EAB",
    "new-order": "an order for the name; template, grant and credential are asked: it is allowed",
    "authorization": "how control of the name is to be proved, and whether it has been",
    "challenge": "certbot serves the token; the server looks for it, over plain HTTP: http-01",
    "finalize": "a CSR for the order; policy is asked again, and the authority signs",
    "order": "whether the certificate is there",
    "certificate": "the certificate with its chain",
}
"""What a client asks for at each resource (RFC 8555 section 7.1), for who sees it first."""

_REFUSED: Final = 400
_AUDIT: Final = "acme_server.audit"


class Following:
    """A log of JSON lines, read from where it was last read to.

    Args:
        path: The file; it may not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def records(self) -> Iterator[Mapping[str, Any]]:
        """Yield what was written since; a line that isn't whole yet waits for the next time.

        The audit log, which tells programs what each request brought about, is passed over.
        """
        try:
            written = self._path.read_bytes()[self._read :]
        except FileNotFoundError:
            return
        whole = written[: written.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                record = {"message": line.decode("utf-8", "replace")}
            if record.get("logger") != _AUDIT:
                yield record


def told(record: Mapping[str, Any]) -> str:
    """Return a record as a line: of a request what it is about, of all else its message."""
    if "path" not in record:
        return str(record.get("message", ""))
    status, milliseconds = record["status"], record["milliseconds"]
    resource = resource_of(record["path"])
    meaning = "refused" if status >= _REFUSED else _MEANINGS.get(resource, "")
    return f"{resource:<13} {status} {milliseconds:>5.1f} ms  {meaning}".rstrip()


def resource_of(path: str) -> str:
    """Return which resource a path asks for: `new-order` of `/acme/pki/web/new-order`."""
    _, _, _, _, resource, *rest = [*path.split("/"), "", "", "", "", ""]
    return "finalize" if resource == "order" and "finalize" in rest else resource
