"""The rows of the design's section 7: what is asked of which figure. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ALERTD = "alertd"
FLOOR = "floor: aiohttp + msgspec"
SCRIPT = "bare Apprise script"
CHAIN = "floor: aiohttp + sqlite3"
CHAIN_UNSTORED = "the same, nothing stored"
ALERTMANAGER = "Prometheus Alertmanager"
IN_ALL = "1,000 streams in all"
EVERYONE = "all"  # of whom a reason is told when a whole row failed


@dataclass(frozen=True)
class Goal:
    """A figure of one subject, and its bound: the most it may be, or the least where `at_least`.

    `times_floor`: as a multiple of the floor's figure. `words`: as the design puts it.
    """

    figure: str
    words: str
    bound: float
    moonshot_words: str = ""
    moonshot: float | None = None
    subject: str = ALERTD
    kind: Literal["absolute", "times_floor"] = "absolute"
    at_least: bool = False


@dataclass(frozen=True)
class Row:
    """One question. `reference`: the subject that the others are told as multiples of.

    `elsewhere`: what measures it, and the page where that stands; "" for what `make bench` measures.
    """

    key: str
    title: str
    goals: tuple[Goal, ...] = ()
    reference: str | None = FLOOR
    elsewhere: str = ""


QUIET_GOAL = Goal("CPU", "4 × floor", 4.0, "2.4 × floor", 2.4, kind="times_floor")

ROWS: tuple[Row, ...] = (
    Row("quiet", "Quiet push in a flood, documented size (1.4 kB), ws://", (QUIET_GOAL,)),
    Row("quiet_short", "Quiet push in a flood, only the fields used (0.5 kB), ws://", (QUIET_GOAL,)),
    Row("quiet_tls", "Quiet push in a flood, documented size, wss://", (QUIET_GOAL,)),
    Row("paced_tls", "Quiet push at 500 a second, wss://", (Goal("CPU", "60 µs", 60.0, "50 µs", 50.0),)),
    Row(
        "one_by_one",
        "Push -> HTTP request at a loopback webhook through Apprise, one at a time",
        (
            Goal("p50", "2.0 ms", 2.0, "1.6 ms", 1.6),
            Goal("p99", "4 ms", 4.0, "3.3 ms", 3.3),
        ),
        reference=SCRIPT,
    ),
    Row(
        "one_by_one_native",
        "The same through the native sender",
        (
            Goal("p50", "1.4 ms", 1.4, "1.2 ms", 1.2),
            Goal("p99", "2.7 ms", 2.7),
        ),
        reference=CHAIN,
    ),
    Row(
        "burst",
        "Burst of 200 to one webhook through Apprise",
        (Goal("p99", "200 ms", 200.0, "170 ms", 170.0),),
        reference=SCRIPT,
    ),
    Row(
        "burst_slow",
        "Burst of 200 through Apprise, the receiver answers after 50 ms",
        (Goal("p99", "400 ms", 400.0, "300 ms", 300.0),),
        reference=SCRIPT,
    ),
    Row(
        "burst_native",
        "Burst of 200 to one webhook, native",
        (Goal("p99", "37 ms", 37.0, "30 ms", 30.0),),
        reference=CHAIN,
    ),
    Row(
        "burst_slow_native",
        "Burst of 200, native, the receiver answers after 50 ms",
        (Goal("p99", "60 ms", 60.0, "40 ms", 40.0),),
        reference=CHAIN,
    ),
    Row(
        "three_thousand",
        "3,000 at once (through Apprise: for orientation, the goal is the native sender's)",
        (),
        reference=SCRIPT,
    ),
    Row(
        "three_thousand_native",
        "3,000 at once, native",
        (Goal("throughput", "7,000 alerts/s", 7000.0, "12,000 alerts/s", 12_000.0, at_least=True),),
        reference=CHAIN,
    ),
    Row(
        "ten_thousand",
        "10,000 alerts at once, one paced sink beside a fast one, both native",
        (
            Goal("lost", "none", 0.0),
            Goal("others among the first criticals", "none", 0.0),
            Goal("fast sink's p99 moved by", "20 %", 20.0),
            Goal("longest loop stall", "20 ms", 20.0),
            Goal("memory growth", "150 MB", 150.0, "60 MB", 60.0),
        ),
        reference=None,
    ),
    Row(
        "ten_thousand_in_10_s",
        "10,000 alerts in 10 seconds, one paced sink beside a fast one, both native",
        (
            Goal("lost", "none", 0.0),
            Goal("others among the first criticals", "none", 0.0),
            # Not of all rounds together: one late write of the disk, alone or beside, makes that what it is.
            Goal("fast sink's critical p99 of a second moved by", "20 %", 20.0),
            Goal("longest loop stall", "20 ms", 20.0),
            Goal("memory growth", "150 MB", 150.0, "60 MB", 60.0),
        ),
        reference=None,
    ),
    Row(
        "hung",
        "One hung sink beside another, both native",
        (Goal("other's p99 moved by", "20 %", 20.0),),
        reference=None,
    ),
    Row(
        "streams",
        "TLS streams, memory each",
        (
            Goal("memory", "100 KB", 100.0, "60 KB", 60.0),
            Goal(IN_ALL, "200 MB", 200.0),
        ),
        reference=None,
    ),
    Row(
        "reconnect",
        "Reconnect of all accounts, against 3 connects a second",
        (Goal("above the limit by", "10 %", 10.0, "2 %", 2.0),),
        reference=None,
    ),
    Row(
        "start",
        "Start to first subscription acknowledged",
        (Goal("time", "600 ms", 600.0, "250 ms", 250.0),),
        reference=FLOOR,
    ),
    Row(
        "idle_memory",
        "Idle memory, one account, Apprise plugins loaded",
        (Goal("memory", "110 MB", 110.0, "80 MB", 80.0),),
        reference=FLOOR,
    ),
    Row(
        "a_day",
        "24 simulated hours: no growth after the first",
        (),
        elsewhere="`make soak` measures it: [soak.md](soak.md)",
    ),
)


def row(key: str) -> Row:
    """The row of that key. Raises: KeyError."""
    for one in ROWS:
        if one.key == key:
            return one
    raise KeyError(key)
