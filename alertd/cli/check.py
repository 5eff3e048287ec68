"""`alertd check`: the configuration, offline: what is wrong with it, and what would be watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from alertd.cli.check_actions import action_lines, actions_of
from alertd.cli.options import AsJson, Assignments, ConfigPath, SecretsDir
from alertd.cli.output import counted, out, print_json, print_warnings, refusing_bad_configuration

if TYPE_CHECKING:
    from alertd.alerts.settings import RouteSettings
    from alertd.config import Settings
    from alertd.config.settings import Account
    from alertd.rules.settings import RuleSettings
    from alertd.sinks.settings import SinkSettings


_ACCOUNT_KEYS = ("exchange", "role", "region", "environment", "poll_interval_s")


def check(
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    assignments: Assignments = None,
    as_json: AsJson = False,
) -> None:
    """Check the configuration without connecting anywhere, and show what would be watched."""
    from alertd.config import load

    with refusing_bad_configuration(as_json=as_json):
        settings = load(config, secrets_dir, assignments=assignments or ())
        _refuse_unusable_sinks(settings)
    seen = overview(settings)
    if as_json:
        print_json(seen)
        return
    print_warnings(tuple(seen["warnings"]))
    for line in _lines(seen):
        out().print(line, markup=False)


def _refuse_unusable_sinks(settings: Settings) -> None:
    """Raises: ConfigError with one line for each sink whose URL is no service."""
    from alertd.domain.errors import ConfigError
    from alertd.sinks.choosing import validate
    from alertd.telemetry import set_up_logging

    set_up_logging(settings.log.format, "warning")  # the services speak while they load
    checked = (validate(name, sink) for name, sink in settings.sinks.items())
    problems = [f"{settings.config_path}: {problem}" for problem in checked if problem is not None]
    if problems:
        raise ConfigError(problems)


def overview(settings: Settings) -> dict[str, Any]:
    """What would be watched, how and for whom; no secret in it. The shape `--json` prints."""
    from alertd.config.cautions import cautions
    from alertd.config.unmatched import unmatched
    from alertd.rules.builtin import BUILTIN_RULES
    from alertd.rules.reach import doubtful, unmatchable

    return {
        "ok": True,
        "config": str(settings.config_path),
        "state_dir": str(settings.state_dir),
        "language": settings.language,
        "timezone": settings.timezone.key,
        "web": f"http://{settings.web.host}:{settings.web.port}",
        "accounts": {name: _account(account) for name, account in settings.accounts.items()},
        "sinks": {name: _sink(sink) for name, sink in settings.sinks.items()},
        "routes": [_route(route) for route in settings.routes]
        or [{"match": {}, "sinks": list(settings.sinks)}],
        "inhibit": [one.model_dump(mode="json", exclude_defaults=True) for one in settings.inhibit],
        "rules": {
            name: {**_rule(rule), "built_in": rule is BUILTIN_RULES.get(name)}
            for name, rule in settings.rules.items()
        },
        "actions": actions_of(settings),
        "never_match": [*unmatchable(settings.rules, settings.accounts), *unmatched(settings)],
        "warnings": [*settings.warnings, *doubtful(settings.rules), *cautions(settings)],
    }


def _account(account: Account) -> dict[str, Any]:
    common = {"exchange": account.exchange, "role": account.role, "labels": dict(account.labels)}
    if account.exchange == "toobit":
        return {**common, "poll_interval_s": account.poll_interval_s, "hosts": [account.rest_url]}
    hosts = account.endpoints()
    return {
        **common,
        "region": account.region,
        "environment": account.environment,
        "hosts": [hosts.private_ws_url, hosts.business_ws_url, hosts.rest_url],
    }


def _sink(sink: SinkSettings) -> dict[str, Any]:
    return {"url": f"{sink.scheme}://***", "pace_per_minute": sink.pace, "timeout_s": sink.timeout_s}


def _route(route: RouteSettings) -> dict[str, Any]:
    return route.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


def _rule(rule: RuleSettings) -> dict[str, Any]:
    return {"type": rule.type, **rule.model_dump(mode="json", exclude_none=True, exclude_defaults=True)}


def _lines(seen: Mapping[str, Any]) -> Iterator[str]:
    yield f"configuration {seen['config']}; state in {seen['state_dir']}; {seen['web']}"
    yield f"language {seen['language']}, timezone {seen['timezone']}"
    yield "\naccounts"
    for name, account in seen["accounts"].items():
        facts = " ".join(f"{key}={account[key]}" for key in _ACCOUNT_KEYS if key in account)
        yield f"  {name}: {facts} {_pairs(account['labels'])}".rstrip()
        yield from (f"      {host}" for host in account["hosts"])
    yield "\nsinks"
    for name, sink in seen["sinks"].items():
        pace = f"{sink['pace_per_minute']} a minute" if sink["pace_per_minute"] else "unpaced"
        yield f"  {name}: {sink['url']}, {pace}, timeout {sink['timeout_s']:g} s"
    yield "\nroutes"
    for route in seen["routes"]:
        match = _pairs(route.get("match", {})) or "everything"
        waits = f"{_batching(route)}{_quiet(route)}"
        yield f"  {match} -> {', '.join(route['sinks'])}{_reminders(route)}{waits}{_others(route)}"
    yield from _inhibitions(seen["inhibit"])
    yield "\nrules"
    for name, rule in seen["rules"].items():
        yield f"  {name}{' (built in)' if rule['built_in'] else ''}: {_rule_text(rule)}"
    yield from action_lines(seen["actions"])
    if seen["never_match"]:
        yield "\nwhat cannot match"
        yield from (f"  {sentence}" for sentence in seen["never_match"])
    counts = [counted(len(seen[f"{thing}s"]), thing) for thing in ("account", "sink", "rule")]
    yield f"\nok: {', '.join(counts)}"


def _rule_text(rule: Mapping[str, Any]) -> str:
    if not rule.get("enabled", True):
        return "off"
    match = _pairs(rule.get("match", {}))
    when = f"when {rule['when']}" if "when" in rule else ""
    return "  ".join(part for part in (_judged(rule), match, when) if part)


def _judged(rule: Mapping[str, Any]) -> str:
    event = rule["event"]
    match rule["type"]:
        case "ladder":
            return f"{event}.{rule['field']} {rule.get('side', 'below')} {_pairs(rule['levels'])}"
        case "count":
            what = f"{rule['count']} {event} within {rule['within_s']:g} s"
        case "absence":
            what = f"no {event} for {rule['absent_for_s']:g} watched s"
        case "drawdown":
            fall = f"{float(rule['fall']):.4g}"
            what = f"{event}.{rule['field']} down by {fall} of its peak of {rule['window_s']:g} s"
        case _:
            what = event
    return f"{what} is {rule['severity']}"


def _reminders(route: Mapping[str, Any]) -> str:
    if "remind_s" not in route:
        return ""
    delays = ", ".join(f"{delay:g}" for delay in route["remind_s"])
    return f"  reminders after {delays} s" if delays else "  no reminders"


def _others(route: Mapping[str, Any]) -> str:
    """Who hears of it later: where nobody acknowledges it, and where nothing could be sent."""
    told = ""
    if "escalate" in route:
        steps = (f"{', '.join(step['sinks'])} after {step['after_s']:g} s" for step in route["escalate"])
        told += f"  escalates to {', then '.join(steps)}"
    if "fallback" in route:
        told += (
            f"  falls back to {', '.join(route['fallback'])} after {route.get('fallback_after_s', 60):g} s"
        )
    return told


def _batching(route: Mapping[str, Any]) -> str:
    return f"  together every {route['batch_s']:g} s" if "batch_s" in route else ""


def _quiet(route: Mapping[str, Any]) -> str:
    hours = route.get("quiet_hours")
    if hours is None:
        return ""
    days = f"{','.join(hours['days'])} " if "days" in hours else ""
    zone = f" {hours['timezone']}" if "timezone" in hours else ""
    return f"  quiet {days}{hours['from']}-{hours['to']}{zone}"


def _inhibitions(inhibit: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if inhibit:
        yield "\ninhibitions"
    for one in inhibit:
        alike = ", ".join(one.get("equal", ["account"])) or "nothing"
        yield f"  {_pairs(one['source'])} keeps quiet {_pairs(one['target'])}; alike: {alike}"


def _pairs(table: Mapping[str, Any]) -> str:
    return " ".join(f"{key}={_plain(value)}" for key, value in table.items())


def _plain(value: object) -> str:
    if isinstance(value, list):
        return "|".join(str(item) for item in value)
    return f"({_pairs(value)})" if isinstance(value, Mapping) else str(value)
