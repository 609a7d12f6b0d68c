"""Records as objects: nothing changes on the way, and people see what they look for."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acme_server.domain.documents.document import Kind
from acme_server.ports import Record, Select, Selection, Stored
from acme_server.stores.kubernetes import selecting
from acme_server.stores.kubernetes.objects import encode, to_object, to_stored
from acme_server.stores.kubernetes.summaries import summary

NAME = {"type": "dns", "value": "a.example"}
PROBLEM = {"type": "unauthorized", "detail": "The token is not there."}


def there_and_back(record: Record) -> Record:
    """Send a record through the API server's hands, which sort members."""
    sent = json.loads(json.dumps(to_object(record, "w"), sort_keys=True))
    sent["metadata"]["resourceVersion"] = "7"
    stored = to_stored(record.kind, sent)
    assert stored == Stored(stored.record, "7")
    return stored.record


texts = st.text(st.characters(codec="utf-8"))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@given(st.dictionaries(texts, values))
def test_a_document_comes_back_with_the_same_members_and_can_be_read(value: Any) -> None:
    record = Record(Kind.ENROLLMENT, "e1", encode(value))
    assert to_object(record, "w")["document"] == value
    assert json.loads(there_and_back(record).body) == value


@pytest.mark.parametrize("text", ["\\ud800", "\\\\UD", "\0", "\u2028", "\U0001f600"])
def test_what_only_looks_like_half_a_character_can_be_read(text: str) -> None:
    body = json.dumps({"a": text}).encode()
    assert to_object(Record(Kind.ORDER, "o1", body), "w")["document"] == {"a": text}


@given(st.binary())
def test_any_bytes_come_back(body: bytes) -> None:
    back = there_and_back(Record(Kind.ORDER, "o1", body)).body
    # Of a JSON object the members come back, not the spaces between them.
    assert back == body or json.loads(back) == json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"a":1.5}',
        b'{"a":1e3}',
        b'{"a":-0}',
        b'{"a":9223372036854775808}',
        b'{"a":NaN}',
        b'{"a":"\\ud800"}',
        b'{"\\uDFFF":1}',
        b'{"a":"\xff"}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
    ids=lambda body: str(body[:12]),
)
def test_what_json_would_not_carry_unchanged_is_kept_as_bytes(body: bytes) -> None:
    record = Record(Kind.ORDER, "o1", body)
    sent = to_object(record, "w")
    assert "document" not in sent
    assert base64.b64decode(sent.get("bytes", "")) == body
    assert there_and_back(record) == record


def test_marks_are_labels() -> None:
    record = Record(Kind.ORDER, "o1", b"{}", "a1", "validation", "2026-11-23T17Z")
    assert to_object(record, "w")["metadata"]["labels"] == {
        "acme.certwright.dev/owner": "a1",
        "acme.certwright.dev/work": "validation",
        "acme.certwright.dev/due": "2026112317",
    }
    assert there_and_back(record) == record


def test_labels_of_others_are_no_marks() -> None:
    marks = selecting.marks({"app": "x", selecting.DUE: "soon"})
    assert marks == selecting.Marks(None, None, None)


@pytest.mark.parametrize("due", ["", "2026-11-23", "2026-11-23T17:00Z", "tomorrow"])
def test_a_due_that_is_no_hour_is_refused(due: str) -> None:
    with pytest.raises(ValueError, match="is not an hour as in 2026-11-23T17Z"):
        to_object(Record(Kind.ORDER, "o1", b"{}", due=due), "w")
    with pytest.raises(ValueError, match="is not an hour"):
        selecting.selector(Selection(Kind.ORDER, Select.DUE_BEFORE, due))


@pytest.mark.parametrize(
    ("kind", "document", "expected"),
    [
        (Kind.ACCOUNT, {"status": "valid"}, {"phase": "valid"}),
        (
            Kind.ACCOUNT,
            {"status": "valid", "credential": {"namespace": "team-a", "name": "default"}},
            {"phase": "valid", "names": "team-a.default"},
        ),
        (Kind.ACCOUNT_KEY, {"account": "a1"}, {}),
        (Kind.AUTHORIZATION, {}, {}),
        (
            Kind.AUTHORIZATION,
            {"status": "pending", "identifier": NAME, "wildcard": True, "challenges": []},
            {"phase": "pending", "names": "*.a.example"},
        ),
        (
            Kind.AUTHORIZATION,
            {
                "status": "pending",
                "identifier": NAME,
                "challenges": [{"status": "pending"}, {"status": "processing", "error": PROBLEM}],
            },
            {
                "phase": "processing",
                "names": "a.example",
                "reason": "The token is not there.",
            },
        ),
        (
            Kind.ORDER,
            {"identifiers": [NAME] * 2, "error": None},
            {"phase": "placed", "names": "a.example, a.example"},
        ),
        (
            Kind.ORDER,
            {"identifiers": [NAME] * 5, "error": {"type": "x", "detail": "y" * 900}},
            {
                "phase": "invalid",
                "names": "a.example, a.example, a.example and 2 more",
                "reason": "y" * 200,
            },
        ),
        (
            Kind.CERTIFICATE,
            {"identifiers": [NAME], "revocation": None},
            {"phase": "issued", "names": "a.example"},
        ),
        (
            Kind.CERTIFICATE,
            {"identifiers": [NAME], "revocation": {"reason": 1}},
            {"phase": "revoked", "names": "a.example", "reason": "keyCompromise"},
        ),
        (Kind.ORDER, {"identifiers": {"a": 1}, "error": "none"}, {}),
        (
            Kind.CERTIFICATE,
            {"revocation": {"reason": 99}},
            {"phase": "revoked", "reason": "99"},
        ),
    ],
)
def test_people_see_where_it_stands_what_it_is_about_and_why(
    kind: Kind, document: dict[str, Any], expected: dict[str, str]
) -> None:
    assert summary(kind, document) == expected
