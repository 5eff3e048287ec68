"""Printing and exit codes: 0 done, 1 failed, 2 usage or configuration error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from alertd.domain.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

FAILED = 1
UNUSABLE = 2


def out() -> Console:
    """Where answers go. Made anew for each use, because tests and pipes replace the stream."""
    return _console()


def err() -> Console:
    """Where problems go."""
    return _console(stderr=True)


def _console(*, stderr: bool = False) -> Console:
    # Late: `alertd run` has nothing to print on most starts, and this is a twentieth of what it imports.
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def counted(number: int, thing: str) -> str:
    """`1 sink`, `2 sinks`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


@contextmanager
def refusing_bad_configuration(*, as_json: bool = False) -> Iterator[None]:
    """Turns a ConfigError into its lines and exit code 2."""
    problems: list[str]
    try:
        yield
        return
    except ConfigError as refused:
        problems = refused.problems
    print_problems(problems, as_json=as_json)
    raise typer.Exit(UNUSABLE)


def print_problems(problems: list[str], *, as_json: bool, closing: str = "; nothing was started") -> None:
    """Every problem: as JSON on standard output, or one a line on standard error; `closing` ends it."""
    if as_json:
        print_json({"ok": False, "problems": problems})
        return
    console = err()
    for problem in problems:
        console.print(f"error: {problem}", style="red", markup=False)
    if closing:
        console.print(f"{counted(len(problems), 'problem')}{closing}", markup=False)


def print_warnings(warnings: tuple[str, ...]) -> None:
    """What does not end the start."""
    for warning in warnings:
        err().print(f"warning: {warning}", style="yellow", markup=False)
