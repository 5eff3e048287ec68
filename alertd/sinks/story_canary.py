"""What a canary says in a chat: no more than is true there. Pure."""

from __future__ import annotations

from alertd.domain.alert import Severity
from alertd.domain.notification import Beside
from alertd.sinks.document import Document, LineKind, lines_of
from alertd.sinks.speech import Speech


def canary_document(speech: Speech, beside: Beside | None) -> Document:
    """`beside`: what else there is for this sink; None: not known, and nothing is claimed."""
    lines = [speech.say("canary_proof")]
    if beside is not None and beside.is_calm:
        lines = [speech.say("canary_body")]
    elif beside is not None:
        counts = {"canary_waiting": beside.waiting, "canary_dead": beside.dead}
        lines = [*(speech.say(key, count=str(count)) for key, count in counts.items() if count), *lines]
    title = speech.say("canary_title")
    return Document(title=title, severity=Severity.INFO, lines=tuple(lines_of(LineKind.SENTENCE, lines)))
