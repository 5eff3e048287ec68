"""A finding in words: what was found, and what to do about it. Pure."""

from __future__ import annotations

from typing import NamedTuple

from alertd.domain.finding import Finding
from alertd.sinks.figures import clean
from alertd.sinks.texts import TEXTS, Language

_LONGEST_FACT = 300
# Facts whose values are words of ours, not names or figures.
_WORDS = ("role", "configured", "mode")
_SPOKEN_AS = {"configured": "role"}


class Words(NamedTuple):
    """`cure` is empty where nothing has to be done."""

    grade: str
    what: str
    cure: str


class _Facts(dict[str, str]):
    """A stored finding may be another version's, which knew other facts."""

    def __missing__(self, name: str) -> str:
        return "?"


def words_of(finding: Finding, language: Language) -> Words:
    """What a person is told. A code without a text is shown as it is: better than nothing."""
    texts = TEXTS[language]
    facts = _Facts((name, _spoken(name, value, language)) for name, value in finding.facts.items())
    what, cure = texts.get(f"finding_{finding.code}"), texts.get(f"cure_{finding.code}")
    return Words(
        texts[f"grade_{finding.severity}"],
        what.format_map(facts) if what else clean(finding.code, _LONGEST_FACT),
        cure.format_map(facts) if cure else "",
    )


def _spoken(name: str, value: str, language: Language) -> str:
    known = TEXTS[language].get(f"{_SPOKEN_AS.get(name, name)}_{value}") if name in _WORDS else None
    return known or clean(value, _LONGEST_FACT)
