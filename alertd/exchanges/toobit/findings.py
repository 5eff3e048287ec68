"""What a Toobit account and its key say about how well alertd can watch it. Pure.

Source: Toobit API, "Basic information" (Errors); support FAQ: keys without IP whitelist die after 90 days.
"""

from __future__ import annotations

from datetime import date, timedelta

from alertd.domain.errors import Disposition
from alertd.domain.finding import Finding, Grade
from alertd.exchanges.toobit import codes

OFFSET_ALARM_S = 5.0
KEY_LIVES = timedelta(days=90)
TOLD_DAYS_BEFORE = (1, 3, 7, 14, 30)


def reached(account: str, account_type: str | None) -> Finding:
    """The key works."""
    facts = {"kind": account_type or "?"}
    return Finding(code="toobit_reached", severity=Grade.OK, account=account, facts=facts)


def of_refusal(account: str, code: str, detail: str) -> Finding:
    """A signed call was refused. `detail`: what the code means, and the exchange's own words."""
    facts = {"code": code, "detail": detail}
    wanted = codes.classify(code)
    if wanted is Disposition.CREDENTIALS:
        if code == codes.EXPIRED_KEY:
            return Finding(code="toobit_key_expired", severity=Grade.CRITICAL, account=account, facts=facts)
        return Finding(code="toobit_key_refused", severity=Grade.CRITICAL, account=account, facts=facts)
    if wanted is Disposition.CLOCK:
        return Finding(code="toobit_clock_refused", severity=Grade.CRITICAL, account=account, facts=facts)
    return Finding(code="toobit_request_refused", severity=Grade.WARNING, account=account, facts=facts)


def of_silence(account: str, detail: str) -> Finding:
    """The exchange could not be asked."""
    return Finding(
        code="toobit_unreachable", severity=Grade.WARNING, account=account, facts={"detail": detail}
    )


def of_offset(account: str, offset_s: float | None) -> Finding:
    """`offset_s`: the exchange's clock minus ours; None = it could not be measured."""
    if offset_s is None:
        return Finding(code="toobit_clock_unmeasured", severity=Grade.WARNING, account=account)
    facts = {"offset": f"{round(offset_s, 1) + 0.0:+.1f}"}  # never -0.0
    if abs(offset_s) > OFFSET_ALARM_S:
        return Finding(code="toobit_clock_off", severity=Grade.WARNING, account=account, facts=facts)
    return Finding(code="toobit_clock_fine", severity=Grade.OK, account=account, facts=facts)


def of_role(account: str, role: str, *, leads: bool) -> list[Finding]:
    """That the configuration wants a leader, and the exchange knows none."""
    if role != "lead" or leads:
        return []
    return [Finding(code="toobit_leads_not", severity=Grade.WARNING, account=account)]


def of_margin(account: str, code: str | None) -> Finding:
    """Whether the key may read a leader's own positions; `code`: of the refusal."""
    if code is None:
        return Finding(code="toobit_margin_seen", severity=Grade.OK, account=account)
    return Finding(code="toobit_margin_unseen", severity=Grade.INFO, account=account, facts={"code": code})


def of_age(account: str, created: date | None, today: date) -> list[Finding]:
    """That the key dies soon: another finding 30, 14, 7, 3 and 1 days before, so that each is told.

    `created` None: the key is bound to addresses, and lives on.
    """
    if created is None:
        return []
    dies = created + KEY_LIVES
    left = (dies - today).days
    facts = {"date": dies.isoformat(), "days": str(max(left, 0))}
    if left <= 0:
        return [Finding(code="toobit_key_old", severity=Grade.CRITICAL, account=account, facts=facts)]
    due = next((days for days in TOLD_DAYS_BEFORE if left <= days), None)
    if due is None:
        return []
    return [
        Finding(code="toobit_key_dies", severity=Grade.WARNING, account=account, part=f"{due}d", facts=facts)
    ]
