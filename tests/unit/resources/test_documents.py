"""Files become plain documents, or say where they can't be read; they never raise."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.resources import documents, raw
from certwright.resources.documents import MOST_BYTES, read_documents
from certwright.resources.raw import MOST_DEPTH, Problem


def _values(text: str, file: str = "a.yaml") -> list[object]:
    found = read_documents(text.encode(), file)
    assert [document.problems for document in found] == [()] * len(found)
    return [document.value for document in found]


def _problems(text: str | bytes, file: str = "a.yaml") -> list[Problem]:
    content = text.encode() if isinstance(text, str) else text
    return [problem for document in read_documents(content, file) for problem in document.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: yes", {"a": True}),
        ("a: 'yes'", {"a": "yes"}),
        ("a: !!str yes", {"a": "yes"}),
        ("a: ! 1", {"a": "1"}),
        ("a: !!int '3'", {"a": 3}),
        ("a: !!float 3", {"a": 3}),
        ("a: 2026-11-20T00:00:00Z", {"a": "2026-11-20T00:00:00Z"}),
        ("a: 0o14", {"a": 12}),
        ("a:", {"a": None}),
        ("yes: 1\n2: b\n0.5: c", {"true": 1, "2": "b", "0.5": "c"}),
        ("off: 1", {"false": 1}),
        ("!!map {a: !!seq [1]}", {"a": [1]}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("a: &x 1\nb: &x 2\nc: *x", {"a": 1, "b": 2, "c": 2}),
        ("a: &x {p: 1, q: 1}\nb: {<<: *x, q: 2}", {"a": {"p": 1, "q": 1}, "b": {"p": 1, "q": 2}}),
        ("a:\n  <<: [{p: 1}, {p: 2, q: 2}]", {"a": {"p": 1, "q": 2}}),
        ("'<<': 1", {"<<": 1}),
        ("\ufeffa: 1", {"a": 1}),
        ("# nothing", None),
    ],
)
def test_a_yaml_document_is_read_as_kubernetes_reads_it(text: str, value: object) -> None:
    found = _values(text)
    assert found == ([] if value is None else [value])


def test_all_documents_of_a_file_are_read_and_know_their_lines() -> None:
    first, empty, third = read_documents(b"a: 1\n---\n# nothing\n---\nb:\n- c: 2\n", "a.yaml")
    assert (first.value, empty.value, third.value) == ({"a": 1}, None, {"b": [{"c": 2}]})
    assert first.line_of(("a",)) == 1
    assert third.line_of(("b",)) == 5
    assert third.line_of(("b", 0, "c")) == 6
    assert third.line_of(("b", 0, "c", "below", 3)) == 6


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: [1", 2, "is not YAML"),
        ("a: 1\nb: \x07", 0, "is not YAML: unacceptable character"),
        ("%YAML 9.1\n---\na: 1", 1, "is not YAML: found incompatible"),
        ("a: 1\nb: *x", 2, "the alias *x stands for nothing before it"),
        ("a: &x [*x]", 1, "the alias *x stands for nothing before it"),
        ("a: 1\nb: 2\na: 3", 3, 'the key "a" stands here twice'),
        ("yes: 1\n'true': 2", 2, 'the key "true" stands here twice'),
        ("? [a]\n: 1", 1, "a key must be text"),
        ("~: 1", 1, "a key must be text"),
        ("a: !!python/name:os.system x", 1, "the tag tag:yaml.org,2002:python/name:os.system"),
        ("a: !!int x", 1, "is not supported here"),
        ("a: !thing {}", 1, "the tag !thing is not supported here"),
        ("a: !!set {b}", 1, "is not supported here"),
        ("a: !thing []", 1, "the tag !thing is not supported here"),
        ("<<: 1", 1, "<< merges objects"),
        ("<<: [{}, 1]", 1, "<< merges objects"),
        ("[" * 65 + "]" * 65, 1, "deeper than 64 levels"),
    ],
)
def test_what_can_t_be_read_says_where_and_why(text: str, line: int, message: str) -> None:
    (problem,) = _problems(text)
    assert (problem.line, message in problem.message) == (line, True), problem


def test_all_duplicate_keys_are_told_and_later_documents_are_read() -> None:
    first, second = read_documents(b"a: 1\na: 2\nb: {c: 1, c: 2}\n---\nd: 1", "a.yaml")
    assert [(problem.line, problem.path) for problem in first.problems] == [(2, ()), (3, ("b",))]
    assert second.value == {"d": 1}


def test_after_an_unreadable_document_the_next_one_is_read() -> None:
    first, second = read_documents(b"a: [!x [1, 2], {b: 1}]\n---\nd: 1", "a.yaml")
    assert len(first.problems) == 1
    assert second.value == {"d": 1}


def test_aliases_count_as_what_they_repeat() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
    )
    (problem,) = _problems(bomb)
    assert "more than 100000 values" in problem.message


def test_aliases_nest_as_deep_as_what_they_repeat() -> None:
    deep = "[" * 40 + "]" * 40
    (problem,) = _problems(f"a: &a {deep}\nb: {'[' * 40}*a{']' * 40}")
    assert problem.message == f"is nested deeper than {MOST_DEPTH} levels"


def test_a_file_that_is_too_large_is_refused() -> None:
    (problem,) = _problems(b"#" * (MOST_BYTES + 1))
    assert problem.message == "has more than 4096 KiB"


def test_a_file_that_is_not_utf_8_is_refused_with_the_line() -> None:
    (problem,) = _problems(b"a: 1\nb: \xff")
    assert (problem.message, problem.line) == ("is not UTF-8", 2)


def test_a_file_of_too_many_documents_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_DOCUMENTS", 3)
    assert len(read_documents(b"--- 1\n" * 3, "a.yaml")) == 3
    (problem,) = _problems("--- 1\n" * 4)
    assert problem.message == "has more than 3 documents"


def test_json_is_read_by_the_same_rules() -> None:
    text = '{"a": 1.0, "b": [1.5, -2, true, null, "yes"],\t"c": {"\\ud83d\\ude00": ""}}'
    assert _values(text, "a.json") == [
        {"a": 1, "b": [1.5, -2, True, None, "yes"], "c": {"\U0001f600": ""}}
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{"a": 1\n"b": 2}', 2, "is not JSON"),
        ('{"a": 1, "b": 1, "a": 2}', 1, 'the key "a" stands twice in an object'),
        ('{"a": NaN}', 1, "NaN is not a number"),
        ("[" * 65 + "]" * 65, 1, "deeper than 64 levels"),
        ("[" * 100_000, 1, "deeper than 64 levels"),
    ],
)
def test_json_that_can_t_be_read_says_where_and_why(text: str, line: int, message: str) -> None:
    (problem,) = _problems(text, "a.json")
    assert (problem.line, message in problem.message) == (line, True), problem


def test_json_of_too_many_values_is_refused() -> None:
    (problem,) = _problems(json.dumps([0] * raw.MOST_VALUES), "a.json")
    assert "more than 100000 values" in problem.message


_YAML_ISH = st.text("ab:-[]{}&*!<>|'\"#,?%~.0 \n\t", max_size=60)


@given(st.one_of(st.text(max_size=60), _YAML_ISH))
def test_any_text_is_read_or_refused(text: str) -> None:
    for file in ("a.yaml", "a.json"):
        read_documents(text.encode("utf-8", "surrogatepass"), file)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    read_documents(content, "a.yaml")


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(_PLAIN)
def test_json_is_read_back_as_it_was_written(value: object) -> None:
    (document,) = read_documents(json.dumps(value).encode(), "a.json")
    assert document.value == value
