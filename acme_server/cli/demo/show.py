"""Steps played to a terminal: a title, what happens, a tick and how long it took."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import click

from acme_server.cli.demo.programs import Tell
from acme_server.cli.demo.scene import StepFailed
from acme_server.cli.demo.stage import Stage

_INDENT: Final = "   "


@dataclass(frozen=True, slots=True)
class Step:
    """A step.

    Args:
        title: What is about to happen.
        act: Does it, shows lines as they come, and returns a sentence; raises `StepFailed`.
    """

    title: str
    act: Callable[[Stage, Tell], str]


def play(steps: Sequence[Step], stage: Stage) -> None:
    """Play steps one after the other.

    Raises:
        StepFailed: One did; that was shown.
    """
    for number, step in enumerate(steps, 1):
        click.secho(f"{number}. {step.title}", bold=True)
        began = time.perf_counter()
        try:
            sentence = step.act(stage, _line)
        except StepFailed as failed:
            _end(_mark("✗", "failed:"), "red", str(failed), began)
            raise
        _end(_mark("✓", "done:"), "green", sentence, began)


def _line(text: str) -> None:
    click.echo(f"{_INDENT}{text}")


def _end(mark: str, colour: str, sentence: str, began: float) -> None:
    first, *rest = sentence.splitlines()
    milliseconds = f"({(time.perf_counter() - began) * 1000:.0f} ms)"
    click.echo(f"{_INDENT}{click.style(mark, fg=colour, bold=True)} {first} {milliseconds}")
    for line in rest:
        _line(line)
    click.echo()


def _mark(mark: str, word: str) -> str:
    """Return a mark, or a word where the terminal's encoding has no such character."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        mark.encode(encoding)
    except UnicodeEncodeError:
        return word
    return mark
