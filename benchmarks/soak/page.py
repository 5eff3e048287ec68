"""What a day showed -> Markdown for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.soak.growth import Sample, Verdict
from benchmarks.table import number

_HEAD = """# A day in minutes

Written by `make soak`; do not edit. The whole daemon lives through simulated hours: two accounts on the OKX
simulator and one on Toobit's over real sockets, its store on disk, one chat through the native sender and
one through Apprise. Its clock leaps over what nobody waits for. The simulators and the chats live in the same
process and are in its figures. Each hour brings its dangers, faults of the connection, a reload and people
who react; now and then a sink is down for most of one. What is over is kept for one hour here, so that what
the store keeps on purpose is not taken for growth. "By the trend" is the middle of the slopes between all
pairs of hours (Theil-Sen), from the first to the last: a step or an odd hour does not move it, what grows
every hour does.

本页由 `make soak` 生成，请勿手工修改。整个守护进程在模拟时间中运行：两个 OKX 模拟账户、一个 Toobit 模拟账户
（真实套接字），数据库在磁盘上，一个通知渠道为原生发送，另一个经 Apprise 发送；时钟跳过无事等待的时间。
模拟器和接收端与守护进程同处一个进程，其占用也计入下列数值。每小时都有险情、连接故障、重新加载配置和人的应答；
间或有一个通知渠道中断近一小时。此处已结束的记录只保留一小时，以免把有意保留的数据当作增长。
“趋势”为各小时两两之间斜率的中位数（Theil-Sen），从第一小时到最后一小时：
一次跳变或个别异常小时不影响它，逐小时的增长会显现。
"""


@dataclass(frozen=True)
class Told:
    """What people heard, and what happened. `lost`: a line each."""

    met: int
    lost: Sequence[str] = ()
    by_sink: Mapping[str, int] = field(default_factory=dict)
    stories: Mapping[str, int] = field(default_factory=dict)
    counted: Mapping[str, float] = field(default_factory=dict)


def summary(verdicts: Sequence[Verdict], told: Told) -> str:
    """In one sentence."""
    grew = [one.bound.figure for one in verdicts if not one.is_kept]
    growth = f"{', '.join(grew)} grew" if grew else "nothing grew"
    loss = f"{len(told.lost)} of what was to be told or kept was lost" if told.lost else "nothing was lost"
    return f"{growth}, {loss}"


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """Each figure against its bound."""
    lines = [
        "| figure | after the first hour | after the last | grown by the trend | allowed | kept | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in verdicts:
        unit = f" {one.bound.unit}".rstrip()
        figures = (one.first, one.last, one.grown, one.allowed)
        cells = " | ".join(f"{number(figure)}{unit}" for figure in figures)
        kept = "yes" if one.is_kept else "**no**"
        lines.append(f"| {one.bound.figure} | {cells} | {kept} | {one.bound.about} |")
    return lines


def markdown(
    samples: Sequence[Sample], verdicts: Sequence[Verdict], told: Told, about: Mapping[str, str]
) -> str:
    """The whole page. `about`: machine and versions, in order."""
    parts = [_HEAD, f"**{len(samples)} hours: {summary(verdicts, told)}.**", "", "## Growth", ""]
    parts += [*table(verdicts), "", "## What was told", "", *_told(told), "", "## Hour by hour", ""]
    parts += [*_hours(samples), "", "## Machine and versions", "", "| | |", "| --- | --- |"]
    parts += [f"| {name} | {text} |" for name, text in about.items()]
    return "\n".join(parts) + "\n"


def _told(told: Told) -> list[str]:
    sinks = ", ".join(f"{count} at {name}" for name, count in told.by_sink.items())
    stories = ", ".join(f"{name} {count}" for name, count in told.stories.items())
    counted = ", ".join(f"{name} {count:,.0f}" for name, count in told.counted.items())
    return [
        f"{told.met} expected messages arrived in time, {len(told.lost)} did not. Messages in all: {sinks}.",
        *(f"- {line}" for line in told.lost),
        "",
        f"What happened, and how often: {stories}.",
        "",
        f"What the daemon counted: {counted}.",
    ]


def _hours(samples: Sequence[Sample]) -> list[str]:
    if not samples:
        return []
    names = list(samples[0])
    lines = ["| hour | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for hour, sample in enumerate(samples, 1):
        cells = " | ".join(number(sample.get(name, 0.0)) for name in names)
        lines.append(f"| {hour} | {cells} |")
    return lines
