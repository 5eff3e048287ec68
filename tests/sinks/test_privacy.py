"""With privacy = "percent" no amount leaves, whatever the event and whatever is told of it."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs
from msgspec.structs import replace

from alertd.domain.action import IntentState
from alertd.domain.alert import AlertState, Resolution
from alertd.domain.events import (
    EVENT_TYPES,
    ActionState,
    CopyChange,
    CopyParty,
    CopyRelation,
    Event,
    EventKind,
    LeaderChange,
    LeaderMove,
    LeaderState,
    LiquidationType,
    field_types,
)
from alertd.domain.notification import Reason
from alertd.domain.recollection import LooksBack, Recollection
from alertd.sinks.privacy import _SHOWN
from alertd.sinks.render import document_of
from alertd.sinks.speech import Reader
from tests.sinks.samples import (
    ANY,
    BERLIN,
    T,
    alert,
    coverage,
    delivery,
    lead,
    liquidation,
    margin,
    ratio_alert,
    warning,
)

MONEY = {
    "mark_price": Decimal("71234.56"),
    "liquidation_price": Decimal("72345.67"),
    "entry_price": Decimal("73456.78"),
    "position_size": Decimal("7456.1"),
    "notional_usd": Decimal("75678.9"),
    "unrealised_pnl": Decimal("-76789.1"),
    "maintenance_margin": Decimal("77891.2"),
    "leverage": Decimal("78.9"),
}
IDS = {"uid": "79123456789", "position_id": "794561237"}


def told(of: Any, reason: Reason = Reason.NEW, privacy: Any = "percent", language: Any = "en") -> str:
    message = document_of([delivery(of, reason)], Reader(language, BERLIN, privacy), T).plain
    return f"{message.title}\n{message.body}"


def test_percent_keeps_what_is_needed_to_act() -> None:
    text = told(ratio_alert(margin(**MONEY, **IDS)))
    assert "CRITICAL BTC-USDT-SWAP long: ratio 180 %, main" in text
    for kept in ("Margin ratio: 180 %", "Distance to liquidation: 2.1 %", "12 min", "Buffer used: 76 %"):
        assert kept in text
    assert re.search(r"7\d[.,]?\d{3}|78\.9", text) is None
    assert "gives none" not in text  # hidden is not missing
    full = told(ratio_alert(margin(**MONEY)), privacy="full")
    assert "71,234.56" in full


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("reason", list(Reason))
def test_a_rule_on_money_shows_no_money(reason: Reason, language: Any) -> None:
    of = alert(
        margin(**MONEY),
        "mine",
        figure="notional_usd",
        value=Decimal("75678.9"),
        threshold=Decimal("74321.0"),
    )
    assert re.search(r"7\d[.,]?\d{3}", told(of, reason, language=language)) is None


def test_what_is_left_after_a_liquidation() -> None:
    partly = told(alert(liquidation(remaining_size=Decimal("7456.1"), **IDS), "liquidation"))
    assert "7,456" not in partly
    assert "What is left: a part of the position" in partly
    assert "What is left: nothing" in told(alert(liquidation(remaining_size=Decimal(0)), "liquidation"))
    taken = liquidation(liquidation_type=LiquidationType.CLAW_BACK, balance_change=Decimal("-7456.1"))
    assert "7,456" not in told(alert(taken, "liquidation"))


def test_a_lead_trade_without_limits_and_ids() -> None:
    text = told(
        alert(lead(info_type="3", min_lead_equity=Decimal("7456.1"), trader="7912345"), "lead_equity")
    )
    assert "7,456" not in text
    assert "7912345" not in text
    assert "equity too low" in text


def test_a_changed_copy_relation_says_what_may_be_said() -> None:
    changed = CopyRelation(
        **ANY,
        party=CopyParty.LEAD_TRADER,
        change=CopyChange.CHANGED,
        trader="25CD5A80241D6FE6",
        changed=("copy_amount", "profit_sharing_ratio"),
        copy_amount=Decimal("7456.1"),
        copy_amount_before=Decimal("7321.4"),
        profit_sharing_ratio=Decimal("0.1"),
        profit_sharing_ratio_before=Decimal("0.08"),
    )
    text = told(alert(changed, "copy_relation"))
    assert "7,456" not in text
    assert "7,321" not in text
    assert "?" not in text
    assert "10 %" in text
    assert "25CD5A80241D6FE6" in text


def test_a_failed_rule_does_not_quote_what_it_was_given() -> None:
    of = ratio_alert(margin(**MONEY), error="no overload for 75678.9 > 'x'")
    assert "75678" not in told(of)
    assert "rule margin_ratio failed" in told(of)


def test_the_uid_in_a_text_of_the_exchange_is_hidden() -> None:
    text = told(alert(coverage(uid=IDS["uid"], detail=f"User {IDS['uid']} is frozen"), "coverage"))
    assert IDS["uid"] not in text
    assert "is frozen" in text


# Of digits that no time, count or percentage of these texts has.
amounts = st.integers(0, 9999).map(lambda value: Decimal(f"787878{value:04}.5"))


def with_money(event: Event, figures: list[Decimal]) -> Event:
    """The event with a figure in each field that holds money."""
    types = field_types(event.kind)
    names = [name for name, of_type in types.items() if of_type is Decimal and name not in _SHOWN]
    return structs.replace(event, **dict(zip(names, figures, strict=False)))


EVENTS: list[tuple[Event, str]] = [
    (margin(), "margin_ratio"),
    (warning(), "okx_warning"),
    *[(liquidation(liquidation_type=kind), "liquidation") for kind in LiquidationType],
    *[(lead(info_type=info), "lead_failed") for info in "1234"],
    *[
        (CopyRelation(**ANY, party=CopyParty.LEAD_TRADER, change=change, changed=("copy_amount",)), "copying")
        for change in CopyChange
    ],
    *[(LeaderChange(**ANY, change=move), "leading") for move in LeaderMove],
    (LeaderState(**ANY), "leading"),
    *[
        (ActionState(**ANY, state=state, action_type="stop_copying", mode="auto", left=1), "action")
        for state in IntentState
    ],
]


@settings(max_examples=200, deadline=None)
@given(
    chosen=st.sampled_from(EVENTS),
    figures=st.lists(amounts, min_size=12, max_size=12),
    reason=st.sampled_from(Reason),
    language=st.sampled_from(["en", "zh"]),
    end=st.none() | st.sampled_from(Resolution),
    looked_at=st.sampled_from([None, "margin_ratio", "notional_usd", "unrealised_pnl"]),
    looks_back=st.booleans(),
)
def test_no_figure_of_money_is_in_any_text(
    chosen: tuple[Event, str],
    figures: list[Decimal],
    reason: Reason,
    language: Any,
    end: Resolution | None,
    looked_at: str | None,
    looks_back: bool,
) -> None:
    event = with_money(chosen[0], figures)
    is_money = looked_at not in (None, "margin_ratio")
    of = alert(
        event,
        chosen[1],
        figure=looked_at,
        value=figures[-1] if is_money else Decimal("1.8"),
        threshold=figures[-2] if is_money else Decimal(3),
        recollection=fall(figures[-3] if is_money else Decimal(5)) if looks_back else None,
    )
    one = delivery(of, reason, also=(of,))
    later = replace(of, resolution=end, state=AlertState.RESOLVED if end else AlertState.FIRING)
    other = delivery(alert(event, "another"))
    reader = Reader(language, BERLIN, "percent")
    for members in ([one], [replace(one, current=later)], [one, other]):
        message = document_of(members, reader, T + timedelta(minutes=5)).plain
        assert "787878" not in f"{message.title}\n{message.body}".replace(",", "")


def fall(peak: Decimal) -> Recollection:
    return Recollection(
        rule_type=LooksBack.DRAWDOWN,
        span_s=3600,
        known_since=T,
        since=T,
        peak=peak,
        fall=Decimal("0.2"),
        fall_wanted=Decimal("0.1"),
    )


def test_the_property_would_see_money() -> None:
    event = with_money(margin(), [Decimal("7878780001.5")] * 12)
    assert "7,878,780,001.5" in told(alert(event), privacy="full")


def _records(hint: Any) -> list[type[Struct]]:
    """The Structs in a field's type."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return [hint]
    return [found for arg in get_args(hint) for found in _records(arg)]


@pytest.mark.parametrize("kind", list(EVENT_TYPES))
def test_no_kind_of_event_has_money_that_is_not_tried_above(kind: EventKind) -> None:
    money = {name for name, of_type in field_types(kind).items() if of_type is Decimal} - _SHOWN
    assert not money or type(EVENTS_OF.get(kind)) is EVENT_TYPES[kind]
    for hint in get_type_hints(EVENT_TYPES[kind]).values():
        for record in _records(hint):
            inner = get_type_hints(record)
            held = {
                name for name in record.__struct_fields__ if Decimal in (inner[name], *get_args(inner[name]))
            }
            assert held <= _SHOWN, record  # what is inside a record is not hidden


EVENTS_OF = {event.kind: event for event, _ in EVENTS}
