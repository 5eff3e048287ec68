"""What was observed: one frozen type per kind of event.

They are msgspec Structs, not dataclasses: every push makes one, and these are made six times as fast.

Money, prices and ratios are `Decimal`; `None` means "not applicable" or "not given", never zero.
Times are aware UTC. `observed_at` is the exchange's own time and may be absent; `received_at` is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import ClassVar, get_args, get_type_hints

import msgspec

from alertd.domain.finding import Finding
from alertd.domain.presence import Comeback, OpenAlert, OpenPosition, SinkQueue


class EventKind(StrEnum):
    """The kinds of event a rule can listen to."""

    LIQUIDATION_WARNING = "liquidation_warning"
    MARGIN_STATE = "margin_state"
    LIQUIDATION = "liquidation"
    LEAD_TRADE_FAILED = "lead_trade_failed"
    COPY_RELATION = "copy_relation"
    POSITION_SNAPSHOT = "position_snapshot"
    COVERAGE = "coverage"
    COVERAGE_REPORT = "coverage_report"
    DELIVERY = "delivery"
    CONFIGURATION = "configuration"
    FINDINGS = "findings"
    STOPPING = "stopping"
    SUMMARY = "summary"
    MAINTENANCE = "maintenance"
    SELF_CHECK = "self_check"
    DRILL = "drill"
    DRILL_DUE = "drill_due"
    AWAY = "away"
    SILENCE = "silence"
    TICK = "tick"


class Source(StrEnum):
    """How an event came to us."""

    PUSH = "push"
    POLL = "poll"
    RECONCILE = "reconcile"
    REPLAY = "replay"


class Direction(StrEnum):
    """Which way a position gains."""

    LONG = "long"
    SHORT = "short"


class MarginMode(StrEnum):
    """Whether a position stands alone or on the margin of its whole currency."""

    ISOLATED = "isolated"
    CROSS = "cross"


class CoverageState(StrEnum):
    """What we can say about our own watching."""

    WATCHED = "watched"
    DEGRADED = "degraded"
    BLIND = "blind"


class LiquidationType(StrEnum):
    """What the exchange did to a position."""

    LIQUIDATION = "liquidation"
    ADL = "adl"
    CLAW_BACK = "claw_back"


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind"):
    """One observation. `event_id` names the observation, not the danger it tells of.

    As JSON it is tagged with its kind, and what is at its default is left out.
    """

    kind: ClassVar[EventKind]
    # True where an event tells a state that lasts until a later event says otherwise;
    # False where it tells an occurrence, which ends by time.
    tells_state: ClassVar[bool] = False

    event_id: str
    exchange: str
    account: str
    received_at: datetime
    source: Source = Source.PUSH
    uid: str | None = None
    observed_at: datetime | None = None
    instrument: str | None = None
    direction: Direction | None = None
    margin_mode: MarginMode | None = None
    margin_currency: str | None = None
    raw: bytes = b""

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name != "raw")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        """Equal in everything but `raw`: the same observation may have come in two frames."""
        if type(other) is not type(self):
            return NotImplemented
        names = (name for name in self.__struct_fields__ if name != "raw")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def __hash__(self) -> int:
        return hash((type(self), self.event_id, self.account))

    @property
    def subject(self) -> str:
        """What the event is about, as the last part of a fingerprint.

        Isolated margin: instrument, direction and mode; cross margin: the currency, because all cross
        positions of one currency stand and fall together.
        """
        if self.margin_mode is MarginMode.CROSS:
            return f"cross/{self.margin_currency or '*'}"
        return f"{self.instrument or '*'}/{self.direction or '*'}/{self.margin_mode or '*'}"


class MarginState(Event, frozen=True, kw_only=True, gc=False, tag="margin_state"):
    """How far from liquidation an isolated position, or a currency's cross positions, stand now.

    For cross margin one event stands for all rows of the currency: the ratio is common, and the other
    figures are those of the position nearest to its liquidation price, which `instrument` names.
    `stale`: the figures that are older than the rest, seen last at `stale_since`. No rule judges by them.
    `open` False: the position (or the last one of the currency) is gone. `after_gap`: it ended while nobody
    watched, so that how it ended is yet to be learned from the exchange's records.
    """

    kind: ClassVar[EventKind] = EventKind.MARGIN_STATE
    tells_state: ClassVar[bool] = True

    open: bool = True
    after_gap: bool = False
    margin_ratio: Decimal | None = None  # 1 = 100 %, higher is safer, liquidation at or below 1
    opening_margin_ratio: Decimal | None = None  # when it was opened; None = not known
    mark_price: Decimal | None = None
    liquidation_price: Decimal | None = None
    entry_price: Decimal | None = None
    leverage: Decimal | None = None
    position_size: Decimal | None = None  # absolute, in the exchange's unit (contracts for derivatives)
    notional_usd: Decimal | None = None
    unrealised_pnl: Decimal | None = None  # in margin_currency
    maintenance_margin: Decimal | None = None  # in margin_currency
    distance_to_liquidation: Decimal | None = None  # fraction of the mark price; 0.05 = 5 %
    buffer_used: Decimal | None = None  # 0 = as when opened or last changed, 1 = liquidation
    minutes_to_liquidation: Decimal | None = None  # at the pace of the last minutes; None = not approaching
    position_id: str | None = None
    position_count: int = 1
    adl_priority: int | None = None  # 0 to 5, 5 = first in line
    opened_at: datetime | None = None
    stale: tuple[str, ...] = ()
    stale_since: datetime | None = None


class LiquidationWarning(Event, frozen=True, kw_only=True, gc=False, tag="liquidation_warning"):
    """The exchange's own, throttled notice; the position may already be liquidated when it arrives.

    `readable` False: the notice came but could not be decoded; it is told all the same.
    """

    kind: ClassVar[EventKind] = EventKind.LIQUIDATION_WARNING

    readable: bool = True
    margin_ratio: Decimal | None = None
    mark_price: Decimal | None = None
    leverage: Decimal | None = None
    position_size: Decimal | None = None
    position_id: str | None = None
    instruments: tuple[str, ...] = ()  # cross: all instruments named by one push
    opened_at: datetime | None = None


class Liquidation(Event, frozen=True, kw_only=True, gc=False, tag="liquidation"):
    """The exchange liquidated, auto-deleveraged or clawed back: it has happened.

    `was_a_part`: something was left of the position, also where how much is not told. `balance_change`: what
    a claw-back took, below zero, in margin_currency.
    """

    kind: ClassVar[EventKind] = EventKind.LIQUIDATION

    liquidation_type: LiquidationType = LiquidationType.LIQUIDATION
    remaining_size: Decimal | None = None  # what is left of the position; 0 = gone; None = not told
    was_a_part: bool = False
    entry_price: Decimal | None = None
    position_id: str | None = None
    opened_at: datetime | None = None
    balance_change: Decimal | None = None


class LeadTradeFailed(Event, frozen=True, kw_only=True, gc=False, tag="lead_trade_failed"):
    """A lead trade was not led. The exchange gives neither time nor id, so `observed_at` is absent.

    `info_type`: "1" position limit, "2" daily number of lead trades, "3" equity below the minimum;
    other values are kept as they came.
    """

    kind: ClassVar[EventKind] = EventKind.LEAD_TRADE_FAILED

    info_type: str = ""
    trader: str | None = None  # the lead trader's unique code (here: the account's own)
    sub_position_id: str | None = None
    side: str | None = None
    max_lead_trades: Decimal | None = None  # a day, with info_type 2
    min_lead_equity: Decimal | None = None  # USDT, with info_type 3

    @property
    def subject(self) -> str:
        """The trader: one episode per lead trader and rule."""
        return f"trader/{self.trader or '*'}"


class CopyParty(StrEnum):
    """Who is at the other end of a copy relation."""

    LEAD_TRADER = "lead_trader"  # somebody this account copies
    FOLLOWERS = "followers"  # those who copy this account; the exchange tells only how many


class CopyChange(StrEnum):
    """What became of a copy relation."""

    APPEARED = "appeared"
    CHANGED = "changed"
    LEFT = "left"


class CopyRelation(Event, frozen=True, kw_only=True, gc=False, tag="copy_relation"):
    """Whom the account copies, or how many copy it, is not what it was.

    `changed`: which of the figures differ (`copy_amount`, `profit_sharing_ratio`, `lead_mode`, `began_at`,
    `followers`), each then with what it was before, where people are shown that. `revision` counts the
    changes of an account, so that the same change again is another fact.
    """

    kind: ClassVar[EventKind] = EventKind.COPY_RELATION

    party: CopyParty = CopyParty.LEAD_TRADER
    change: CopyChange = CopyChange.CHANGED
    changed: tuple[str, ...] = ()
    trader: str | None = None  # the lead trader's unique code (of followers: the account's own)
    trader_name: str | None = None
    copy_amount: Decimal | None = None  # the most that may be used for it, in margin_currency
    copy_amount_before: Decimal | None = None
    profit_sharing_ratio: Decimal | None = None  # 0.1 = 10 % of the profit goes to the lead trader
    profit_sharing_ratio_before: Decimal | None = None
    lead_mode: str | None = None  # public, private
    began_at: datetime | None = None
    followers: int | None = None
    followers_before: int | None = None
    revision: int = 0

    @property
    def subject(self) -> str:
        """The lead trader; there is one count of followers."""
        return "followers" if self.party is CopyParty.FOLLOWERS else f"trader/{self.trader or '*'}"


class PositionSnapshot(Event, frozen=True, kw_only=True, gc=False, tag="position_snapshot"):
    """A complete list of what is open, so that what is absent can be told as ended.

    `subjects` are `MarginState.subject` texts. No rule listens to it. `after_gap`: the first one since nobody
    watched. With `source` reconcile the exchange's records of how positions ended were read before it.
    """

    kind: ClassVar[EventKind] = EventKind.POSITION_SNAPSHOT

    subjects: frozenset[str] = frozenset()
    after_gap: bool = False


class CoverageCause(StrEnum):
    """Why an account, or a stream of it, is not watched. From the one a person must act on downwards."""

    CREDENTIALS = "credentials"  # parked: an operator must act
    CONNECTION = "connection"  # being re-established
    STALE = "stale"  # connected, but the carrier channels went silent
    WAITING = "waiting"  # connected and acknowledged, but a carrier channel has not pushed yet
    STARTING = "starting"  # not connected for the first time yet
    PAUSED = "paused"  # this process stood still: the machine slept, or had no time for it
    STOPPED = "stopped"  # alertd was not running
    CHANNEL_REFUSED = "channel_refused"  # one wanted channel is down, the others are up
    CHANNEL_LIMIT = "channel_limit"  # acknowledged, yet dead: too many connections use the channel
    CLOCK = "clock"  # refused by the exchange, off too far, or not measured
    UNREADABLE = "unreadable"  # a push on a wanted channel could not be decoded
    QUEUE_FULL = "queue_full"
    UNRECONCILED = "unreconciled"  # not compared with the exchange's records since the last gap, or lately
    SINK_DEAD = "sink_dead"  # no sink of the account's critical route takes messages
    SINK_UNPROVEN = "sink_unproven"  # none of them has delivered anything lately
    CANARY = "canary"  # what alertd sends through itself did not arrive


# What is wrong with these keeps no event from us, unless a stream is at fault: the exchange refused our time.
_HARMLESS = frozenset(
    {
        CoverageCause.CLOCK,
        CoverageCause.UNRECONCILED,
        CoverageCause.SINK_DEAD,
        CoverageCause.SINK_UNPROVEN,
        CoverageCause.CANARY,
    }
)


class CoveragePhase(StrEnum):
    """How a trouble of several accounts stands."""

    UNREACHABLE = "unreachable"  # no connection can be made at all
    CONNECTING = "connecting"  # they come back one by one, as fast as the exchange allows
    LOST = "lost"  # connections can be made, yet nobody has come back lately


class Coverage(Event, frozen=True, kw_only=True, gc=False, tag="coverage"):
    """What we know about our own watching of an account, of one stream of it, or of several accounts.

    `cause` is a short stable word (see `CoverageCause`), the worst of `causes`; `detail` the text for
    people, `code` the exchange's own code where there is one, `stream` the stream at fault.
    `urgency`: 0 = not to be told (yet), 1 info, 2 warning, 3 critical, by state, exposure and time.
    Once watched again: `lasted_s` says how long it was not, `missed` what a comparison with the
    exchange's records found in it, None where none was made.

    One cause over several accounts is told once: `account` is empty then, `accounts` names who is concerned
    now (at the end: who was), `joined` who of them came later, `back` who is watched again, `of_accounts`
    counts all there are. Of lost connections `phase` is one of `CoveragePhase`, and `seconds_left` an
    estimate, None where there is none. `wave` rises when some have joined that were not told of yet.

    `planned`: the exchange announced maintenance for this time, `planned_until` its end where one is given.
    """

    kind: ClassVar[EventKind] = EventKind.COVERAGE
    tells_state: ClassVar[bool] = True

    stream: str = ""
    state: CoverageState = CoverageState.WATCHED
    cause: str = ""
    detail: str = ""
    code: str = ""
    since: datetime | None = None
    causes: tuple[str, ...] = ()
    urgency: int = 0
    positions: int | None = None  # open ones when last seen; None = not known
    alarmed: bool = False  # an alert of the account was firing
    accounts: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    of_accounts: int = 0
    phase: str = ""
    seconds_left: int | None = None
    wave: int = 0
    blame: str = ""  # ours, theirs, undecided: whose network failed
    lasted_s: int | None = None
    missed: int | None = None
    planned: bool = False
    planned_until: datetime | None = None

    @property
    def subject(self) -> str:
        """The account as a whole, or the cause that concerns several."""
        return "account" if self.account else f"accounts/{self.exchange}/{self.cause}"

    @property
    def sees_all(self) -> bool:
        """Whether every event of the account comes to us, be it told or not."""
        if self.state is not CoverageState.DEGRADED:
            return self.state is CoverageState.WATCHED
        return not self.stream and bool(self.causes) and _HARMLESS.issuperset(self.causes)


class CoverageLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One account in a report. `unseen`: what alertd cannot see there, each as `WHAT:WHERE`."""

    account: str
    watched_percent: Decimal
    gaps: int
    longest_s: int
    unreconciled: int
    missed: int
    unseen: tuple[str, ...] = ()


