"""PURE: what may be meant as it stands, and yet would leave somebody without the alert he waits for.

Each line names the key and a cure. None of it ends a start: only who wrote the file knows what is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from alertd.alerts.addressing import covers_critical
from alertd.alerts.settings import RouteSettings
from alertd.config.action_cautions import action_cautions
from alertd.config.settings import Settings
from alertd.domain.alert import Severity
from alertd.sinks.settings import SinkSettings

# Of these the URL names the server; of every other service the service itself is what may fail.
_HTTP, _POST = ("json", "xml", "form", "apprise", "ntfy", "gotify", "matrix", "mmost", "rocket"), ("mailto",)
_OWN_SERVER = frozenset((*_HTTP, *_POST, "mqtt", "syslog", "rsyslog"))
_PUBLIC_NTFY = "ntfy.sh"


def cautions(settings: Settings) -> list[str]:
    """One line for each."""
    routes = settings.routes
    found = [*_nobody_wakes(routes, settings.sinks)]
    for number, route in enumerate(routes):
        found += [f"routes[{number}].{line}" for line in _of_route(route, settings.sinks)]
    return [*found, *_nameless_people(settings), *action_cautions(settings)]


def _nameless_people(settings: Settings) -> Iterator[str]:
    for name, person in settings.people.items():
        if person.token is None:
            key = f"people.{name}.token"
            yield f"{key}: is not given, so nobody can act as {name}; set the secret {key}"


def _of_route(route: RouteSettings, sinks: Mapping[str, SinkSettings]) -> Iterator[str]:
    if covers_critical(route):
        yield (
            "quiet_hours: critical alerts wait until they are over as well, because match names them; "
            "give critical alerts a route of their own, without quiet_hours"
        )
    for spare in route.fallback:
        if spare in route.sinks:
            yield f"fallback: {spare} is one of the route's own sinks and stands in for nobody; name another"
            continue
        alike = [
            name
            for name in route.sinks
            if name in sinks and spare in sinks and _fail_together(sinks, name, spare)
        ]
        if alike:
            yield (
                f"fallback: {spare} fails together with {', '.join(alike)}: "
                f"{_what_they_share(sinks[spare])}; name a sink of another service"
            )


def _nobody_wakes(routes: Sequence[RouteSettings], sinks: Mapping[str, SinkSettings]) -> Iterator[str]:
    """Critical routes that ring nowhere, unless one for everything critical does.

    A route that takes everything is one only where none is meant for what is urgent: it may be a log.
    """
    critical = [(number, route) for number, route in enumerate(routes) if _takes(route, Severity.CRITICAL)]
    urgent = [one for one in critical if not _takes(one[1], Severity.INFO)]
    if any(_takes_all(route) and _wakes(route, sinks) for _, route in critical):
        return
    for number, route in urgent or critical:
        if not _wakes(route, sinks):
            yield (
                f"routes[{number}].sinks: a critical alert at night reaches only what a sleeping phone may "
                f"mute ({', '.join(route.sinks)}); name a sink that calls or pages in its escalate"
            )


def _takes(route: RouteSettings, severity: Severity) -> bool:
    globs = route.match.severity
    return globs is None or any(fnmatchcase(severity, glob) for glob in globs)


def _takes_all(route: RouteSettings) -> bool:
    """Every critical alert, whatever it is about."""
    match = route.match
    narrowed = (match.kind, match.account, match.exchange, match.instrument)
    return not match.labels and all(globs is None or "*" in globs for globs in narrowed)


def _wakes(route: RouteSettings, sinks: Mapping[str, SinkSettings]) -> bool:
    named = [*route.sinks, *(sink for step in route.escalate for sink in step.sinks)]
    return any(name in sinks and sinks[name].wakes for name in named)


def _fail_together(sinks: Mapping[str, SinkSettings], one: str, other: str) -> bool:
    return _failure_domain(sinks[one]) == _failure_domain(sinks[other])


def _failure_domain(sink: SinkSettings) -> str:
    """What takes every sink of the same domain with it when it fails; may be secret."""
    service = _service(sink)
    if service not in _OWN_SERVER:
        return service
    url = urlsplit(sink.url.get_secret_value().strip())
    if service == "ntfy" and not url.path.strip("/"):
        return _PUBLIC_NTFY  # what stands in the place of a host is a topic
    options = dict(option.partition("=")[::2] for option in url.query.split("&"))
    return (options.get("smtp") or url.netloc.rpartition("@")[2].partition(":")[0]).lower()


def _what_they_share(sink: SinkSettings) -> str:
    return "the same server" if _service(sink) in _OWN_SERVER else f"the same service ({_service(sink)})"


def _service(sink: SinkSettings) -> str:
    """The scheme without the letter that means TLS."""
    scheme = sink.scheme
    return scheme[:-1] if scheme.endswith("s") and scheme[:-1] in _OWN_SERVER else scheme
