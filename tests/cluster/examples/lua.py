"""gopher-lua, which Argo CD runs its health checks with."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.cluster.harness.building import Source
from tests.end_to_end.harness.programs import bare_environment, run

SOURCE = Source(
    "gopher-lua", "github.com/yuin/gopher-lua", {"glua": "github.com/yuin/gopher-lua/cmd/glua"}
)

_WORD: Final = re.compile(r"[A-Za-z0-9 ._:/'-]*")
_AS_IN_ARGO_CD: Final = (
    # It opens base, package, table, and an os with little in it (util/lua/lua.go, v3.2.0).
    "string, math, io, os, debug, coroutine, channel = nil\ngetmetatable('').__index = nil\n"
)


@dataclass(frozen=True, slots=True)
class Health:
    """What a health check returned."""

    status: str
    message: str


@dataclass(frozen=True, slots=True)
class Lua:
    """Runs scripts as Argo CD does: with `obj` as the object, and few libraries.

    Args:
        program: the interpreter.
        folder: for scripts.
    """

    program: Path
    folder: Path

    def health(self, script: str, document: Mapping[str, Any]) -> Health:
        """Return what a health check says of an object."""
        called = f"local health = (function()\n{script}\nend)()\n"
        told = "tell(health.status)\ntell(health.message)\n"
        given = f"local tell = print\nobj = {literal(document)}\n"
        file = self.folder / "health.lua"
        file.write_text(_AS_IN_ARGO_CD + given + called + told)
        environment = bare_environment(self.folder)
        ended = run((str(self.program), str(file)), environment, self.folder).succeeded()
        status, message = ended.output.splitlines()
        return Health(status, message)


def literal(value: Any) -> str:
    """Return a JSON value as Lua writes it."""
    match value:
        case None:
            return "nil"
        case bool() | int():
            return json.dumps(value)
        case str():
            # Python's quotes and Lua's agree on these characters; nothing else is needed here.
            assert _WORD.fullmatch(value), value
            return f'"{value}"'
        case Mapping():
            pairs = (f"[{literal(key)}] = {literal(each)}" for key, each in value.items())
            return f"{{{', '.join(pairs)}}}"
        case Sequence():
            return f"{{{', '.join(literal(each) for each in value)}}}"
    raise TypeError(f"{value!r} is no JSON value")
