"""docs/reference/settings.md: every setting of the servers and every option of the operator."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from acme_server.assembly.settings import PREFIX, Address
from acme_server.cluster.settings import ClusterSettings
from acme_server.standalone.settings import Settings
from certwright.resources.durations import format_duration
from certwright_operator.cli import application
from scripts.reference.markdown import code, prose, table

OPERATOR_PREFIX: Final = "CERTWRIGHT_OPERATOR_"
"""What the operator's variables begin with."""

_HEAD: Final = ("setting", "variable", "type", "default", "what it says")

_INTRODUCTION: Final = """\
# Settings and options

A server reads a YAML file (`--settings`), and from the environment what overrides it. Lists are
JSON there. Durations are Go strings such as `30s`. The chart writes the file:
[install.md](../install.md#settings-of-the-server).
"""

_TYPES: Final[dict[type, str]] = {
    Path: "file",
    Address: "ADDRESS:PORT",
    timedelta: "duration",
    bool: "boolean",
    int: "number",
    str: "text",
    tuple: "list",
}


Descriptions = dict[str, tuple[str, str]]
"""What the guides say of a setting: its default in words, and what it means."""


class Undescribed(Exception):
    """A setting that no page says anything of."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting.

    Args:
        path: Its place in the file: `validation.http01Port`.
        variable: The environment variable that stands for it.
        type: Of which type its value is, as a word.
        default: What it is if unset; empty for nothing.
        required: Whether it must be given.
    """

    path: str
    variable: str
    type: str
    default: str
    required: bool


def settings(model: type[BaseModel]) -> Iterator[Setting]:
    """Yield every setting of a server."""
    yield from _settings(model, None, (), ())


def _settings(
    model: type[BaseModel],
    instance: BaseModel | None,
    path: tuple[str, ...],
    names: tuple[str, ...],
) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        default = field.default if instance is None else getattr(instance, name)
        below = (*path, field.alias or name)
        variables = (*names, name.upper())
        section = _plain_type(field.annotation)
        if issubclass(section, BaseModel) and section not in _TYPES:
            given = default if isinstance(default, BaseModel) else None
            yield from _settings(section, given, below, variables)
            continue
        yield Setting(
            ".".join(below),
            PREFIX + "__".join(variables),
            _type_of(section),
            _written(default),
            _is_required(field, instance),
        )


def _is_required(field: FieldInfo, instance: BaseModel | None) -> bool:
    return instance is None and field.is_required()


def _plain_type(annotation: Any) -> type:
    """Return the type of a value, without None and what it is annotated with."""
    if get_origin(annotation) in {Union, UnionType}:
        annotation = next(each for each in get_args(annotation) if each is not type(None))
    origin = get_origin(annotation)
    if origin is Literal:
        return str
    if origin is Annotated:
        return _plain_type(get_args(annotation)[0])
    plain = origin or annotation
    if not isinstance(plain, type):
        raise TypeError(f"{plain} is no type that the reference knows")
    return plain


def _type_of(plain: type) -> str:
    if issubclass(plain, Enum):
        return ", ".join(code(str(each.value)) for each in plain)
    return _TYPES[plain]


def _written(default: object) -> str:
    """Return a default as it would be written."""
    if default is None or default is PydanticUndefined or default == ():
        return ""
    if isinstance(default, timedelta):
        return format_duration(default)
    return str(default.value if isinstance(default, Enum) else default)


def page(docs: Path) -> str:
    """Return the page; what each setting means is told by the guides in a folder."""
    alone, cluster = (_descriptions(docs / guide) for guide in ("standalone.md", "cluster.md"))
    return "\n".join(
        [
            _INTRODUCTION,
            "## `certwright serve-cluster`\n",
            table(_HEAD, (_row(each, alone | cluster) for each in settings(ClusterSettings))),
            "## `certwright serve`\n",
            table(_HEAD, (_row(each, alone) for each in settings(Settings))),
            *_commands(),
        ]
    )


def _descriptions(guide: Path) -> Descriptions:
    """Return the last two cells of the rows that describe settings: default and meaning."""
    said: dict[str, tuple[str, str]] = {}
    for line in guide.read_text().splitlines():
        if not line.startswith("| `") or f"`{PREFIX}" not in line:
            continue
        first, *_, default, meaning = line.strip("| ").split(" | ")
        said |= dict.fromkeys(re.findall(r"`([^`]+)`", first), (default, meaning))
    return said


def _row(setting: Setting, said: Descriptions) -> tuple[str, ...]:
    if setting.path not in said:
        raise Undescribed(f"{setting.path}: no table of standalone.md or cluster.md has it")
    in_words, meaning = said[setting.path]
    default = "required" if setting.required else code(setting.default) or in_words
    return code(setting.path), code(setting.variable), setting.type, default, meaning


def _commands() -> Iterator[str]:
    """Yield a section for each command of the operator."""
    for name, command in sorted(application.commands.items()):
        yield f"## `certwright-operator {name}`\n"
        rows = (_option(each) for each in command.params if isinstance(each, click.Option))
        yield table(("option", "variable", "type", "default", "what it says"), rows)


def _option(option: click.Option) -> tuple[str, ...]:
    name = option.opts[0]
    variable = OPERATOR_PREFIX + str(option.name).upper()
    default = "required" if option.required else code(_default(option))
    return code(name), code(variable), _option_type(option), default, prose(option.help or "")


def _option_type(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return ", ".join(code(str(each)) for each in option.type.choices)
    word = option.metavar or option.type.name
    repeatable = ", repeatable" if option.multiple else ""
    return f"{'boolean' if option.is_flag else word}{repeatable}"


def _default(option: click.Option) -> str:
    default = option.default
    if default is None or default == () or type(default).__name__ == "Sentinel":
        return ""
    return str(default)
