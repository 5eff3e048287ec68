"""What an exchange's answer to a change means: for the machine in one word, for people in two languages.

Each exchange has one table of its codes that gives these, see its `stopping.py`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from alertd.domain.action import Said


class Words(NamedTuple):
    """The same in both languages; "" where there is nothing to say."""

    en: str = ""
    zh: str = ""

    def text(self, language: Literal["en", "zh"]) -> str:
        """In that language."""
        return self.zh if language == "zh" else self.en


class Verdict(NamedTuple):
    """`means`: the code itself. `does`: what alertd does then. `cure`: what a person can do, and where."""

    said: Said
    means: Words
    does: Words
    cure: Words
