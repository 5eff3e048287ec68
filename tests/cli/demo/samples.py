"""Notifications that arrived, steps that were played, and a show that needs no network."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from alertd.cli.demo.okx_scene import OkxScene
from alertd.cli.demo.scene import Scene
from alertd.cli.demo.show import Show
from alertd.cli.demo.verdict import Begun, Told
from alertd.domain.alert import Severity
from alertd.domain.events import Event
from alertd.domain.notification import DeliveryState, Notification, Reason
from alertd.simulators.okx.scenario import OpenPosition, Scenario
from alertd.simulators.script import Expected, Step, Words
from tests.sinks.samples import T, alert

BTC = "BTC-USDT-SWAP"
POSITION = OpenPosition(BTC, "long", "10", "10", "isolated")


def after(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def step(*expected: Expected, at_s: float = 0, actions: tuple[Any, ...] = ()) -> Step[Any]:
    return Step(at_s, Words("something falls", "下跌"), actions, expected)


def begun(of: Step[Any], seconds: float = 0) -> Begun:
    return Begun(of, after(seconds))


def arrived(
    event: Event,
    severity: Severity = Severity.CRITICAL,
    rule: str = "margin_ratio",
    *,
    at_s: float = 1,
    reason: Reason = Reason.NEW,
    state: DeliveryState = DeliveryState.SENT,
    title: str = "a title",
) -> Told:
    """Decided at `at_s`, arrived a tenth of a second later."""
    notification = Notification(
        alert=alert(event, rule, severity=severity), reason=reason, created_at=after(at_s)
    )
    return Told(notification, title, after(at_s + 0.1), state)


def show(*steps: Step[Any], now_s: float = 0.0, speed: float = 2.0) -> Show:
    """A show whose demo began at 0, with an exchange that is not served. Needs a running loop."""
    return show_of(OkxScene(Scenario("own", steps, duration_s=4), speed), now_s=now_s, speed=speed)


def show_of(scene: Scene, *, now_s: float = 0.0, speed: float = 2.0) -> Show:
    """The same, of any exchange."""
    return Show(scene, speed, 0.0, 20.0, lambda: now_s)


def okx(of: Show) -> Any:
    """The simulated exchange behind it."""
    assert isinstance(of.scene, OkxScene)
    return of.scene.exchange
