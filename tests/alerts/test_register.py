import pytest
from msgspec.structs import replace

from alertd.alerts.register import Register, names_position
from alertd.domain.alert import Fingerprint
from alertd.domain.events import EventKind
from tests.alerts.nouns import (
    BTC,
    ETH,
    START,
    alert_of,
    coverage,
    cross,
    isolated,
    liquidation,
    margin,
    warning,
)

KIND = EventKind


@pytest.mark.parametrize(
    ("kind", "subject", "expected"),
    [
        (KIND.MARGIN_STATE, "BTC-USDT-SWAP/long/isolated", True),
        (KIND.LIQUIDATION_WARNING, "BTC-USDT-SWAP/short/isolated", True),
        (KIND.MARGIN_STATE, "cross/USDT", True),
        (KIND.MARGIN_STATE, "BTC-SWAP-USDT/long/isolated/77", True),  # a copy, with its trader
        (KIND.MARGIN_STATE, "cross/USDT/77", True),
        (KIND.MARGIN_STATE, "cross/*", False),
        (KIND.LIQUIDATION_WARNING, "*/*/*", False),
        (KIND.LIQUIDATION_WARNING, "BTC-USDT-SWAP/*/isolated", False),
        (KIND.MARGIN_STATE, "rule", False),
        (KIND.LIQUIDATION, "BTC-USDT-SWAP/long/isolated", False),
        (KIND.COVERAGE, "stream/private", False),
    ],
)
def test_which_subjects_name_a_position(kind: EventKind, subject: str, expected: bool) -> None:
    assert names_position(Fingerprint("main", kind, "r", subject)) is expected


def test_alerts_are_found_by_account_and_by_position() -> None:
    register = Register()
    btc, eth = alert_of(margin()), alert_of(margin(position=isolated(ETH)))
    warned, told = alert_of(warning()), alert_of(liquidation())
    both, other = alert_of(margin(position=cross())), alert_of(margin(account="two"))
    blind = alert_of(coverage())
    for alert in (btc, eth, warned, told, both, other, blind):
        register.put(alert)
    subject = f"{BTC}/long/isolated"
    assert register.of_position("main", subject) == [btc, warned]
    assert register.of_position("two", subject) == [other]
    assert register.of_position("none", subject) == []
    assert register.positions("main") == [subject, f"{ETH}/long/isolated", "cross/USDT"]
    assert register.of_account("main") == [btc, eth, warned, told, both, blind]
    assert "two" in register.accounts()
    register.remove(other.fingerprint)
    assert "two" not in register.accounts()
    assert register.positions("two") == []


def test_it_knows_whether_any_position_vanished() -> None:
    register, alert = Register(), alert_of(margin())
    register.put(alert)
    assert not register.vanished
    register.put(replace(alert, vanished_at=START))
    assert register.vanished
    register.put(alert)
    assert not register.vanished
    register.put(replace(alert, vanished_at=START))
    register.remove(alert.fingerprint)
    assert not register.vanished
    assert alert.fingerprint not in register


def test_nothing_is_left_of_what_was_removed() -> None:
    register = Register()
    for alert in (alert_of(margin()), alert_of(warning()), alert_of(coverage())):
        register.put(alert)
        register.remove(alert.fingerprint)
    assert [len(index) for index in vars(register).values()] == [0, 0, 0, 0, 0]
