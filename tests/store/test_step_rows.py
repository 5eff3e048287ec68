"""alertd/store/step_rows.py, on both databases"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from alertd.domain.action import ActionChanges, IntentState, Step
from alertd.domain.errors import StoreError
from alertd.store.archive import STEPS_AT_MOST, Archive
from alertd.store.database import Database
from alertd.telemetry import register_secret
from tests.store.samples import NOW, changed, make_alert, make_intent, step_of


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    await database.load()
    yield database
    await database.close()


INTENT = make_intent()


async def steps(database: Database) -> list[Step]:
    return list(await Archive(database).steps(INTENT))


def step(version: int, state: IntentState = IntentState.VERIFYING, **more: str) -> Step:
    return Step(intent_id="i1", version=version, at=NOW, state=state, **more)


async def test_steps_return_as_they_were_in_their_order(database: Database) -> None:
    first = step(1, IntentState.PLANNED, actor="anna", reason="approved", detail="it's\0true 多")
    second = step(2, IntentState.SENDING, request='{"instType":"SWAP"}', answer="")
    other = Step(intent_id="i2", version=1, at=NOW, state=IntentState.BLOCKED)
    await database.commit([], [], NOW, actions=ActionChanges(steps=[second, other]))
    await database.commit([], [], NOW, actions=ActionChanges(steps=[first]))
    assert await steps(database) == [first, second]


async def test_a_step_that_stands_there_is_never_replaced_and_what_comes_with_it_is_refused(
    database: Database,
) -> None:
    """Somebody else has moved the intent: whoever learns that must not send."""
    sending = make_intent(version=2, state=IntentState.SENDING)
    await database.commit([], [], NOW, actions=changed(sending))
    again = make_intent(version=2, state=IntentState.FAILED)
    with pytest.raises(StoreError):
        await database.commit([make_alert(7)], [], NOW, actions=changed(again))
    assert await steps(database) == [step_of(sending)]
    state = await database.load()
    assert [one.state for one in state.intents] == [IntentState.SENDING]
    assert state.open_alerts == []


async def test_of_very_many_the_newest_are_shown(database: Database) -> None:
    all_of_them = [step(n) for n in range(1, STEPS_AT_MOST + 3)]
    await database.commit([], [], NOW, actions=ActionChanges(steps=all_of_them))
    assert await steps(database) == all_of_them[2:]


async def test_no_secret_is_kept(database: Database) -> None:
    register_secret("hunter2hunter2")
    texts = {
        "detail": "of hunter2hunter2",
        "request": '{"key":"hunter2hunter2"}',
        "answer": "hunter2hunter2?",
    }
    intent = make_intent(detail="hunter2hunter2")
    journal = ActionChanges(intents=[intent], steps=[step_of(intent, **texts)])
    await database.commit([], [], NOW, actions=journal)
    [found] = await steps(database)
    [kept] = (await database.load()).intents
    for text in (found.detail, found.request, found.answer, kept.detail):
        assert "hunter2" not in text
        assert "***" in text
