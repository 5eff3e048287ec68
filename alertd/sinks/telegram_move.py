"""A Telegram group that has become a supergroup: where it has gone.

Telegram refuses every message to the old id and names the new one beside the refusal; Apprise shows only the
refusal. So Telegram is asked again, with something that no reader sees.

Source: core.telegram.org/bots/api, ResponseParameters (read July 2026).
"""

from __future__ import annotations

from typing import Any

import msgspec
import requests


class Move(msgspec.Struct, frozen=True):
    """Ids of chats, the old one as the configuration names it."""

    former: str
    chat: str


def follow_move(service: Any, timeout_s: float) -> Move | None:
    """Turn a loaded `tgram://` service to the new chat. Blocks; None where Telegram names none in time.

    What an exception says is dropped: it holds the token.
    """
    (former, topic), *_ = service.targets
    try:
        answer = requests.post(
            f"{service.notify_url}{service.bot_token}/sendChatAction",
            json={"chat_id": former, "action": "typing"},
            timeout=timeout_s,
            verify=service.verify_certificate,
            allow_redirects=False,
        ).json()
    except (requests.RequestException, ValueError):
        return None
    chat = _new_chat(answer)
    if chat is None or chat == former:
        return None
    service.targets = [(chat, topic)]
    return Move(str(former), str(chat))


def _new_chat(answer: Any) -> int | None:
    parameters = answer.get("parameters") if isinstance(answer, dict) else None
    chat = parameters.get("migrate_to_chat_id") if isinstance(parameters, dict) else None
    return chat if isinstance(chat, int) else None
