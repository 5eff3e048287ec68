"""`make bench`: every row in one run, then the table. `python -m benchmarks --help` tells the choices."""

from __future__ import annotations

import argparse
import asyncio
import compileall
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine, plan, table
from benchmarks.bench import Bench, opened
from benchmarks.figures import Absent, Measured
from benchmarks.goals import EVERYONE
from benchmarks.subject import ROOT

PAGE = ROOT / "docs" / "performance.md"
ROUNDS = 5
FAILED, WRONG_USAGE = 1, 2

Result = Measured | Absent


def main() -> int:
    """0 measured, 1 a row failed, 2 wrong usage."""
    asked = _asked()
    try:
        steps = plan.chosen(asked.rows)
    except plan.UnknownRow as unknown:
        print(unknown, file=sys.stderr)
        return WRONG_USAGE
    # What the exchange says of connections that subjects and rows cut is part of what is measured.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    # As an installation has it: nobody's daemon compiles its own sources at each start.
    compileall.compile_dir(ROOT / "alertd", quiet=1)
    compileall.compile_dir(ROOT / "benchmarks", quiet=1)
    about = machine.described()
    print("".join(f"{name}: {text}\n" for name, text in about.items()), flush=True)
    results, failed = asyncio.run(_run(steps, 1 if asked.quick else asked.rounds))
    page = table.markdown(results, about)
    print(f"\n{page}")
    if asked.quick or asked.rows:
        print(f"{PAGE.name} is left as it was: this was not a whole run")
    else:
        PAGE.write_text(page)
        print(f"written to {PAGE}")
    for line in failed:
        print(f"failed: {line}", file=sys.stderr)
    return FAILED if failed else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser("benchmarks", description="Measures alertd beside its floor and peers.")
    keys = ", ".join(key for step in plan.STEPS for key in step.rows)
    parser.add_argument("--rows", type=_keys, default=[], metavar="KEY,KEY", help=f"only these: {keys}")
    parser.add_argument(
        "--rounds", type=_positive, default=ROUNDS, help="turns of each (default %(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help="one turn of each, to see that all of it works")
    return parser.parse_args()


def _keys(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError(text)
    return number


async def _run(steps: Sequence[plan.Step], rounds: int) -> tuple[list[Result], list[str]]:
    """What was measured, and a line for each step that was not."""
    results: list[Result] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="alertd-bench-") as folder:
        async with opened(Path(folder), rounds) as bench:
            for number, step in enumerate(steps, 1):
                print(f"[{number}/{len(steps)}] {step.title}", end=" ... ", flush=True)
                began_s = time.monotonic()
                found, reason = await _measured(bench, step)
                results += found
                if reason:
                    failed.append(f"{step.title}: {reason}")
                print(
                    f"{reason.partition(chr(10))[0] or 'done'} ({time.monotonic() - began_s:.0f} s)",
                    flush=True,
                )
    return results, failed


async def _measured(bench: Bench, step: plan.Step) -> tuple[Sequence[Result], str]:
    """The step's rows, or why they stay empty: one that fails must not cost the others their figures."""
    try:
        return await step.measure(bench), ""
    except Exception as failure:  # noqa: BLE001 - told in the table, on the terminal and by the exit code
        reason = f"{type(failure).__name__}: {failure}".strip().rstrip(":")
    return [Absent(key, EVERYONE, reason) for key in step.rows], reason


if __name__ == "__main__":
    sys.exit(main())
