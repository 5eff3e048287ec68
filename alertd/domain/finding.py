"""What was found about keys, clocks and configuration, before money depends on it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Grade(StrEnum):
    """How bad a finding is. Compare by `rank`."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
    BLOCKING = "blocking"  # alertd does not start this account

    @property
    def rank(self) -> int:
        """0 for ok to 4 for blocking."""
        return _RANKS[self]

    @property
    def is_failing(self) -> bool:
        """Whether it must be mended before alertd can be relied on."""
        return self.rank >= _RANKS[Grade.CRITICAL]


_RANKS = {grade: rank for rank, grade in enumerate(Grade)}


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that was looked at. `code` is a short stable word: texts and cures are kept by it.

    `account` is empty where it concerns them all; `part` names what of it: a stream, a sink. `facts` fill
    the blanks of its text; they hold no secret.
    """

    code: str
    severity: Grade
    account: str = ""
    part: str = ""
    facts: dict[str, str] = {}

    @property
    def name(self) -> str:
        """What makes two findings the same one."""
        return ":".join([self.account, self.code, *([self.part] if self.part else [])])


def worst(findings: Iterable[Finding]) -> Grade:
    """The highest grade; OK where there is none."""
    return max((finding.severity for finding in findings), key=lambda grade: grade.rank, default=Grade.OK)


def by_urgency(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first, then in the order they came."""
    return sorted(findings, key=lambda finding: -finding.severity.rank)
