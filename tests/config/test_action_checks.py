"""What no single table of [actions] can see. Each case adds to a file that is right."""

from __future__ import annotations

import pytest

from tests.config.folder import SECRETS, Folder

ENV = {
    **SECRETS,
    "ALERTD_ACCOUNTS__LEAD__API_KEY": "key-of-lead",
    "ALERTD_ACCOUNTS__LEAD__API_SECRET": "secret-of-lead",
    "ALERTD_ACCOUNTS__COPY__API_KEY": "key-of-copy",
    "ALERTD_ACCOUNTS__COPY__API_SECRET": "secret-of-copy",
    "ALERTD_ACCOUNTS__DESK__API_KEY": "key-of-desk",
    "ALERTD_ACCOUNTS__DESK__API_SECRET": "secret-of-desk",
    "ALERTD_ACCOUNTS__DESK__PASSPHRASE": "phrase-of-desk",
    "ALERTD_PEOPLE__ANNA__TOKEN": "sixteen-letters-of-anna",
    "ALERTD_PEOPLE__BEN__TOKEN": "sixteen-letters-of-ben",
}
ACCOUNTS = """[accounts.main]
exchange = "okx"
[accounts.desk]
exchange = "okx"
role = "trader"
[accounts.lead]
exchange = "toobit"
role = "lead"
[accounts.copy]
exchange = "toobit"
role = "copier"
[people.anna]
can = ["read", "approve"]
[sinks.phone]
"""
STOP = '[actions.stop]\ntype = "stop_copying"\n'
OKX = STOP + 'account = "main"\nlead_traders = "all"\nopen_positions = "close_at_market"\n'
TOOBIT = STOP + 'account = "copy"\nlead_traders = "all"\n'
PAUSE = '[actions.pause]\ntype = "pause_leading"\naccount = "lead"\npause_s = 3600\n'
REMOVE = '[actions.gone]\ntype = "remove_follower"\naccount = "lead"\nfollowers = ["12", "13"]\n'


def rule(event: str = "margin_state", actions: str = '["stop"]', more: str = "") -> str:
    figure = {
        "margin_state": 'field = "margin_ratio"\nlevels = { critical = 3 }',
        "leader_state": 'field = "profit_rate"\nlevels = { critical = 0.1 }',
    }
    how = f'type = "ladder"\n{figure[event]}' if event in figure else 'type = "match"\nseverity = "critical"'
    return f'[rules.mine]\nevent = "{event}"\n{how}\nactions = {actions}\n{more}'


