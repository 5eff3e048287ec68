"""What a file of route tests may say, and how it is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alertd.cli.route.trial import Expected, Made, read_trials
from alertd.domain.alert import Severity
from alertd.domain.errors import ConfigError
from alertd.domain.events import EventKind
from alertd.domain.notification import Reason


def read(folder: Path, text: str) -> list[tuple[str, Made, datetime | None, Expected]]:
    file = folder / "routes.test.toml"
    file.write_text(text, encoding="utf-8")
    return [
        (placed.place, placed.trial.event, placed.trial.at, placed.trial.expect)
        for placed in read_trials(file)
    ]


def test_a_test_of_every_key(tmp_path: Path) -> None:
    ((place, event, at, expected),) = read(
        tmp_path,
        """
# a comment
[[tests]]
name = "all"
at = 2026-11-21T03:00:00+01:00
[tests.event]
severity = "warning"
kind = "delivery"
account = "main"
instrument = "BTC-USDT-SWAP"
labels = { owner = "anna" }
reason = "reminder"
sink = "phone"
minutes_to_liquidation = 8.5
[tests.expect]
sinks = ["phone", "mail"]
at_once = ["mail"]
fallback = []
held_until = { phone = "07:00" }
escalate = [{ after_s = 60, sinks = ["call"] }]
remind_s = [60, 120.5]
""",
    )
    assert place == f"{tmp_path}/routes.test.toml:3"
    assert (event.severity, event.kind, event.reason) == (
        Severity.WARNING,
        EventKind.DELIVERY,
        Reason.REMINDER,
    )
    assert at is not None
    assert at.utcoffset() == timedelta(hours=1)
    assert expected.sinks == {"phone", "mail"}
    assert expected.fallback == frozenset()
    assert expected.escalate is not None
    assert expected.escalate[0].sinks == {"call"}
    assert expected.remind_s == (60.0, 120.5)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026-11-21T03:00:00", datetime(2026, 11, 21, 3)),  # noqa: DTZ001 - as the daemon's clock shows it
        ('"2026-11-21 03:00"', datetime(2026, 11, 21, 3)),  # noqa: DTZ001
        ('"2026-11-21T03:00Z"', datetime(2026, 11, 21, 3, tzinfo=UTC)),
    ],
)
def test_times_are_tomls_own_or_texts(written: str, read_as: datetime, tmp_path: Path) -> None:
    ((_, _, at, _),) = read(tmp_path, f'[[tests]]\nname = "x"\nexpect = {{}}\nat = {written}\n')
    assert at == read_as


SOUND = '[[tests]]\nname = "one"\nexpect = {}\n'
REFUSED = [
    ("", ": holds no tests; write [[tests]] with name, event and expect"),
    ("tests = []\n", ": holds no tests; write [[tests]] with name, event and expect"),
    ("x = 1\n" + SOUND, ":1: x: unknown key; known: tests"),
    (SOUND + "evnt = {}\n", ':4: tests[0].evnt: unknown key; did you mean "event"?'),
    ('[[tests]]\nname = "one"\n', ":1: tests[0].expect: missing"),
    (
        SOUND + 'event = { severty = "info" }\n',
        ':4: tests[0].event.severty: unknown key; did you mean "severity"?',
    ),
    (
        '[[tests]]\nname = "one"\nexpect = { sink = ["phone"] }\n',
        ':3: tests[0].expect.sink: unknown key; did you mean "sinks"?',
    ),
    (
        '[[tests]]\nname = "one"\nexpect = { escalate = [{ after = 1, after_s = 1, sinks = [] }] }\n',
        ':3: tests[0].expect.escalate[0].after: unknown key; did you mean "after_s"?',
    ),
    (
        SOUND + SOUND + 'event = { kind = "delivry" }\n',
        ":7: tests[1].event.kind: unknown kind 'delivry'; did you mean \"delivery\"?",
    ),
    (SOUND + 'at = "noon"\n', ":4: tests[0].at: is no time; write 2026-11-21T03:00, with +01:00 or"),
    (
        '[[tests]]\nname = "one"\nexpect = { remind_s = "5m" }\n',
        ":3: tests[0].expect.remind_s: must be a list; write remind_s = [300]",
    ),
    (
        '[[tests]]\nname = "one"\nexpect = { sinks = "phone" }\n',
        ':3: tests[0].expect.sinks: must be a list; write sinks = ["phone"]',
    ),
    (
        '[[tests]]\nname = "one"\nexpect = { escalate = [{ after_s = 60 }] }\n',
        ':3: tests[0].expect.escalate[0].sinks: missing; write sinks = ["phone"]',
    ),
    ("tests = [\n", ": cannot be read: "),
]


@pytest.mark.parametrize(("text", "problem"), REFUSED, ids=[problem for _, problem in REFUSED])
def test_what_is_refused_names_its_line_and_the_cure(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    (line,) = caught.value.problems
    assert line.removeprefix(f"{tmp_path}/routes.test.toml").startswith(problem)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_trials(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_trials(tmp_path / "bytes.toml")
