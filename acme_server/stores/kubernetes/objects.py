"""Records as objects of the API, and back.

A body that is a JSON object becomes the member `document`, so that people can read it; the API
server gives its members back in another order. What JSON in the API server's hands would not carry
unchanged (fractions, integers beyond 64 bits, anything but an object) is kept as base64 in `bytes`.
"""

import base64
import json
from typing import Any

from acme_server.domain.documents.document import Kind
from acme_server.kubernetes_api.answers import Object
from acme_server.ports import Record, Stored
from acme_server.stores.kubernetes import selecting
from acme_server.stores.kubernetes.kinds import API_VERSION, RESOURCES
from acme_server.stores.kubernetes.summaries import summary


class _Changed(ValueError):
    """A value would come back from the API server as another."""


def to_object(record: Record, write: str, version: str | None = None) -> Object:
    """Return a record as the object to send.

    Args:
        record: the record.
        write: random. The API server keeps the old version of an object that a replace leaves as
            it is; the port promises a new one.
        version: what the object is to replace.
    """
    metadata: Object = {"name": record.id, "labels": selecting.labels(record)}
    if version is not None:
        metadata["resourceVersion"] = version
        # "Nobody in particular" (an empty entry) strips the record of who wrote which member.
        metadata["managedFields"] = [{}]
    return {
        "apiVersion": API_VERSION,
        "kind": RESOURCES[record.kind].kind,
        "metadata": metadata,
        **_content(record),
        "write": write,
    }


def to_stored(kind: Kind, item: Object) -> Stored:
    """Return an object that was read as a record at its version."""
    metadata = item["metadata"]
    marks = selecting.marks(metadata.get("labels") or {})
    record = Record(kind, metadata["name"], _body(item), marks.owner, marks.work, marks.due)
    return Stored(record, metadata["resourceVersion"])


def encode(value: Any) -> bytes:
    """Return JSON in its shortest form."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _content(record: Record) -> Object:
    document = _document(record.body)
    if document is None:
        # An empty text is no base64 to the API server.
        return {"bytes": base64.b64encode(record.body).decode()} if record.body else {}
    return {**summary(record.kind, document), "document": document}


def _document(body: bytes) -> dict[str, Any] | None:
    """Return a body as the JSON object that it is, or None when it would not come back the same."""
    try:
        text = body.decode()
        value = json.loads(
            text, parse_float=_refused, parse_constant=_refused, parse_int=_within_64_bits
        )
        if "\\u" in text:
            # Half of a surrogate pair can be escaped in JSON, but is no text: this refuses it.
            encode(value)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refused(text: str) -> Any:
    raise _Changed(text)


def _within_64_bits(text: str) -> int:
    number = int(text)
    if not -(2**63) <= number < 2**63 or str(number) != text:
        raise _Changed(text)
    return number


def _body(item: Object) -> bytes:
    if "document" in item:
        return encode(item["document"])
    return base64.b64decode(item.get("bytes", ""))