class CoverageReport(Event, frozen=True, kw_only=True, gc=False, tag="coverage_report"):
    """How much of the time from `since` to `until` each account was watched. `account` is empty."""

    kind: ClassVar[EventKind] = EventKind.COVERAGE_REPORT

    since: datetime | None = None
    until: datetime | None = None
    watched_percent: Decimal | None = None  # of the account that was watched least
    lines: tuple[CoverageLine, ...] = ()

    @property
    def subject(self) -> str:
        """There is one report."""
        return "coverage"


class DeliveryHealth(Event, frozen=True, kw_only=True, gc=False, tag="delivery"):
    """Whether a sink still takes what we send. `account` is empty: it concerns them all."""

    kind: ClassVar[EventKind] = EventKind.DELIVERY
    tells_state: ClassVar[bool] = True

    sink: str = ""
    healthy: bool = True
    detail: str = ""

    @property
    def subject(self) -> str:
        """The sink."""
        return f"sink/{self.sink}"


class ConfigurationState(Event, frozen=True, kw_only=True, gc=False, tag="configuration"):
    """Whether the configuration as it was last read is the one in force. `account` is empty.

    `problems`: why it was refused, one line each, no secrets.
    """

    kind: ClassVar[EventKind] = EventKind.CONFIGURATION
    tells_state: ClassVar[bool] = True

    accepted: bool = True
    problems: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """There is one configuration."""
        return "configuration"


