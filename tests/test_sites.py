"""Covers alertd/sites.py; more in tests/test_maintaining.py."""

from __future__ import annotations

import pytest

from alertd.domain.maintenance import Service, Window
from alertd.exchanges.okx.answer_rows import StatusRow
from alertd.exchanges.okx.observed import Answered
from alertd.sites import Concerned, Site


def test_a_site_is_named_by_its_host_and_environment() -> None:
    assert str(Site("https://openapi.okx.com", demo=False)) == "openapi.okx.com"
    assert str(Site("http://127.0.0.1:8790", demo=True)) == "127.0.0.1:8790 demo"


@pytest.mark.parametrize(
    ("services", "copies", "expected"),
    [
        ((Service.COPYING,), False, False),
        ((Service.COPYING,), True, True),
        ((Service.TRADING, Service.COPYING), False, True),
        ((Service.OTHER,), False, True),
    ],
)
def test_copy_trading_alone_concerns_who_copies_or_leads(
    services: tuple[Service, ...], copies: bool, expected: bool
) -> None:
    async def ask(_: str) -> Answered[StatusRow]:
        raise NotImplementedError

    one = Concerned(Site("https://openapi.okx.com", demo=False), ask, lambda: (), lambda: copies)
    window = Window(title="Upgrade", begin=None, end=None, services=services)
    assert one.is_concerned_by(window) is expected
