"""Keys of the contract that a later version serves: refused, because accepting them would be a promise."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from alertd.alerts import settings as alerts
from alertd.config.settings import Settings
from alertd.exchanges.okx import settings as okx
from alertd.rules import settings as rules
from alertd.sinks import settings as sinks
from alertd.store import settings as store
from alertd.web import settings as web

EXCHANGES = ("okx", "toobit")
COMING_SECTIONS = ("recording",)
COMING_KEYS: Mapping[type[BaseModel], tuple[str, ...]] = {
    Settings: COMING_SECTIONS,
    okx.OkxAccount: tuple(okx.COMING_KEYS),
    sinks.SinkSettings: tuple(sinks.COMING_KEYS),
    alerts.RouteSettings: tuple(alerts.COMING_KEYS),
    rules.LadderSettings: tuple(rules.COMING_KEYS),
    rules.MatchSettings: tuple(rules.COMING_KEYS),
    rules.CountSettings: tuple(rules.COMING_KEYS),
    rules.AbsenceSettings: tuple(rules.COMING_KEYS),
    rules.DrawdownSettings: tuple(rules.COMING_KEYS),
    store.StoreSettings: tuple(store.COMING_KEYS),
    web.WebSettings: tuple(web.COMING_KEYS),
}
