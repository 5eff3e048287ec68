"""Findings as a table for people, or as JSON for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from alertd.domain.finding import Finding, Grade, worst
from alertd.sinks.finding_words import words_of
from alertd.sinks.texts import Language
from alertd.telemetry import redact

_STYLES = {
    Grade.OK: "green",
    Grade.INFO: "cyan",
    Grade.WARNING: "yellow",
    Grade.CRITICAL: "red",
    Grade.BLOCKING: "bold red",
}


def as_json(found: Sequence[Finding], language: Language) -> dict[str, Any]:
    """`ok`: nothing worse than a warning. `account` and `part` are empty where all are concerned."""
    return {
        "ok": not worst(found).is_failing,
        "worst": str(worst(found)),
        "findings": [_row(finding, language) for finding in found],
    }


def _row(finding: Finding, language: Language) -> dict[str, Any]:
    words = words_of(finding, language)
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "account": finding.account,
        "part": finding.part,
        "what": redact(words.what),
        "cure": redact(words.cure),
        "facts": {name: redact(value) for name, value in finding.facts.items()},
    }


def print_table(console: Console, found: Sequence[Finding], language: Language) -> None:
    """One row for each finding, its cure below it, and how many there are of each grade."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in found:
        grade, what, cure = words_of(finding, language)
        told = Text(redact(what))
        if cure:
            told.append(f"\n-> {redact(cure)}", style="dim")
        where = " ".join(part for part in (finding.account, finding.part) if part) or "alertd"
        table.add_row(Text(grade, style=_STYLES[finding.severity]), Text(where), told)
    console.print(table)
    console.print(Text(_counts(found, language)))


def _counts(found: Sequence[Finding], language: Language) -> str:
    counted = Counter(finding.severity for finding in found)
    names = {finding.severity: words_of(finding, language).grade for finding in found}
    return ", ".join(f"{counted[grade]} {names[grade]}" for grade in Grade if counted[grade])
