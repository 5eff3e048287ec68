"""What an OKX account, its key and its addresses say about how well alertd can watch it. Pure.

Source: OKX API guide, "Get account configuration", "API key Creation", "Error Code > REST API > Public",
"Copy Trading" (read July 2026).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from alertd.domain.address import first_address
from alertd.domain.errors import Disposition
from alertd.domain.finding import Finding, Grade
from alertd.exchanges.okx import codes, hosts

OFFSET_ALARM_S = 5.0
# A key that may trade or withdraw and is bound to no address dies after 14 days without a signed call.
CALL_EVERY = timedelta(hours=20)

_NEVER_WARNS = "0"
_READ, _TRADE, _WITHDRAW = "read_only", "trade", "withdraw"
_COPYING_ROLES = ("copier", "lead")
_COPYING_MODES = ("spot", "futures")

_REFUSED: Mapping[str, str] = {
    "50119": "key_unknown",
    "60032": "key_unknown",
    "60005": "key_unknown",
    "50111": "key_unknown",
    "50101": "environment_mixed",
    "50110": "address_refused",
    "50035": "address_needed",
    "50105": "passphrase_wrong",
    "60024": "passphrase_wrong",
    "50113": "secret_wrong",
    "60007": "secret_wrong",
    "50100": "key_frozen",
    "50114": "key_frozen",
    "50030": "permission_missing",
    "50120": "permission_missing",
    "50051": "region_refused",
    "50052": "region_refused",
    "50067": "region_refused",
    "50121": "region_refused",
}


class KeyFacts(Protocol):
    """What `account/config` tells (see `AccountConfig` in rest.py)."""

    @property
    def role(self) -> str: ...
    @property
    def account_mode(self) -> str: ...
    @property
    def permissions(self) -> frozenset[str]: ...
    @property
    def liquidation_gear(self) -> str: ...
    @property
    def ip(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the configuration says about the account. `has_actions`: some action may use the key to trade."""

    account: str
    role: str = "auto"
    region: hosts.Region = "global"
    environment: hosts.Environment = "production"
    allow_withdraw_key: bool = False
    has_actions: bool = False


def of_account(seen: KeyFacts, wanted: Wanted) -> list[Finding]:
    """What the account's own configuration gives away; one `account_reached` if nothing is wrong."""
    found = [*_warnings(seen), *_role(seen, wanted), *_scopes(seen, wanted), *_addresses(seen, wanted)]
    scopes = ", ".join(sorted(seen.permissions)) or "?"
    reached = ("account_reached", Grade.OK, {"role": seen.role, "mode": seen.account_mode, "scopes": scopes})
    return [_finding(wanted, *one) for one in (reached, *found)]


def of_refusal(code: str, detail: str, wanted: Wanted) -> Finding:
    """What a refused call or login most likely means. `detail`: the exchange's own words."""
    disposition = codes.classify(code)
    facts = {
        "code": code,
        "detail": detail,
        "region": wanted.region,
        "environment": wanted.environment,
        "other_environment": "demo" if wanted.environment == "production" else "production",
    }
    if name := _REFUSED.get(code):
        if name == "address_refused":
            address = first_address(detail)
            facts |= {"address": address} if address else {}
            name = name if address else "address_refused_unnamed"
        return _finding(wanted, name, Grade.CRITICAL, facts)
    if disposition is Disposition.CREDENTIALS:
        return _finding(wanted, "key_refused", Grade.CRITICAL, facts)
    if disposition is Disposition.CLOCK:
        return _finding(wanted, "clock_refused", Grade.CRITICAL, facts)
    return _finding(wanted, "request_refused", Grade.WARNING, facts)


def of_silence(detail: str, wanted: Wanted) -> Finding:
    """The exchange could not be asked."""
    return _finding(wanted, "exchange_unreachable", Grade.WARNING, {"detail": detail})


