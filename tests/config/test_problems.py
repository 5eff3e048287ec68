"""Every refusal: where it stands, which key, what is wrong, what to do."""

from __future__ import annotations

import pytest

from tests.config.folder import SMALLEST, Folder

ACCOUNT = '[accounts.main]\nexchange = "okx"\n'
SINK = "[sinks.phone]\n"

# the whole file, the lines of the refusal
REFUSALS: dict[str, tuple[str, list[str]]] = {
    "unknown key of an account": (
        ACCOUNT + 'regoin = "eea"\n' + SINK,
        ['alertd.toml:3: accounts.main.regoin: unknown key; did you mean "region"?'],
    ),
    "unknown section": (
        SMALLEST + "[acounts.two]\n",
        ['alertd.toml:5: acounts: unknown key; did you mean "accounts"?'],
    ),
    "unknown top-level key": (
        'langage = "en"\n' + SMALLEST,
        ['alertd.toml:1: langage: unknown key; did you mean "language"?'],
    ),
    "unknown key in a list": (
        SMALLEST + '[[routes]]\nsinks = ["phone"]\n[[routes]]\nsinks = ["phone"]\nremind = [1]\n',
        ['alertd.toml:9: routes[1].remind: unknown key; did you mean "remind_s"?'],
    ),
    "unknown key in an inline table": (
        SMALLEST + '[[routes]]\nsinks = ["phone"]\nmatch = { severty = ["critical"] }\n',
        ['alertd.toml:7: routes[0].match.severty: unknown key; did you mean "severity"?'],
    ),
    "unknown key deep in an account": (
        ACCOUNT + 'instruments = [{ inst_type = "SWAP", inst_famly = "BTC-USD" }]\n' + SINK,
        ['alertd.toml:3: accounts.main.instruments[0].inst_famly: unknown key; did you mean "inst_family"?'],
    ),
    "a key nothing resembles": (
        SMALLEST + "[log]\nxyzzy = 1\n",
        ["alertd.toml:6: log.xyzzy: unknown key; known: format, level"],
    ),
    "a section of a later version": (
        SMALLEST + "[recording]\ndays = 1\n",
        ["alertd.toml:5: recording: not available in this version yet; remove it"],
    ),
    "actions that are not clear": (
        SMALLEST
        + "[actions.a]\nmode = 'off'\n[actions.b]\ntype = 'stop_copyng'\n"
        + "[actions.c]\ntype = 'stop_copying'\naccount = 'main'\nlead_traders = ['all']\nmode = 'on'\n"
        + "open_positions = 'close'\npause_s = 60\n"
        + "[actions.d]\ntype = 'remove_follower'\naccount = 'main'\nfollowers = ['7']\nmode = 'auto'\n",
        [
            "alertd.toml:5: actions.a: type is missing; write type = one of "
            '"stop_copying", "pause_leading", "remove_follower"',
            'alertd.toml:7: actions.b: there is no action type "stop_copyng"; did you mean "stop_copying"?',
            'alertd.toml:12: actions.c.lead_traders: "all" is no trader: write lead_traders = "all", '
            "without a list",
            "alertd.toml:13: actions.c.mode: must be 'off', 'dry_run', 'approve' or 'auto'",
            "alertd.toml:14: actions.c.open_positions: must be 'close_at_market', 'leader_closes' or "
            "'leave_to_me'",
            'alertd.toml:15: actions.c.pause_s: does not belong to type = "stop_copying", only to '
            '"pause_leading"; remove it',
            "alertd.toml:20: actions.d.mode: a follower is never removed without asking: write "
            'mode = "approve"',
        ],
    ),
    "people that are not clear": (
        SMALLEST
        + '[people.admin]\n[people.anna]\ncan = ["ack", "write"]\ntelegram_user_id = 7\n'
        + '[people.ben]\ntoken = "short"\ntelegram_user_id = 7\n[people.cem]\ncan = []\nmay = "ack"\n',
        [
            "alertd.toml:5: people.admin: is the name of whoever has web.token; choose another",
            "alertd.toml:7: people.anna.can[1]: must be 'read', 'ack' or 'approve'",
            "alertd.toml:10: people.ben.token: must be 16 letters or digits at least "
            "(- _ ~ . + / = may stand among them), so that nobody guesses it",
            "alertd.toml:11: people.ben.telegram_user_id: is people.anna.telegram_user_id as well; "
            "give each person their own",
            'alertd.toml:13: people.cem.can: must hold at least one entry; write can = ["read", "ack"]',
            "alertd.toml:14: people.cem.may: unknown key; known: can, telegram_user_id, token",
        ],
    ),
    "an inhibition that is not clear": (
        SMALLEST
        + '[[inhibit]]\nsource = { rule = "account_parked" }\ntarget = { severty = "info" }\n'
        + 'equal = ["acount"]\n[[inhibit]]\nname = "blind"\nsource = { rule = "r" }\n'
        + 'target = { severity = "bad" }\n[[inhibit]]\nsource = {}\ntarget = { rule = "r" }\n',
        [
            'alertd.toml:7: inhibit[0].target.severty: unknown key; did you mean "severity"?',
            'alertd.toml:8: inhibit[0].equal[0]: "acount" is no field of an alert; use severity, kind, '
            "account, exchange, instrument, rule, subject or labels.NAME",
            'alertd.toml:10: inhibit[1].name: "blind" is a built-in inhibition; take another name',
            "alertd.toml:12: inhibit[1].target.severity: 'bad' can never match; use one of info, warning, "
            "critical, or a glob like '*'",
            "alertd.toml:13: inhibit[2]: source would match every alert; say which, for example by rule",
        ],
    ),
    "a silence that may last too long": (
        SMALLEST + "[silences]\nmax_s = 9999999\n",
        [
            "alertd.toml:6: silences.max_s: must be a number of seconds from 60 to 2592000 (30 days); "
            "write max_s = 86400"
        ],
    ),
    "reminders that do not grow": (
        SMALLEST
        + '[[routes]]\nsinks = ["phone"]\nremind_s = { first_s = 60, factor = 1 }\n'
        + '[[routes]]\nsinks = ["phone"]\nremind_s = { first_s = 60, longest_s = 5 }\n',
        [
            "alertd.toml:7: routes[0].remind_s: factor: must be greater than or equal to 1.1; "
            "write remind_s = { first_s = 60, factor = 2, longest_s = 3600 }",
            "alertd.toml:10: routes[1].remind_s: longest_s must not be below first_s",
        ],
    ),
    "keys of a later version": (
        ACCOUNT
        + "poll_interval_s = 5\n"
        + SINK
        + 'interactive = true\n[web]\npublic_url = "https://x"\n'
        + '[[routes]]\nsinks = ["phone"]\nbatch_s = 0\n',
        [
            "alertd.toml:3: accounts.main.poll_interval_s: not available in this version yet; remove it",
            "alertd.toml:5: sinks.phone.interactive: not available in this version yet; remove it",
            "alertd.toml:7: web.public_url: not available in this version yet; remove it",
        ],
    ),
    "quiet hours that are none": (
        SMALLEST
        + '[[routes]]\nsinks = ["phone"]\n'
        + 'quiet_hours = { days = "mo", form = "23:00", to = "7", timezone = "Asia/Tokio" }\n'
        + '[[routes]]\nsinks = ["phone"]\nquiet_hours = { from = 07:00:00, to = "07:00" }\n',
        [
            "alertd.toml:7: routes[0].quiet_hours.days: 'mo' is no day; use mon, tue, wed, thu, fri, sat, "
            'sun, or a range such as "mon-fri"',
            'alertd.toml:7: routes[0].quiet_hours.form: unknown key; did you mean "from"?',
            'alertd.toml:7: routes[0].quiet_hours.from: missing; write from = "23:00"',
            'alertd.toml:7: routes[0].quiet_hours.timezone: unknown time zone "Asia/Tokio"; '
            'did you mean "Asia/Tokyo"?',
            "alertd.toml:7: routes[0].quiet_hours.to: '7' is no time of the day; write \"23:00\", "
            'from "00:00" to "23:59"',
            "alertd.toml:10: routes[1].quiet_hours: from and to are the same time: that is no window; "
            "to keep a sink from hearing of this at all, leave it out of the route",
        ],
    ),
    "an exchange nobody knows": (
        SMALLEST + '[accounts.two]\nexchange = "okex"\n',
        ['alertd.toml:6: accounts.two.exchange: unknown exchange "okex"; available: "okx" or "toobit"'],
    ),
    "no exchange": (
        "[accounts.main]\n" + SINK,
        ['alertd.toml:1: accounts.main.exchange: missing; write exchange = "okx"'],
    ),
    "a rule type of a later version": (
        SMALLEST + '[rules.x]\ntype = "all"\n',
        [
            'alertd.toml:5: rules.x: type "all" is not available in this version yet; '
            'available: "ladder", "match", "count", "absence" or "drawdown"'
        ],
    ),
    "a count that is a match": (
        SMALLEST
        + '[rules.x]\ntype = "count"\nevent = "liquidation"\nseverity = "info"\ncount = 1\nwithin_s = 60\n',
        [
            "alertd.toml:9: rules.x.count: 1 must be a whole number from 2 to 1000; "
            'for every single event write type = "match" without count'
        ],
    ),
    "an absence without its time": (
        SMALLEST + '[rules.x]\ntype = "absence"\nevent = "liquidation"\nseverity = "info"\nwithin_s = 60\n',
        [
            "alertd.toml:5: rules.x.absent_for_s: missing; write absent_for_s = 3600",
            'alertd.toml:9: rules.x.within_s: does not belong to type = "absence", only to "count"; '
            "remove it",
        ],
    ),
    "a fall in percent without the sign": (
        SMALLEST + '[rules.x]\ntype = "drawdown"\nevent = "margin_state"\nseverity = "info"\n'
        'field = "margin_ratio"\nfall = 10\nwindow_s = 3600\n',
        [
            "alertd.toml:10: rules.x.fall: 10 must be above 0 and at most 1: "
            '0.1 means 10 % of the peak; write "10%" or 0.1'
        ],
    ),
    "a key of another rule type": (
        SMALLEST + '[rules.x]\ntype = "match"\nevent = "margin_state"\nseverity = "info"\nlevels = {}\n',
        ['alertd.toml:9: rules.x.levels: does not belong to type = "match", only to "ladder"; remove it'],
    ),
    "a name": (
        SMALLEST + "[sinks.Mail]\n",
        [
            "alertd.toml:5: sinks.Mail: is no name: write lower-case letters, digits and _, "
            "beginning with a letter"
        ],
    ),
    "a choice": (
        ACCOUNT + 'region = "eu"\n' + SINK,
        ["alertd.toml:3: accounts.main.region: must be 'global', 'eea', 'us' or 'tr'"],
    ),
    "a number": (
        SMALLEST + '[web]\nport = "many"\n',
        ["alertd.toml:6: web.port: must be a whole number from 0 to 65535; write port = 8787"],
    ),
    "a fraction where there is none": (
        SMALLEST + "[web]\nport = 80.5\n",
        ["alertd.toml:6: web.port: must be a whole number from 0 to 65535; write port = 8787"],
    ),
    "a time zone": (
        'timezone = "Europ/Berlin"\n' + SMALLEST,
        ['alertd.toml:1: timezone: unknown time zone "Europ/Berlin"; did you mean "Europe/Berlin"?'],
    ),
    "a time zone nothing resembles": (
        'timezone = "?"\n' + SMALLEST,
        ['alertd.toml:1: timezone: unknown time zone "?"; write an IANA name, such as "Europe/Berlin"'],
    ),
    "a ratio": (
        SMALLEST + "[rules.margin_ratio]\nlevels = { warning = 500 }\n",
        [
            "alertd.toml:6: rules.margin_ratio.levels.warning: 500 is too high for margin_ratio: "
            '3.0 means 300 %; write "500%" or 5'
        ],
    ),
    "another address without a token": (
        SMALLEST + '[web]\nhost = "0.0.0.0"\n',
        [
            'alertd.toml:5: web: host "0.0.0.0" can be reached from other machines: set a token (environment '
            'variable ALERTD_WEB__TOKEN or secret file web.token), or write host = "127.0.0.1"'
        ],
    ),
    "a table where a value stands": (
        SMALLEST + "[language]\nx = 1\n",
        ["alertd.toml:5: language: must be 'en' or 'zh'"],
    ),
    "defaults of the accounts, once": (
        '[account_defaults]\nregoin = "eea"\nstale_after_s = "soon"\n' + SMALLEST,
        [
            'alertd.toml:2: account_defaults.regoin: unknown key; did you mean "region"?',
            "alertd.toml:3: account_defaults.stale_after_s: must be a number of seconds above 0; "
            "write stale_after_s = 20",
        ],
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_each_refusal_names_place_key_and_cure(case: str, folder: Folder) -> None:
    text, expected = REFUSALS[case]
    folder.write(text)
    # The accounts and sinks added here have no secrets, which is told as well.
    assert [line for line in folder.problems() if "the secret is missing" not in line] == expected


def test_everything_is_told_at_once(folder: Folder) -> None:
    """All refusals that can stand in one file, and those of the other sources."""
    folder.write(
        'langage = "en"\n' + ACCOUNT + 'regoin = "x"\n' + SINK + '[[routes]]\nsinks = ["phon"]\n[rules.x]\n'
    )
    folder.secret("accounts.main.api_kei", "x")
    lines = folder.problems("web.prt=1", env={"ALERTD_LOG__LEVL": "info", "ALERTD_WEB__PORT": "x"})
    assert sorted(lines) == sorted(
        [
            '--set: web.prt: unknown key; did you mean "port"?',
            'environment variable ALERTD_LOG__LEVL: log.levl: unknown key; did you mean "level"?',
            "environment variable ALERTD_WEB__PORT: web.port: must be a whole number from 0 to 65535; "
            "write port = 8787",
            'secrets/accounts.main.api_kei: accounts.main.api_kei: unknown key; did you mean "api_key"?',
            'alertd.toml:1: langage: unknown key; did you mean "language"?',
            'alertd.toml:4: accounts.main.regoin: unknown key; did you mean "region"?',
            'alertd.toml:7: routes[0].sinks: there is no sink "phon"; did you mean "phone"?',
            "alertd.toml:8: rules.x: type is missing; "
            'write type = "ladder", "match", "count", "absence" or "drawdown"',
        ]
    )


@pytest.mark.parametrize("given", [None, ""])
@pytest.mark.parametrize(
    ("variable", "key", "line"),
    [
        ("ALERTD_ACCOUNTS__MAIN__API_KEY", "accounts.main.api_key", 1),
        ("ALERTD_ACCOUNTS__MAIN__API_SECRET", "accounts.main.api_secret", 1),
        ("ALERTD_ACCOUNTS__MAIN__PASSPHRASE", "accounts.main.passphrase", 1),
        ("ALERTD_SINKS__PHONE__URL", "sinks.phone.url", 4),
    ],
)
def test_a_missing_secret_names_where_it_may_stand(
    given: str | None, variable: str, key: str, line: int, folder: Folder
) -> None:
    folder.env.pop(variable)
    if given is not None:
        folder.env[variable] = given
    cure = f"set the environment variable {variable} or the secret file {key}"
    place = f"alertd.toml:{line}" if given is None else f"environment variable {variable}"
    assert folder.problems() == [
        f"{place}: {key}: the secret is {'missing' if given is None else 'empty'}; {cure}"
    ]


def test_a_slip_in_an_override_is_not_hidden_by_a_lower_source(folder: Folder) -> None:
    folder.write(ACCOUNT + 'region = "eea"\n' + SINK)
    assert folder.problems(env={"ALERTD_ACCOUNTS__MAIN__REGION": "mars"}) == [
        "environment variable ALERTD_ACCOUNTS__MAIN__REGION: accounts.main.region: "
        "must be 'global', 'eea', 'us' or 'tr'"
    ]
