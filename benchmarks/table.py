"""What was measured -> Markdown for people. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.figures import Absent, Measured, Samples
from benchmarks.goals import EVERYONE, FLOOR, ROWS, Goal, Row

Result = Measured | Absent

_LONGEST_REASON = 200

_HEAD = """# Performance

Written by `make bench`; do not edit. Every row was measured in one run on one machine, in turns (A B A B),
the server in another process than what is measured. A figure is the median of its rounds, with the least and
the greatest. "×" is the multiple of the row's reference, taken round by round. Rows whose parts do not exist
yet stay empty; nothing is estimated. Compare ratios, not absolute figures, between machines.

本页由 `make bench` 生成，请勿手工修改。每一行都在同一台机器、同一次运行中交替测量（A B A B），
服务端与被测程序分属不同进程。数值为各轮的中位数（最小值–最大值）；“×” 表示相对该行参照物的倍数，
逐轮计算。尚未实现的部分留空，不作估算。不同机器之间只比较倍数，不比较绝对值。
"""


def number(value: float) -> str:
    """Three figures that count, whole numbers from a hundred on."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size == 0:
        return "0"
    return f"{value:.2f}"


def spread(samples: Samples) -> str:
    """Median (least–greatest)."""
    if len(samples.values) == 1:
        return number(samples.middle)
    return f"{number(samples.middle)} ({number(samples.low)}–{number(samples.high)})"


def judged(goal: Goal, results: Iterable[Result]) -> Samples | None:
    """What is held against the goal; None where it was not measured."""
    measured = {one.subject: one.samples for one in _figure(results, goal.figure)}
    found = measured.get(goal.subject)
    if found is None or goal.kind == "absolute":
        return found
    floor = measured.get(FLOOR)
    return None if floor is None else found.times(floor)


def reached(value: float, bound: float | None, *, at_least: bool = False) -> str:
    """Whether the median keeps within the bound; "" where there is none."""
    if bound is None:
        return ""
    return "yes" if (value >= bound if at_least else value <= bound) else "no"


def markdown(results: Sequence[Result], about: Mapping[str, str]) -> str:
    """The whole page. `about`: machine and versions, in order."""
    parts = [_HEAD, "## Against the goals", "", *_goals(results), "", "## Measured beside what", ""]
    for row in ROWS:
        parts += _detail(row, [one for one in results if one.row == row.key])
    parts += ["## Machine and versions", "", "| | |", "| --- | --- |"]
    parts += [f"| {name} | {text} |" for name, text in about.items()]
    return "\n".join(parts) + "\n"


def _goals(results: Sequence[Result]) -> list[str]:
    lines = [
        "| what | figure | goal | moonshot | measured | goal reached | moonshot reached |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in ROWS:
        mine = [one for one in results if one.row == row.key]
        if row.elsewhere:
            lines.append(f"| {row.title} | | | | {row.elsewhere} | | |")
        for at, goal in enumerate(row.goals):
            lines.append(_goal_line(row.title if at == 0 else "", goal, mine))
    return lines


def _goal_line(title: str, goal: Goal, results: Sequence[Result]) -> str:
    found = judged(goal, results)
    wanted = f"| {title} | {goal.figure} | {goal.words} | {goal.moonshot_words} |"
    if found is None:
        return f"{wanted} *{_why_not(goal, results)}* | | |"
    if goal.kind == "times_floor":
        told = f"{spread(found)} × floor"
    else:
        unit = next(one.unit for one in _figure(results, goal.figure) if one.subject == goal.subject)
        told = f"{spread(found)} {unit}".rstrip()
    goal_reached = reached(found.middle, goal.bound, at_least=goal.at_least)
    moonshot = reached(found.middle, goal.moonshot, at_least=goal.at_least)
    return f"{wanted} **{told}** | {goal_reached} | {moonshot} |"


def _why_not(goal: Goal, results: Iterable[Result]) -> str:
    """In one cell of the table."""
    for one in results:
        if isinstance(one, Absent) and one.subject in (goal.subject, EVERYONE):
            return f"not measured: {_cell(one.reason)}"
    return "not measured"


def _cell(text: str) -> str:
    """The first line of a text from outside, so that it breaks no table."""
    text = text.partition("\n")[0]
    clipped = text if len(text) <= _LONGEST_REASON else text[:_LONGEST_REASON] + "..."
    return " ".join(clipped.split()).replace("|", "\\|")


def _detail(row: Row, results: Sequence[Result]) -> list[str]:
    if not results:
        return []
    lines = [
        f"### {row.title}",
        "",
        f"| subject | figure | median (least–greatest) | × {row.reference or ''} | |",
        "| --- | --- | --- | --- | --- |",
    ]
    if row.reference is None:
        lines[2] = "| subject | figure | median (least–greatest) | | |"
    for one in results:
        if isinstance(one, Absent):
            lines.append(f"| {one.subject} | | *not measured: {_cell(one.reason)}* | | |")
            continue
        times = _times(one, row.reference, results)
        lines.append(
            f"| {one.subject} | {one.figure} | {spread(one.samples)} {one.unit} | {times} | {one.note} |"
        )
    return [*lines, ""]


def _times(one: Measured, reference: str | None, results: Sequence[Result]) -> str:
    if reference is None or one.subject == reference:
        return ""
    for other in _figure(results, one.figure):
        if other.subject == reference and other.unit == one.unit and other.samples.middle:
            return spread(one.samples.times(other.samples))
    return ""


def _figure(results: Iterable[Result], figure: str) -> list[Measured]:
    return [one for one in results if isinstance(one, Measured) and one.figure == figure]
