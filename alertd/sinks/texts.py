"""Which languages there are, and the texts of each by key."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Literal

from alertd.sinks.texts_action_en import ACTION_ENGLISH
from alertd.sinks.texts_action_zh import ACTION_CHINESE
from alertd.sinks.texts_copy_digest_en import COPY_DIGEST_ENGLISH
from alertd.sinks.texts_copy_digest_zh import COPY_DIGEST_CHINESE
from alertd.sinks.texts_copying_en import COPYING_ENGLISH
from alertd.sinks.texts_copying_zh import COPYING_CHINESE
from alertd.sinks.texts_digest_en import DIGEST_ENGLISH
from alertd.sinks.texts_digest_zh import DIGEST_CHINESE
from alertd.sinks.texts_en import ENGLISH
from alertd.sinks.texts_escalation_en import ESCALATION_ENGLISH
from alertd.sinks.texts_escalation_zh import ESCALATION_CHINESE
from alertd.sinks.texts_findings_en import FINDINGS_ENGLISH
from alertd.sinks.texts_findings_zh import FINDINGS_CHINESE
from alertd.sinks.texts_leader_en import LEADER_ENGLISH
from alertd.sinks.texts_leader_zh import LEADER_CHINESE
from alertd.sinks.texts_maintenance_en import MAINTENANCE_ENGLISH
from alertd.sinks.texts_maintenance_zh import MAINTENANCE_CHINESE
from alertd.sinks.texts_presence_en import PRESENCE_ENGLISH
from alertd.sinks.texts_presence_zh import PRESENCE_CHINESE
from alertd.sinks.texts_self_check_en import SELF_CHECK_ENGLISH
from alertd.sinks.texts_self_check_zh import SELF_CHECK_CHINESE
from alertd.sinks.texts_silence_en import SILENCE_ENGLISH
from alertd.sinks.texts_silence_zh import SILENCE_CHINESE
from alertd.sinks.texts_zh import CHINESE

Language = Literal["en", "zh"]

TEXTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        **ENGLISH,
        **FINDINGS_ENGLISH,
        **MAINTENANCE_ENGLISH,
        **PRESENCE_ENGLISH,
        **COPYING_ENGLISH,
        **DIGEST_ENGLISH,
        **SELF_CHECK_ENGLISH,
        **ESCALATION_ENGLISH,
        **SILENCE_ENGLISH,
        **LEADER_ENGLISH,
        **ACTION_ENGLISH,
        **COPY_DIGEST_ENGLISH,
    },
    "zh": {
        **CHINESE,
        **FINDINGS_CHINESE,
        **MAINTENANCE_CHINESE,
        **PRESENCE_CHINESE,
        **COPYING_CHINESE,
        **DIGEST_CHINESE,
        **SELF_CHECK_CHINESE,
        **ESCALATION_CHINESE,
        **SILENCE_CHINESE,
        **LEADER_CHINESE,
        **ACTION_CHINESE,
        **COPY_DIGEST_CHINESE,
    },
}


class _Phrases(dict[str, str]):
    """The texts of one language as `%` fills them, which costs half of `format`; made when asked for."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__()
        self._texts = texts

    def __missing__(self, key: str) -> str:
        phrase = self[key] = _phrase(self._texts[key])
        return phrase


def _phrase(text: str) -> str:
    parts = []
    for literal, name, spec, conversion in Formatter().parse(text):
        if spec or conversion:
            raise ValueError(f"a text says how its blank {name!r} is written: {text!r}")
        parts.append(literal.replace("%", "%%") + ("" if name is None else f"%({name})s"))
    return "".join(parts)


PHRASES: Mapping[Language, Mapping[str, str]] = {
    language: _Phrases(texts) for language, texts in TEXTS.items()
}