class Occasion(StrEnum):
    """When findings are told."""

    START = "start"  # alertd has started, whatever was found
    CHANGE = "change"  # something was found that was not there before
    DOCTOR = "doctor"  # a person asked
    TEST = "test"  # a person tries a sink: nothing was looked for


class Findings(Event, frozen=True, kw_only=True, gc=False, tag="findings"):
    """What was found about keys, clocks and configuration. `account` is empty.

    `worst`: the highest grade of `findings`, the worst of which stand first. `codes` are theirs, for rules.
    `accounts`: all that are configured. `comeback`: at a start, how the process before ended; `worst` is at
    least what that is worth.
    """

    kind: ClassVar[EventKind] = EventKind.FINDINGS

    occasion: Occasion = Occasion.START
    worst: str = "ok"
    codes: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    comeback: Comeback | None = None

    @property
    def subject(self) -> str:
        """There is one set of them."""
        return "findings"


class Stopping(Event, frozen=True, kw_only=True, gc=False, tag="stopping"):
    """Somebody asked alertd to stop: from now on nobody watches. `account` is empty.

    `accounts`: all that were watched. `positions`: how many are open in them, None where one of them is not
    known; `alerts`: how many tell of a danger. `exposed`: something is open, or may be.
    """

    kind: ClassVar[EventKind] = EventKind.STOPPING

    accounts: tuple[str, ...] = ()
    positions: int | None = None
    alerts: int = 0
    exposed: bool = True

    @property
    def subject(self) -> str:
        """There is one process."""
        return "stopping"


