"""The last words of a demo, as Rich renders them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from alertd.cli.demo.scene import Carrier
from alertd.cli.demo.verdict import Finding, Told, Verdict
from alertd.cli.demo.words import WORDS, say
from alertd.domain.alert import Severity
from alertd.domain.events import LeadTradeFailed
from alertd.domain.notification import Notification
from alertd.simulators.script import Expected
from alertd.sinks.texts import Language

STYLES = {Severity.INFO: "cyan", Severity.WARNING: "yellow", Severity.CRITICAL: "bold red"}
_GOOD, _BAD = "bold green", "bold red"


def summary(
    verdict: Verdict, speed: float, language: Language, carrier: Carrier = Carrier.STREAM
) -> Iterator[RenderableType]:
    """Table, remarks, and in the last line the verdict."""
    if verdict.findings:
        yield Text(f"\n{say(language, 'summary')}", style="bold")
        yield _table(verdict.findings, language, carrier)
        if not all(one.is_met for one in verdict.findings if not one.expected.is_certain):
            yield Text(say(language, "optional"), style="dim")
    yield from _listed(
        "unexpected", [_line(one.notification, one.title, language) for one in verdict.unexpected], language
    )
    yield from _listed("nameless", [Text(f"  {title}") for title in verdict.nameless], language)
    yield from _listed("unsent", [_line(one, "", language) for one in verdict.unsent], language)
    if verdict.went_on:
        yield Text(say(language, "went_on", count=len(verdict.went_on)))
    yield from _timing(verdict, speed, language, carrier)
    yield _conclusion(verdict, language)


def name_of(expected: Expected, language: Language) -> str:
    """An expectation for people: what, and of what."""
    key = f"name_{expected.rule or expected.kind}"
    name = WORDS[language].get(key, expected.rule or expected.kind)
    subject = expected.subject
    if expected.kind == LeadTradeFailed.kind and subject:
        subject = say(language, "info_type", number=subject)
    return f"{name}, {subject}" if subject else name


def severity_text(severity: str, language: Language) -> Text:
    """The severity in its colour."""
    known = Severity(severity)
    return Text(say(language, f"severity_{known}"), style=STYLES[known])


def _table(findings: Sequence[Finding], language: Language, carrier: Carrier) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True, padding=(0, 2), header_style="underline")
    for key in ("expected", "severity", "delivered"):
        table.add_column(say(language, key))
    for key in ("after_step", f"{carrier}_late"):
        table.add_column(say(language, key), justify="right", no_wrap=True)
    for finding in findings:
        expected = finding.expected
        table.add_row(
            name_of(expected, language),
            severity_text(expected.severity, language),
            _delivered(finding, language),
            "" if finding.after_step_s is None else f"{finding.after_step_s:.2f} s",
            "" if finding.told is None else f"{_ms(finding.told)} ms",
        )
    return table


def _delivered(finding: Finding, language: Language) -> Text:
    if finding.is_met:
        return Text(say(language, "yes"), style=_GOOD)
    if not finding.expected.is_certain:
        return Text(say(language, "not_this_time"), style="dim")
    return Text(say(language, "no"), style=_BAD)


def _timing(verdict: Verdict, speed: float, language: Language, carrier: Carrier) -> Iterator[Text]:
    late = [_ms(one.told) for one in verdict.findings if one.told is not None]
    if late:
        yield Text(say(language, f"{carrier}_slowest", median=f"{median(late):.0f}", longest=max(late)))
    if verdict.head_start_s is None:
        return
    seconds = abs(verdict.head_start_s)
    if verdict.head_start_s < 0:
        yield Text(say(language, "no_head_start", seconds=f"{seconds:.1f}"), style=_BAD)
    else:
        market = f"{seconds * speed:.0f}"
        yield Text(say(language, "head_start", seconds=f"{seconds:.1f}", market=market), style="bold")


def _conclusion(verdict: Verdict, language: Language) -> Text:
    count = len(verdict.certain)
    missing = sum(not one.is_met for one in verdict.certain)
    if missing:
        return Text(say(language, "some_missing", missing=missing, count=count), style=_BAD)
    if verdict.findings:
        return Text(say(language, "all_delivered", count=count), style=_GOOD)
    if verdict.is_good:
        return Text(say(language, "nothing_told"), style=_GOOD)
    return Text(say(language, "something_told"), style=_BAD)


def _listed(key: str, lines: Sequence[Text], language: Language) -> Iterator[Text]:
    if lines:
        yield Text(say(language, key))
        yield from lines


def _line(notification: Notification, title: str, language: Language) -> Text:
    alert = notification.alert
    shown = title or f"{alert.fingerprint.rule} {alert.fingerprint.subject}"
    return Text.assemble("  ", severity_text(alert.severity, language), "  ", shown)


def _ms(told: Told) -> int:
    return round(told.late_s * 1000)
