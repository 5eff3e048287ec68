"""Deliveries are read beside the daemon that owns the store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from alertd.domain.errors import StoreError
from alertd.domain.notification import DeliveryState, DeliveryUpdate
from alertd.store.database import Database
from alertd.store.reading import read_deliveries
from tests.store.samples import NOW, make_alert, to, told


async def test_every_delivery_is_read_as_it_stands_while_the_store_is_in_use(tmp_path: Path) -> None:
    file = tmp_path / "a folder" / "alertd.db"
    file.parent.mkdir()
    database = await Database.open(f"sqlite:///{file}")
    await database.load()
    notifications = [told(make_alert(n)) for n in (1, 2)]
    await database.commit([], [(one, to("phone", "mail")) for one in notifications], NOW)
    leased = await database.lease("phone", NOW, 1)
    later = NOW + timedelta(seconds=30)
    update = DeliveryUpdate(
        delivery_id=leased[0].delivery_id,
        state=DeliveryState.QUEUED,
        attempts=1,
        next_attempt_at=later,
        detail="busy",
    )
    await database.lease("mail", NOW, 1)
    await database.record([update])
    found = read_deliveries(file)
    await database.close()
    assert [(one.sink, one.state, one.attempts, one.detail) for one in found] == [
        ("phone", DeliveryState.QUEUED, 1, "busy"),
        ("mail", DeliveryState.SENDING, 0, ""),
        ("phone", DeliveryState.QUEUED, 0, ""),
        ("mail", DeliveryState.QUEUED, 0, ""),
    ]
    assert [one.next_attempt_at for one in found] == [later, NOW, NOW, NOW]
    told_of = [one.notification.alert.fingerprint for one in found]
    assert told_of == [one.alert.fingerprint for one in notifications for _ in range(2)]


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    file = tmp_path / "alertd.db"
    with pytest.raises(StoreError):
        read_deliveries(file)
    assert not file.exists()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "alertd.db"
    file.write_text("nothing of the kind, and long enough to be read as a header of pages" * 20)
    with pytest.raises(StoreError):
        read_deliveries(file)
