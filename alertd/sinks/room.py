"""How much a service takes, before it is loaded. Pure.

Source: the plugins of Apprise 2.2.0, in characters.
"""

from __future__ import annotations

from alertd.sinks.shorten import names_at_most

_BODIES = {
    "tgram": 4096,
    "slack": 35_000,
    "discord": 2000,
    "mmost": 4000,
    "mmosts": 4000,
    "ntfy": 7800,
    "ntfys": 7800,
    "mailto": 32_768,
    "mailtos": 32_768,
    "json": 32_768,
    "jsons": 32_768,
    "opsgenie": 15_000,
}
_OTHERS = 1000  # the least of those that take more than a text message does


def names_before_loading(scheme: str) -> int:
    """How many alerts one message there can surely name."""
    return names_at_most(_BODIES.get(scheme, _OTHERS))
