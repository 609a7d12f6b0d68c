"""Where settings are written, a file and the environment, and telling what is wrong there."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from certwright.resources.documents import read_documents
from certwright.resources.errors import FieldPath, show, write_path
from certwright.resources.raw import RawDocument

_FILES = (("tls", "certificate"), ("tls", "key"), ("audit", "file"), ("store", "file"))
_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "missing": "is required",
        "model_type": "must be an object with settings of its own",
        "tuple_type": "must be a list",
    }
)
"""Where pydantic's own words speak of Python."""


class SettingFault(ValueError):
    """What a section's own check finds wrong with one setting in it.

    Args:
        name: The setting, below the section, as it is written: `peers.advertise`.
        message: What is wrong, and what was found if anything was.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.path: FieldPath = tuple(name.split("."))


class Sources:
    """The values of all sources together, where each was written, and what is wrong with them."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.faults: list[str] = []
        self._variables: dict[FieldPath, str] = {}
        self._file: Path | None = None
        self._document = RawDocument()

    def take_file(self, file: Path, document: RawDocument) -> None:
        """Take the values of a file's one document."""
        self._file, self._document = file, document
        for problem in document.problems:
            where = f"{file}:{problem.line}" if problem.line else str(file)
            self.faults.append(f"{where}: {problem.message}")
        if document.value is not None and not isinstance(document.value, dict):
            self.faults.append(f"{file}: must hold settings, such as `listen: 127.0.0.1:8443`")
        elif document.value is not None:
            self.values = _without_nulls(document.value)

    def take_variable(self, name: str, path: FieldPath, value: object) -> None:
        """Take a variable's value over a file's; what is no section there stays, to be told."""
        node = self.values
        for part in path[:-1]:
            child = node.setdefault(str(part), {})
            if not isinstance(child, dict):
                return
            node = child
        node[str(path[-1])] = value
        self._variables[path] = name

    def explain(self, model: type[BaseModel], error: ErrorDetails) -> None:
        """Add a line for what a model found wrong: where, what was found and what is allowed."""
        path = tuple(error["loc"])
        found = error["input"]
        shown = "" if isinstance(found, BaseModel | dict) else f"; found {show(_plain(found))}"
        if error["type"] == "extra_forbidden":
            known = _fields_at(model, path[:-1])
            message, shown = f"is no setting; {_near(str(path[-1]), known)}", ""
        elif error["type"] == "value_error":
            fault = error["ctx"]["error"]
            path = (*path, *fault.path) if isinstance(fault, SettingFault) else path
            message = str(fault)
            shown = "" if repr(str(found)) in message else shown
        else:
            said = error["msg"].replace("Input should ", "must ")
            message = _MESSAGES.get(error["type"], said)
        self.faults.append(f"{self._place(path)}: {write_path(path) or 'all'}: {message}{shown}")

    def _place(self, path: FieldPath) -> str:
        for end in range(len(path), 0, -1):
            if name := self._variables.get(path[:end]):
                return name
        line = self._document.line_of(path)
        return f"{self._file}:{line}" if line else str(self._file or "settings")


def from_file(sources: Sources, file: Path) -> None:
    """Read a YAML file of settings."""
    try:
        content = file.read_bytes()
    except OSError as error:
        sources.faults.append(f"{file}: can't be read: {error.strerror}")
        return
    documents = read_documents(content, file.name)
    if len(documents) > 1:
        sources.faults.append(f"{file}: has {len(documents)} documents; settings are one")
        return
    for document in documents:
        sources.take_file(file, document)
    for section, name in _FILES:
        found = sources.values.get(section)
        if isinstance(found, dict) and isinstance(found.get(name), str):
            found[name] = str(file.parent / found[name])


def from_environment(
    sources: Sources, model: type[BaseModel], prefix: str, environment: Mapping[str, str]
) -> None:
    """Read variables; each must be that of a setting."""
    settings = dict(_variables(model))
    for name, value in sorted(environment.items()):
        if not name.startswith(prefix):
            continue
        setting = settings.get(name.removeprefix(prefix))
        if setting is None:
            near = _near(name.removeprefix(prefix), settings)
            sources.faults.append(f"{name}: is the variable of no setting; after {prefix}, {near}")
            continue
        path, is_list = setting
        try:
            sources.take_variable(name, path, json.loads(value) if is_list else value)
        except ValueError:
            sources.faults.append(
                f'{name}: must be a list as JSON, such as ["10.0.0.0/8"]; found {show(value)}'
            )


def _variables(model: type[BaseModel]) -> Iterator[tuple[str, tuple[FieldPath, bool]]]:
    """Yield each setting's variable without prefix, its path, and whether it is a list."""
    for name, field in model.model_fields.items():
        alias = field.alias or name
        annotation = field.annotation
        if (
            isinstance(annotation, type)
            and issubclass(annotation, BaseModel)
            and not field.metadata
        ):
            for inner, (path, is_list) in _variables(annotation):
                yield f"{name.upper()}__{inner}", ((alias, *path), is_list)
        else:
            yield name.upper(), ((alias,), get_origin(annotation) is tuple)


def _fields_at(model: type[BaseModel], path: FieldPath) -> tuple[str, ...]:
    """Return the settings that there are at a path."""
    for part in path:
        if not isinstance(part, int):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            annotation = fields[part].annotation
            # Of a list its elements count; where in it is the next part.
            found = next(iter(get_args(annotation)), annotation)
            if isinstance(found, type) and issubclass(found, BaseModel):
                model = found
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _near(name: str, known: Iterable[str]) -> str:
    plain = {word.lower(): word for word in known}
    if near := difflib.get_close_matches(name.lower(), plain, n=1):
        return f"did you mean {plain[near[0]]}?"
    return f"there are: {', '.join(sorted(known))}"


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | list) else str(value)


def _without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _without_nulls(member) if isinstance(member, dict) else member
        for key, member in value.items()
        if member is not None
    }
