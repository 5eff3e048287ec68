"""`make soak`: a simulated day, a page and a verdict; `python -m benchmarks.soak --help`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from alertd.telemetry import set_up_logging
from benchmarks import machine
from benchmarks.soak import bounds, page
from benchmarks.soak.day import Record, live
from benchmarks.soak.growth import judged
from benchmarks.soak.schedule import HOURS
from benchmarks.soak.tracing import Tracing
from benchmarks.subject import ROOT
from benchmarks.table import number
from tests.acceptance.leaping import LeapingLoop

PAGE = ROOT / "docs" / "soak.md"
FAILED = 1
ON_ITS_WAY_S = 0.002
_SHOWN = ("memory", "blocks", "tasks", "threads", "files", "open alerts", "rows of deliveries", "store")


def main() -> int:
    """0 nothing grew and nothing was lost, 1 something did, 2 wrong usage."""
    asked = _asked()
    set_up_logging("console", "error")
    # The connections that are cut on purpose would be told otherwise.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    about = {**machine.described(), "clock": "leaps; asyncio's own event loop"}
    tracing = Tracing(asked.hours) if asked.why else None

    def hour_over(hour: int, record: Record) -> None:
        _print_hour(hour, record)
        if tracing is not None:
            tracing.look(hour)

    with (
        tempfile.TemporaryDirectory(prefix="alertd-soak-") as folder,
        asyncio.Runner(loop_factory=lambda: LeapingLoop(ON_ITS_WAY_S)) as runner,
    ):
        record = runner.run(live(Path(folder), asked.hours, hour_over))
    about["took"] = f"{record.took_s:.0f} s"
    verdicts = [judged(bound, record.samples) for bound in bounds.of(record.samples)]
    told = page.Told(record.met, record.lost, record.told, record.stories, record.counted)
    text = page.markdown(record.samples, verdicts, told, about)
    print(f"\n{text}")
    if tracing is not None:
        print(tracing.told())
    if asked.hours == HOURS and not asked.why:
        PAGE.write_text(text)
        print(f"written to {PAGE}")
    else:
        print(f"{PAGE.name} is left as it was: this was not a whole day")
    print(page.summary(verdicts, told))
    return 0 if not record.lost and all(one.is_kept for one in verdicts) else FAILED


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser("benchmarks.soak", description="The daemon through simulated hours.")
    parser.add_argument(
        "--hours", type=_hours, default=HOURS, help="simulated ones, two at least (default %(default)s)"
    )
    parser.add_argument(
        "--why", action="store_true", help="tell which lines hold more memory at the end (twice as slow)"
    )
    return parser.parse_args()


def _hours(text: str) -> int:
    if (number := int(text)) < 2:
        raise ValueError(text)
    return number


def _print_hour(hour: int, record: Record) -> None:
    sample = record.samples[-1]
    figures = ", ".join(f"{name} {number(sample[name])}" for name in _SHOWN)
    print(f"hour {hour + 1} ({record.took_s:.0f} s): {figures}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
