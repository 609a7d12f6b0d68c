"""JSON text -> one document of plain values, under the same bounds as YAML."""

import json
from collections import Counter
from typing import Any

from certwright.resources.errors import show
from certwright.resources.raw import MOST_DEPTH, MOST_VALUES, Problem, RawDocument, Unreadable
from certwright.resources.scalars import resolve_plain


def read_json(text: str) -> RawDocument:
    """Return the document of a text; the lines of its values are not known."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=resolve_plain,
            parse_float=resolve_plain,
            parse_constant=_constant,
        )
        _check_bounds(value)
    except Unreadable as error:
        return RawDocument(line=1, problems=(error.problem,))
    except json.JSONDecodeError as error:
        return RawDocument(line=1, problems=(Problem(f"is not JSON: {error.msg}", error.lineno),))
    except RecursionError:
        return RawDocument(line=1, problems=(_too_deep(),))
    return RawDocument(value, 1)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise Unreadable(Problem(f"the key {show(twice)} stands twice in an object", 1))
    return members


def _constant(word: str) -> object:
    raise Unreadable(Problem(f"{word} is not a number of JSON", 1))


def _too_deep() -> Problem:
    return Problem(f"is nested deeper than {MOST_DEPTH} levels", 1)


def _check_bounds(value: object) -> None:
    level, count = [value], 0
    for _ in range(MOST_DEPTH):
        count += len(level)
        if count > MOST_VALUES:
            raise Unreadable(Problem(f"has more than {MOST_VALUES} values", 1))
        level = [member for above in level for member in _members(above)]
        if not level:
            return
    raise Unreadable(_too_deep())


def _members(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
