# ruff: noqa: E501 - a text is easier to read and translate on one line
"""The English texts about alertd itself: the canary, and who watches from outside."""

from __future__ import annotations

from collections.abc import Mapping

SELF_CHECK_ENGLISH: Mapping[str, str] = {
    "canary_title": "alertd is awake",
    "canary_body": "There was nothing to tell here for hours, and nothing waits. This message proves that alerts would arrive here.",
    "canary_proof": "This message only proves that alerts can arrive here now.",
    "canary_waiting": "Messages that wait to be sent here: {count} (quiet hours, batching, or this way failed). Look with alertd alerts.",
    "canary_dead": "Messages given up here in the last 24 hours: {count}. Look with alertd alerts.",
    "kind_self_check": "check of alertd itself",
    "self_check_canary_subject": "alerts may not arrive",
    "self_check_canary_figure": "canary failed",
    "self_check_canary_stuck": "What alertd sends through itself at intervals did not arrive in time. Alerts may be held up inside alertd.",
    "self_check_canary_sinks": "No message has arrived lately through {sinks}. Critical alerts may not reach you that way.",
    "self_check_canary_means": "While this lasts the outside watcher, if there is one, gets no sign of life.",
    "self_check_canary_over_subject": "canary",
    "self_check_canary_over": "What alertd sends through itself arrives again, and so do messages.",
    "self_check_canary_off": "The canary is switched off: alertd no longer tries whether alerts would arrive.",
    "self_check_last": "Last time it arrived: {since}",
    "self_check_dead_man_subject": "outside watcher",
    "self_check_dead_man_figure": "cannot be reached",
    "self_check_dead_man": "The outside watcher (dead_man.url) does not take alertd's signs of life. It may call you although alertd works; and if alertd dies now, that looks the same.",
    "self_check_dead_man_last": "Last sign of life taken: {since}",
    "self_check_dead_man_over_subject": "outside watcher",
    "self_check_dead_man_over": "The outside watcher takes alertd's signs of life again.",
    "self_check_dead_man_off": "There is no outside watcher any more: if this server dies, you hear nothing.",
    "self_check_peer_subject": "alertd {name} silent",
    "self_check_peer_figure": "no sign of life",
    "self_check_peer": "The other alertd, {name}, gives no sign of life any more: it is down, cut off, or cannot get its alerts out. What it watches is watched by nobody now.",
    "self_check_peer_last": "Last sign of life: {since}",
    "self_check_peer_over_subject": "alertd {name}",
    "self_check_peer_over": "The other alertd, {name}, gives signs of life again.",
    "self_check_peer_off": "The other alertd, {name}, is not watched from here any more.",
    "step_peer": "Look after the machine that runs it: the service, its log, the network.",
    "step_peer_accounts": "Until it is back look at its accounts yourself.",
    "self_check_detail": "Detail: {detail}",
    "step_stuck": "Look at the log of alertd and at the disk, memory and load of its machine; restart it if nothing is found.",
    "step_sinks": "Check the urls of these sinks, then run alertd doctor --send.",
    "step_dead_man": "Check dead_man.url (environment ALERTD_DEAD_MAN__URL, or secret file dead_man.url), the network of this machine, and the watching service.",
}
