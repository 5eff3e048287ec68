"""What of Telegram's answer is believed; the whole way stands in tests/acceptance/test_services.py."""

from typing import Any

import pytest

from alertd.sinks.telegram_move import _new_chat


@pytest.mark.parametrize(
    ("answer", "chat"),
    [
        ({"ok": False, "parameters": {"migrate_to_chat_id": -1001234567890}}, -1001234567890),
        ({"ok": False, "parameters": {"retry_after": 3}}, None),
        ({"ok": False, "parameters": {"migrate_to_chat_id": "-100"}}, None),
        ({"ok": False, "parameters": None}, None),
        ({"ok": True}, None),
        ([], None),
        (None, None),
    ],
)
def test_only_a_number_in_its_place(answer: Any, chat: int | None) -> None:
    assert _new_chat(answer) == chat