def of_offset(offset_s: float | None, wanted: Wanted) -> Finding:
    """`offset_s`: the exchange's clock minus ours; None = it could not be measured."""
    if offset_s is None:
        return _finding(wanted, "clock_unmeasured", Grade.WARNING)
    facts = {"offset": f"{round(offset_s, 1) + 0.0:+.1f}"}  # never -0.0
    if abs(offset_s) > OFFSET_ALARM_S:
        return _finding(wanted, "clock_off", Grade.WARNING, facts)
    return _finding(wanted, "clock_fine", Grade.OK, facts)


def of_addresses(endpoints: hosts.Endpoints, wanted: Wanted) -> list[Finding]:
    """Addresses that are OKX's own, but another region's or environment's than the configured one."""
    own = {urlsplit(url).hostname for url in hosts.endpoints(wanted.region, wanted.environment)}
    strange = {urlsplit(url).hostname or "" for url in endpoints} - own
    mixed = sorted(host for host in strange if host == "okx.com" or host.endswith(".okx.com"))
    if not mixed or (wanted.region == "global" and mixed == ["www.okx.com"]):  # its older REST host
        return []
    facts = {"hosts": ", ".join(mixed), "region": wanted.region, "environment": wanted.environment}
    return [_finding(wanted, "addresses_mixed", Grade.WARNING, facts)]


def same_account(wanted: Wanted, first: str) -> Finding:
    """Another configured account has this uid already."""
    return _finding(wanted, "same_account", Grade.BLOCKING, {"other": first})


def is_call_due(last_signed_at: datetime | None, now: datetime) -> bool:
    """Whether a signed call must be made so that the key does not expire. None: none was made yet.

    Pushes on a live connection do not count.
    """
    return last_signed_at is None or now - last_signed_at >= CALL_EVERY


_Found = tuple[str, Grade, dict[str, str]]


def _warnings(seen: KeyFacts) -> Iterator[_Found]:
    if seen.liquidation_gear == _NEVER_WARNS:
        yield "warnings_off", Grade.WARNING, {}


def _role(seen: KeyFacts, wanted: Wanted) -> Iterator[_Found]:
    if wanted.role not in ("auto", seen.role):
        yield "role_differs", Grade.WARNING, {"configured": wanted.role, "role": seen.role}
    copying = {seen.role, wanted.role} & set(_COPYING_ROLES)
    if copying and seen.account_mode not in _COPYING_MODES:
        yield "mode_forbids_copying", Grade.WARNING, {"mode": seen.account_mode}
    elif copying and seen.account_mode != "futures":
        yield "mode_spot_only", Grade.INFO, {"mode": seen.account_mode}


def _scopes(seen: KeyFacts, wanted: Wanted) -> Iterator[_Found]:
    scopes = seen.permissions
    if not scopes:
        yield "scopes_untold", Grade.WARNING, {}
        return
    if _READ not in scopes:
        yield "key_cannot_read", Grade.CRITICAL, {"scopes": ", ".join(sorted(scopes))}
    if _WITHDRAW in scopes:
        allowed = wanted.allow_withdraw_key
        code = "key_may_withdraw_allowed" if allowed else "key_may_withdraw"
        yield code, Grade.WARNING if allowed else Grade.BLOCKING, {}
    if _TRADE in scopes and not wanted.has_actions:
        yield "key_may_trade", Grade.WARNING, {}


def _addresses(seen: KeyFacts, wanted: Wanted) -> Iterator[_Found]:
    if seen.ip:
        return
    may_act = bool(seen.permissions & {_TRADE, _WITHDRAW})
    if may_act and wanted.environment != "demo":  # demo keys do not expire
        yield "key_unbound_expires", Grade.WARNING, {}
    else:
        yield "key_unbound", Grade.INFO, {}


def _finding(wanted: Wanted, code: str, grade: Grade, facts: Mapping[str, str] | None = None) -> Finding:
    return Finding(code=code, severity=grade, account=wanted.account, facts=dict(facts or {}))
