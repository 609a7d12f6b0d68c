"""Options that several commands share, and what stands under their help."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

import click

from certwright.resources.metadata import is_namespace_name

DATA: Final = Path("certwright-data")
"""The data folder where none is named: in the current folder."""


class Output(StrEnum):
    """How a command writes what it found."""

    TEXT = "text"
    JSON = "json"


data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=DATA,
    show_default="certwright-data in the current folder",
    metavar="DATA",
    help="The server's data folder.",
)

output_option = click.option(
    "-o",
    "--output",
    type=click.Choice([each.value for each in Output]),
    default=Output.TEXT.value,
    show_default=True,
    help="For people, or for programs.",
)


class ObjectName(click.ParamType[tuple[str, str]]):
    """An argument `NAMESPACE/NAME`."""

    name = "NAMESPACE/NAME"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Return namespace and name."""
        namespace, _, name = value.partition("/")
        if not namespace or not name or "/" in name:
            self.fail(f"{value!r} is not NAMESPACE/NAME, such as pki/web", param, ctx)
        return namespace, name


class Namespace(click.ParamType[str]):
    """An argument that is a namespace's name."""

    name = "NAMESPACE"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name."""
        if not is_namespace_name(value):
            self.fail(
                f"{value!r} is no namespace: 1 to 63 lower-case letters, digits and hyphens, none "
                "of them a hyphen at either end",
                param,
                ctx,
            )
        return value


def notes(*examples: str, exits: Mapping[int, str]) -> str:
    """Return what stands under a command's help: examples, and what each exit status means."""
    lines = ["\b", "Examples:", *(f"  {example}" for example in examples), "", "\b", "Exit status:"]
    return "\n".join([*lines, *(f"  {code}  {meaning}" for code, meaning in exits.items())])
