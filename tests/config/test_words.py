"""Covers alertd/config/words.py: what is accepted, and an example that is."""

from __future__ import annotations

import pytest

from alertd.config.words import EXAMPLES
from tests.config.folder import SMALLEST, Folder

ROUTE = '[[routes]]\nsinks = ["phone"]\n'

REFUSALS = {
    "a span for a list": (ROUTE + 'remind_s = "5m"', "must be a list; write remind_s = [300]"),
    "no list at all": (ROUTE + "remind_s = true", "must be a list; write remind_s = [300, 900]"),
    "an entry of a list": (
        ROUTE + 'remind_s = [60, "x"]',
        "must be a number of seconds; write remind_s = [300, 900]",
    ),
    "a span for a number": (
        '[rules.buffer_used]\nfor_s = "2 hours"',
        "must be a number of seconds of at least 0; write for_s = 7200",
    ),
    "no sink": ("[[routes]]\nsinks = []", 'must hold at least one entry; write sinks = ["phone"]'),
    "a number out of its bounds": (
        ROUTE + "batch_s = -1",
        "must be a number of seconds from 0 to 86400 (24 h); write batch_s = 5",
    ),
    "a text for a table": (ROUTE + "match = 3", 'must be a table; write match = { account = "main" }'),
    "a table for a list of them": (
        ROUTE + 'escalate = { after_s = 60, sinks = ["phone"] }',
        'must be a list; write escalate = [{ after_s = 60, sinks = ["call"] }]',
    ),
    "a heading": ('[routes]\nsinks = ["phone"]', "must be a list; write [[routes]]"),
    "a flag": ("[canary]\nenabled = 7", "must be true or false; write enabled = true"),
    "a text": ("[summary]\nat = 8", 'must be a text in quotes; write at = "08:00"'),
    "a count in words": (
        '[rules.x]\ntype = "count"\nevent = "liquidation"\nseverity = "info"\nwithin_s = 60\ncount = "many"',
        '"many" is not a number; write a whole number from 2 to 1000, such as 3',
    ),
    "a span to look back": (
        '[rules.x]\ntype = "count"\nevent = "liquidation"\nseverity = "info"\ncount = 3\nwithin_s = "1h"',
        '"1h" is not a number; write it in seconds: 3600 for an hour',
    ),
    "a growing reminder": (
        ROUTE + 'remind_s = { first_s = "1m" }',
        "first_s: must be a number; write remind_s = { first_s = 60, factor = 2, longest_s = 3600 }",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_says_what_is_accepted_with_an_example(case: str, folder: Folder) -> None:
    text, words = REFUSALS[case]
    folder.write(SMALLEST + text)
    (line,) = folder.problems()
    assert line.endswith(f": {words}"), line


TABLES = {
    "routes": ("[[routes]]\n", "sinks fallback remind_s batch_s quiet_hours escalate match"),
    "rule": (
        '[rules.x]\ntype = "ladder"\nevent = "margin_state"\n',
        "field levels for_s hold_better_s resolve_after_s match",
    ),
    "count": ('[rules.x]\ntype = "count"\nevent = "liquidation"\nseverity = "info"\n', "count within_s"),
    "absence": ('[rules.x]\ntype = "absence"\nevent = "liquidation"\nseverity = "info"\n', "absent_for_s"),
    "drawdown": (
        '[rules.x]\ntype = "drawdown"\nevent = "margin_state"\nseverity = "info"\n',
        "field fall window_s",
    ),
    "inhibit": ("[[inhibit]]\n", "source target equal"),
    "people": ("[people.anna]\n", "can"),
    "sink": ("[sinks.other]\n", "pace_per_minute"),
    "account": ('[accounts.other]\nexchange = "okx"\n', "labels"),
    "step": ('[[routes]]\nsinks = ["phone"]\n[[routes.escalate]]\n', "sinks after_s"),
    "quiet hours": ('[[routes]]\nsinks = ["phone"]\n[routes.quiet_hours]\n', "from to"),
    "reminders": ('[[routes]]\nsinks = ["phone"]\n[routes.remind_s]\n', "first_s"),
}


@pytest.mark.parametrize("table", TABLES)
def test_every_example_is_accepted(table: str, folder: Folder) -> None:
    heading, keys = TABLES[table]
    text = heading + "".join(f"{key} = {EXAMPLES[key]}\n" for key in keys.split())
    folder.write(SMALLEST + text + "[sinks.mail]\n[sinks.call]\n")
    names = ("MAIL", "CALL", "OTHER") if table == "sink" else ("MAIL", "CALL")
    env = {f"ALERTD_SINKS__{name}__URL": f"json://127.0.0.1:9/{name}-hook" for name in names}
    if table == "account":
        env |= {
            f"ALERTD_ACCOUNTS__OTHER__{key}": f"x-{key}" for key in ("API_KEY", "API_SECRET", "PASSPHRASE")
        }
    folder.load(env=env)


def test_no_example_is_left_untried() -> None:
    assert set(EXAMPLES) == {key for _, keys in TABLES.values() for key in keys.split()}