UNTOLD = "[rules.action]\nenabled = false\n"
RIGHT = {
    "one trader of OKX": OKX.replace('"all"', '["25CD5A80241D6FE6", "25CD5A80241D6FE6A1"]') + rule(),
    "Toobit": TOOBIT.replace('"all"', '["123456"]')
    + PAUSE
    + REMOVE
    + rule(actions='["stop", "pause", "gone"]'),
    "the account of the event, where the rule is narrowed": OKX.replace('"main"', '"event"')
    + rule(more='match = { account = "main" }\n'),
    "the trader of the event": OKX.replace('"all"', '"event"') + rule("leader_state"),
    "the trader of the event, at Toobit": TOOBIT.replace('"all"', '"event"')
    + rule().replace("margin_ratio", "distance_to_liquidation").replace("critical = 3", "critical = 0.01"),
    "an action that no rule names": OKX,
    "two approvers": OKX + 'approvers = 2\n[people.ben]\ncan = ["read", "approve"]\n',
    "an adjusted built-in rule": OKX + '[rules.margin_ratio]\nactions = ["stop"]\n',
    "what alertd sees of itself": OKX + rule("self_check"),
    "a rule of one's own tells of actions": OKX
    + 'mode = "dry_run"\n'
    + UNTOLD
    + '[rules.mine]\nevent = "action"\ntype = "match"\nseverity = "critical"\n',
    "nothing to tell of": OKX + 'mode = "off"\n' + UNTOLD,
}
WRONG: dict[str, tuple[str, list[str]]] = {
    "nobody hears of it": (
        OKX + 'mode = "dry_run"\n' + UNTOLD,
        [
            "rules.action.enabled: nobody would be asked for approval or hear what was done; remove it, or "
            'write a rule of your own with event = "action"'
        ],
    ),
    "an unknown action": (
        OKX + rule(actions='["stopp"]'),
        ['rules.mine.actions: there is no action "stopp"; did you mean "stop"?'],
    ),
    "an unknown account": (
        OKX.replace('"main"', '"man"'),
        ['actions.stop.account: there is no account "man"; did you mean "main"?'],
    ),
    "a role that copies nobody": (
        OKX.replace('"main"', '"desk"'),
        [
            'actions.stop.account: accounts.desk has role "trader" and cannot stop copying, which role '
            '"auto" or "copier" can; name others (with account = "event": narrow the rule by match.account)'
        ],
    ),
    "of the event, with a rule for all": (
        OKX.replace('"main"', '"event"') + rule(more='match = { exchange = "okx" }\n'),
        [
            'actions.stop.account: accounts.desk has role "trader" and cannot stop copying, which role '
            '"auto" or "copier" can; name others (with account = "event": narrow the rule by match.account)'
        ],
    ),
    "the other exchange": (
        PAUSE.replace('"lead"', '"main"'),
        [
            "actions.pause.account: accounts.main is at okx, and pause_leading is there on toobit only; "
            "name others"
        ],
    ),
    "no word about open positions": (
        OKX.replace('open_positions = "close_at_market"\n', ""),
        [
            "actions.stop.open_positions: is missing, and there is no default: write one of "
            '"close_at_market", "leader_closes" or "leave_to_me"'
        ],
    ),
    "open positions at Toobit": (
        TOOBIT + 'open_positions = "leave_to_me"\n',
        [
            "actions.stop.open_positions: is for OKX only: Toobit refuses to stop copying while copied "
            "positions are open; remove it"
        ],
    ),
    "accounts of both": (
        OKX.replace('"main"', '"[mc]*"'),
        ["actions.stop.account: fits accounts of okx and toobit, which differ: one action for each"],
    ),
    "ids of the other exchange": (
        TOOBIT.replace('"all"', '["25CD5A80241D6FE6"]') + REMOVE.replace('"13"', '"0"'),
        [
            'actions.stop.lead_traders: "25CD5A80241D6FE6" is no id of toobit: digits only',
            'actions.gone.followers: "0" is no id of toobit: digits only',
        ],
    ),
    "a list of those who are allowed, and another one": (
        OKX + 'allowed_traders = ["25CD5A80241D6FE6"]\n',
        [
            'actions.stop.allowed_traders: goes with lead_traders = "event" only: write these traders there, '
            "or remove it"
        ],
    ),
    "more traders than at once": (
        REMOVE + "max_traders = 1\nmax_per_day_total = 1\n",
        [
            "actions.gone.max_traders: is 1, and 2 are named: it would never run for all of them",
            "actions.gone.max_per_day_total: is 1, and 2 are named: it would never run for all of them",
        ],
    ),
    "more approvers than people": (
        OKX + "approvers = 3\n",
        [
            "actions.stop.approvers: 3 persons must approve, and 1 of [people] may, with a token and "
            'can = ["approve"] (the web token is nobody\'s own and does not count)'
        ],
    ),
    "a rule that can never match": (
        OKX + rule(more='match = { exchange = "binance" }\n'),
        [
            "rules.mine.actions: the rule can never match any account, so it would never trigger them: "
            "match.exchange does not fit"
        ],
    ),
    "a figure that the exchange does not tell": (
        TOOBIT + rule(more='match = { account = "copy" }\n'),
        [
            "rules.mine.actions: the rule can never match any account, so it would never trigger them: "
            "match.account does not fit; toobit tells no margin_ratio"
        ],
    ),
    "a rule that is never so bad": (
        OKX + rule().replace("critical", "warning"),
        [
            "rules.mine.actions: the rule is never critical, so it would never trigger them; "
            'write actions_from = "warning"'
        ],
    ),
    "no trader in the event": (
        OKX.replace('"all"', '"event"') + rule(more='match = { exchange = "okx" }\n'),
        [
            "rules.mine.actions: margin_state on okx names no lead trader of its accounts, and "
            'actions.stop.lead_traders are those of the event; write "all" there, or ids'
        ],
    ),
    "no trader in such events at all": (
        OKX.replace('"all"', '"event"') + rule("lead_trade_failed", more='match = { account = "main" }\n'),
        [
            "rules.mine.actions: lead_trade_failed names no lead trader of its accounts, and "
            'actions.stop.lead_traders are those of the event; write "all" there, or ids'
        ],
    ),
    "no account in the event": (
        OKX.replace('"main"', '"event"') + rule("self_check"),
        [
            "rules.mine.actions: self_check is of no account, and actions.stop.account is that of the event; "
            "name one"
        ],
    ),
    "an action about actions": (
        OKX + rule("action"),
        [
            "rules.mine.actions: action triggers nothing: it tells of what alertd did, or reports; "
            "remove the key"
        ],
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_what_can_be_done_is_taken(case: str, folder: Folder) -> None:
    folder.write(ACCOUNTS + RIGHT[case])
    assert folder.load(env=ENV).actions


@pytest.mark.parametrize("case", WRONG)
def test_what_could_never_be_done_is_refused(case: str, folder: Folder) -> None:
    text, expected = WRONG[case]
    folder.write(ACCOUNTS + text)
    assert [line.partition(": ")[2] for line in folder.problems(env=ENV)] == expected


def test_an_account_may_not_be_called_like_the_word(folder: Folder) -> None:
    accounts = ACCOUNTS.replace("[accounts.main]", "[accounts.event]")
    folder.write(accounts + OKX.replace('"main"', '"event"'))
    keys = {name.replace("__MAIN__", "__EVENT__"): value for name, value in ENV.items()}
    folder.env = {}
    (problem,) = folder.problems(env=keys)
    assert 'one of the accounts is called "event": rename it' in problem


def test_a_rule_that_is_off_is_left_alone(folder: Folder) -> None:
    folder.write(ACCOUNTS + OKX + rule(more='match = { exchange = "binance" }\nenabled = false\n'))
    assert not folder.load(env=ENV).rules["mine"].enabled
