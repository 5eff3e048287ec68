"""The configuration files of the daemons that are measured. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_LONG_S = 3600  # the benchmark's exchange is silent between rounds, which is no fault

# Beside the three built-in rules on margin_state these make ten, on every kind of figure, with matchers as
# people write them; none fires on a quiet push.
_SEVEN = """
[rules.near]
type = "ladder"
event = "margin_state"
field = "distance_to_liquidation"
levels = { warning = 0.05, critical = 0.02 }
[rules.near_btc]
type = "ladder"
event = "margin_state"
field = "distance_to_liquidation"
match = { instrument = "BTC-*" }
levels = { warning = 0.04 }
[rules.big_loss]
type = "ladder"
event = "margin_state"
field = "unrealised_pnl"
levels = { warning = -5000, critical = -9000 }
[rules.big_position]
type = "ladder"
event = "margin_state"
field = "notional_usd"
side = "above"
levels = { warning = 5000000 }
[rules.high_leverage]
type = "ladder"
event = "margin_state"
field = "leverage"
side = "above"
levels = { info = 50, warning = 75 }
[rules.first_in_line]
type = "match"
event = "margin_state"
match = { adl_priority = 5 }
severity = "warning"
[rules.cross_short]
type = "match"
event = "margin_state"
match = { margin_mode = "cross", direction = "short" }
severity = "info"
"""


def ten_rules() -> str:
    """Seven structured rules, which are ten with the built-in ones."""
    return _SEVEN


def hundred_more_rules() -> str:
    """A hundred further ones: ladders and matchers in turn."""
    parts = []
    for number in range(50):
        level = 2.0 - number / 100
        parts.append(
            f'[rules.ladder_{number}]\ntype = "ladder"\nevent = "margin_state"\nfield = "margin_ratio"\n'
            f"levels = {{ info = {level} }}\n"
            f'[rules.match_{number}]\ntype = "match"\nevent = "margin_state"\n'
            f'match = {{ instrument = "NONE{number}-*" }}\nseverity = "info"\n'
        )
    return "".join(parts)


# One alert in ten is critical, the others are not: named so by the instrument.
MIXED_RULES = """
[rules.exchange_warning]
match = { instrument = "BENCHC*" }
[rules.others]
type = "match"
event = "liquidation_warning"
match = { instrument = "BENCHI*" }
severity = "info"
"""

# What each start tells would count as alerts, and so would a canary, and that there are no records to compare
# with.
SWITCHED_OFF = ("started", "findings", "stopping", "stopping_exposed", "summary", "copy_digest", "coverage")
_NO_START_MESSAGE = "[canary]\nenabled = false\n" + "".join(
    f"[rules.{name}]\nenabled = false\n" for name in SWITCHED_OFF
)


def daemon(
    accounts: Iterable[str],
    urls: Mapping[str, str],
    sinks: Mapping[str, Mapping[str, object]],
    *,
    ca_file: str | None = None,
    role: str = "copier",
    rules: str = "",
) -> str:
    """One daemon. `urls`: private, business, rest; `sinks`: key and value by name.

    Secrets stand in the file: it lies in a folder of its own that ends with the run.
    """
    parts = ["[web]\nport = 0\n"]
    for name in accounts:
        parts.append(
            f'[accounts.{name}]\nexchange = "okx"\nrole = "{role}"\napi_key = "{name}"\n'
            f'api_secret = "secret-of-the-benchmark"\npassphrase = "phrase-of-the-benchmark"\n'
            f'private_ws_url = "{urls["private"]}"\nbusiness_ws_url = "{urls["business"]}"\n'
            f'rest_url = "{urls["rest"]}"\nstale_after_s = {_LONG_S}\n'
            + (f'ca_file = "{ca_file}"\n' if ca_file else "")
        )
    for name, keys in sinks.items():
        lines = (f"{key} = {_toml(value)}\n" for key, value in keys.items())
        parts.append(f"[sinks.{name}]\n" + "".join(lines))
    return "".join(parts) + _NO_START_MESSAGE + rules


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
