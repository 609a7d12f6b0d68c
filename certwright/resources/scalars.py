"""What an unquoted YAML scalar means, as Kubernetes reads it.

kubectl and the API server read YAML with sigs.k8s.io/yaml, which resolves scalars by its fork of
go-yaml v2 (`goyaml.v2/resolve.go`) and then makes JSON of them. Decoded without a Go type in mind,
as custom resources are, that means:

- `y`, `yes`, `on`, `true` and `n`, `no`, `off`, `false` (lower case, capitalized, upper case) are
  booleans;
- `~`, `null` (likewise) and nothing at all are null;
- integers are decimal, `0x1f`, `0b101`, `0o17` or `017` (octal), all with `_` anywhere: `1_000`;
- a number with a fraction or exponent is a float, but one without a remainder (`1.0`, `1e3`, and
  `08`, which is no octal) is an integer by the time it is JSON;
- a timestamp stays text; base-60 numbers (`12:30`) do not exist.
"""

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

Scalar = None | bool | int | float | str


def _spellings(*words: str) -> tuple[str, ...]:
    return tuple(form for word in words for form in (word, word.capitalize(), word.upper()))


_WORDS: Mapping[str, Scalar] = MappingProxyType(
    dict.fromkeys(_spellings("y", "yes", "on", "true"), True)
    | dict.fromkeys(_spellings("n", "no", "off", "false"), False)
    | dict.fromkeys(("", "~", *_spellings("null")), None)
    | dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan)
    | dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf)
    | dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf)
)

_INTEGERS = (
    (re.compile(r"([-+]?)0[bB]([01]+)"), 2),
    (re.compile(r"([-+]?)0[oO]?([0-7]+)"), 8),
    (re.compile(r"([-+]?)0[xX]([0-9a-fA-F]+)"), 16),
    (re.compile(r"([-+]?)(0|[1-9][0-9]*)"), 10),
)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 64
_LARGEST_WHOLE_FLOAT = 1e21
"""From here on Go writes a float with an exponent, which JSON readers take for no integer."""


def resolve_plain(text: str) -> Scalar:
    """Return what an unquoted scalar means; a number of more than 64 characters stays text."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER:
        return text
    digits = text if text.startswith(".") else text.replace("_", "")
    if digits[:1] not in "0123456789+-.":
        return text
    integer = _integer(digits)
    return _float(digits, text) if integer is None else integer


def _integer(digits: str) -> int | None:
    for form, base in _INTEGERS:
        if found := form.fullmatch(digits):
            return int("".join(found.groups()), base)
    return None


def _float(digits: str, text: str) -> int | float | str:
    if not _FLOAT.fullmatch(digits):
        return text
    number = float(digits)
    if math.isinf(number):
        return text
    if number.is_integer() and abs(number) < _LARGEST_WHOLE_FLOAT:
        return int(number)
    return number