class Summary(Event, frozen=True, kw_only=True, gc=False, tag="summary"):
    """How everything stands, once a day. `account` is empty.

    `due_at`: when it was to be told; `late_s`: how much later that was. `nearest`: open positions, the one
    nearest to liquidation first, not all of `positions` (None: of some account it is not known).
    `alerts`: the worst of `alert_count`. `blind`: accounts not seen now. `lines`: coverage from `since` to
    `until`. `findings`: what must be mended, and what a person must not forget.
    """

    kind: ClassVar[EventKind] = EventKind.SUMMARY

    due_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    late_s: int = 0
    accounts: tuple[str, ...] = ()
    positions: int | None = None
    nearest: tuple[OpenPosition, ...] = ()
    alert_count: int = 0
    alerts: tuple[OpenAlert, ...] = ()
    blind: tuple[str, ...] = ()
    lines: tuple[CoverageLine, ...] = ()
    queues: tuple[SinkQueue, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def subject(self) -> str:
        """There is one a day."""
        return "summary"


# They report; none of them is a danger that lasts, or of which a person is to be reminded.
REPORTS: tuple[EventKind, ...] = (
    EventKind.COVERAGE_REPORT,
    EventKind.FINDINGS,
    EventKind.SILENCE,
    EventKind.STOPPING,
    EventKind.SUMMARY,
    EventKind.DRILL_DUE,
    EventKind.AWAY,
)
# Nor is this one: nothing is wrong, though a person has to answer.
NO_DANGER: tuple[EventKind, ...] = (*REPORTS, EventKind.DRILL)


class MaintenanceStage(StrEnum):
    """What is told of a window of maintenance."""

    DAY = "day"  # it begins within a day
    HOUR = "hour"  # it begins within an hour
    RUNNING = "running"  # it was learned of only when it had begun
    CHANGED = "changed"  # begin or end are other ones than was told
    OVERRUN = "overrun"  # its end has passed, and it goes on
    OVER = "over"
    CANCELLED = "cancelled"


class Maintenance(Event, frozen=True, kw_only=True, gc=False, tag="maintenance"):
    """What the exchange announces of its own maintenance, for all accounts concerned. `account` is empty.

    `window` names it, also after it was moved. `stage`: one of `MaintenanceStage`; `revision` counts the
    changes. `urgency`: 0 = over, 1 info, 2 warning. `services`: streams, trading, copying, other. `planned`
    False: a failure, or work without notice. `begin`, `end`: None where none is given; `former_begin` and
    `former_end` as they were told before. `positions`: open ones when last seen; None = not all are known.
    """

    kind: ClassVar[EventKind] = EventKind.MAINTENANCE
    tells_state: ClassVar[bool] = True

    window: str = ""
    stage: str = ""
    revision: int = 0
    urgency: int = 0
    planned: bool = True
    services: tuple[str, ...] = ()
    title: str = ""
    begin: datetime | None = None
    end: datetime | None = None
    former_begin: datetime | None = None
    former_end: datetime | None = None
    accounts: tuple[str, ...] = ()
    positions: int | None = None
    at_risk: tuple[OpenPosition, ...] = ()

    @property
    def subject(self) -> str:
        """The window, be it moved or not."""
        return f"maintenance/{self.exchange}/{self.window}"


class Check(StrEnum):
    """What alertd looks after besides accounts, so that its silence means something."""

    CANARY = "canary"  # what it sends through itself arrives
    DEAD_MAN = "dead_man"  # who watches it from outside can be reached
    PEER = "peer"  # another alertd, which this one watches from outside, gives signs of life


class SelfCheck(Event, frozen=True, kw_only=True, gc=False, tag="self_check"):
    """Whether alertd itself, the way to who watches it, or another alertd is well. `account` is empty.

    `name`: which other alertd; `detail`: what is wrong, no secrets; `since`: when it was last well.
    `looked_after` False: it is switched off, so that nothing more is said of it.
    """

    kind: ClassVar[EventKind] = EventKind.SELF_CHECK
    tells_state: ClassVar[bool] = True

    check: Check = Check.CANARY
    name: str = ""
    healthy: bool = True
    looked_after: bool = True
    detail: str = ""
    since: datetime | None = None

    @property
    def subject(self) -> str:
        """The check, and whom it is of where there are several."""
        return f"check/{self.check}/{self.name}" if self.name else f"check/{self.check}"


class Drill(Event, frozen=True, kw_only=True, gc=False, tag="drill"):
    """Somebody tries whether an alert reaches people who answer: nothing is wrong. `account` is empty.

    `as_of`: it goes where critical news of this account would go; empty: of any. `to_sink`: to this sink
    alone. `person`: who started it; `until`: nobody answers later than that.
    """

    kind: ClassVar[EventKind] = EventKind.DRILL

    as_of: str = ""
    to_sink: str = ""
    person: str = ""
    until: datetime | None = None

    @property
    def subject(self) -> str:
        """One of each sort at a time."""
        return f"drill/{self.as_of}/{self.to_sink}"


class DrillDue(Event, frozen=True, kw_only=True, gc=False, tag="drill_due"):
    """For a long time no drill was answered. `account` is empty. `last_at`: when one was; None: never."""

    kind: ClassVar[EventKind] = EventKind.DRILL_DUE

    last_at: datetime | None = None

    @property
    def subject(self) -> str:
        """There is one people to be reached."""
        return "drill_due"


class Away(Event, frozen=True, kw_only=True, gc=False, tag="away"):
    """A person cannot answer: escalations go to the sink `deputy` until then. `account` is empty."""

    kind: ClassVar[EventKind] = EventKind.AWAY

    person: str = ""
    deputy: str = ""
    until: datetime | None = None

    @property
    def subject(self) -> str:
        """There is one deputy at a time."""
        return "away"


class SilenceEnding(Event, frozen=True, kw_only=True, gc=False, tag="silence"):
    """A silence ends soon. `account` is empty.

    `muted`: how many open alerts it keeps quiet now, in `accounts`. `person` made it, for the reason in
    `comment`.
    """

    kind: ClassVar[EventKind] = EventKind.SILENCE

    silence_id: str = ""
    person: str = ""
    comment: str = ""
    ends_at: datetime | None = None
    accounts: tuple[str, ...] = ()
    muted: int = 0

    @property
    def subject(self) -> str:
        """The silence."""
        return f"silence/{self.silence_id}"


class Tick(Event, frozen=True, kw_only=True, gc=False, tag="tick"):
    """Time has passed: timers of alerts are looked at. No rule listens to it."""

    kind: ClassVar[EventKind] = EventKind.TICK


EVENT_TYPES: dict[EventKind, type[Event]] = {
    cls.kind: cls
    for cls in (
        MarginState,
        LiquidationWarning,
        Liquidation,
        LeadTradeFailed,
        CopyRelation,
        PositionSnapshot,
        Coverage,
        CoverageReport,
        DeliveryHealth,
        ConfigurationState,
        Findings,
        Stopping,
        Summary,
        Maintenance,
        SelfCheck,
        Drill,
        DrillDue,
        Away,
        SilenceEnding,
        Tick,
    )
}

# The kinds a rule may name; the others only drive the life cycle.
RULE_KINDS: tuple[EventKind, ...] = tuple(
    kind
    for kind in EVENT_TYPES
    if kind not in (EventKind.POSITION_SNAPSHOT, EventKind.DRILL, EventKind.AWAY, EventKind.TICK)
)


@cache
def field_types(kind: EventKind) -> Mapping[str, type]:
    """The fields of an event kind with the plain type a rule sees (`X | None` gives X).

    A list of records has none: rules do not see it.
    """
    cls = EVENT_TYPES[kind]
    hints = get_type_hints(cls)
    found: dict[str, type] = {}
    for name in cls.__struct_fields__:
        if name == "raw":
            continue
        hint = hints[name]
        if any(isinstance(arg, type) and issubclass(arg, msgspec.Struct) for arg in get_args(hint)):
            continue
        options = [arg for arg in getattr(hint, "__args__", (hint,)) if arg is not type(None)]
        plain = options[0] if isinstance(options[0], type) else str
        found[name] = tuple if "tuple" in str(hint) else plain
    return found
