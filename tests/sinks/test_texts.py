"""Both languages say everything, with the same blanks to fill in."""

import re
from string import Formatter

import pytest

from alertd.domain.coverage import Unseen
from alertd.domain.events import (
    RULE_KINDS,
    Check,
    CopyChange,
    CoverageCause,
    CoveragePhase,
    CoverageState,
    Direction,
    LeaderMove,
    LiquidationType,
    Occasion,
)
from alertd.domain.finding import Grade
from alertd.domain.notification import Reason
from alertd.sinks.texts import TEXTS

ENGLISH, CHINESE = TEXTS["en"], TEXTS["zh"]
# `parts` each text may be given besides those it asks for are ignored, so the check is on what it asks for.
_NAMES = re.compile(
    r"\{[^}]*\}|\balertd\b|\[[a-z.]*\]|\b(?:api_key|api_secret|passphrase|region|environment|instruments|sinks|accounts|rules|url|check"
    r"|demo|production|global|key|API|IP|EEA|US|TR|NTP|ADL|USD|USDT|SIGHUP"
    # what must be typed or looked for as it is written
    r"|OKX|Toobit|key_created|IP|www|my|app|okx\.com|eea|us|tr|role|auto|doctor|true|liquidationGear|allow_withdraw_key|store"
    r"|rest_url|private_ws_url|business_ws_url|healthz|watched|dead_man|ALERTD_DEAD_MAN__URL|canary|enabled|false|send|alerts|ack|drill|drill_due|away|end|silence|add|expire|actions|approve|deny|show|on|off|App|account|lead_traders|action_api_key|action_api_secret|action_passphrase)\b"
)


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys() -> None:
    assert ENGLISH.keys() == CHINESE.keys()


@pytest.mark.parametrize("key", sorted(ENGLISH))
def test_both_languages_fill_in_the_same(key: str) -> None:
    assert blanks(ENGLISH[key]) == blanks(CHINESE[key])


@pytest.mark.parametrize("key", sorted(CHINESE))
def test_no_english_in_chinese(key: str) -> None:
    assert re.findall(r"[A-Za-z]{2,}", _NAMES.sub("", CHINESE[key])) == []


@pytest.mark.parametrize("key", sorted(ENGLISH))
def test_no_promise_that_cannot_be_kept(key: str) -> None:
    assert not re.search(r"\bsafe|protect|None|安全|保护", ENGLISH[key] + CHINESE[key])


@pytest.mark.parametrize(
    ("stem", "words"),
    [
        ("kind", RULE_KINDS),
        ("marker", Reason),
        ("coverage_figure", CoverageCause),
        ("coverage_why", CoverageCause),
        ("coverage_subject", CoverageState),
        ("accounts", CoveragePhase),
        ("accounts_subject", CoveragePhase),
        ("relation_figure", CopyChange),
        ("relation", CopyChange),
        ("step_relation", CopyChange),
        ("leader_figure", LeaderMove),
        ("leader", LeaderMove),
        ("unseen", Unseen),
        ("direction", Direction),
        ("liquidation_figure", LiquidationType),
        ("liquidation_happened", LiquidationType),
        ("findings_subject", Occasion),
        ("findings", Occasion),
        ("grade", Grade),
        ("self_check", [check for check in Check if check is not Check.CANARY]),
        ("findings_figure", Grade),
    ],
)
def test_every_word_of_the_domain_has_a_text(stem: str, words: type[Reason]) -> None:
    assert [word for word in words if f"{stem}_{word}" not in ENGLISH] == []
