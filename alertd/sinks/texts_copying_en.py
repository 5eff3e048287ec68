# ruff: noqa: E501 - a text is easier to read and translate on one line
"""The English texts about who copies whom."""

from __future__ import annotations

from collections.abc import Mapping

COPYING_ENGLISH: Mapping[str, str] = {
    "kind_copy_relation": "change of a copy relation",
    "relation_subject": "copying {trader}",
    "relation_subject_followers": "your followers",
    "relation_figure_appeared": "began",
    "relation_figure_changed": "changed",
    "relation_figure_left": "ended",
    "relation_figure_followers": "{before} -> {now}",
    "relation_appeared": "This account copies {trader} now. {exchange}'s records show it; they did not before.",
    "relation_changed": "What {exchange}'s records show of copying {trader} is not what it was.",
    "relation_left": "This account does not copy {trader} any more. {exchange} sends no message about that: it is read from its records.",
    "relation_followers": "{now} people copy this account now; there were {before}.",
    "relation_code": "Code of the lead trader: {trader}",
    "relation_began": "Copied since: {since}",
    "relation_copy_amount": "Amount for copying: {now}",
    "relation_copy_amount_changed": "Amount for copying: {now}, before: {before}",
    "relation_profit_sharing_ratio": "Share of the profit for the lead trader: {now}",
    "relation_profit_sharing_ratio_changed": "Share of the profit for the lead trader: {now}, before: {before}",
    "relation_lead_mode_changed": "The lead trader leads in another mode now: {now}",
    "relation_began_changed": "It ended and began again meanwhile.",
    "step_relation_appeared": "If you did not begin this: in the {exchange} app look under Copy trading, stop it, and change your password.",
    "step_relation_changed": "If neither you nor the lead trader changed this: look under Copy trading in the {exchange} app.",
    "step_relation_left": "Look in the {exchange} app what became of the positions opened in copying: nobody may be there to close them.",
    "step_relation_why": "If you did not end it: its loss limit may be reached, or the lead trader stopped or removed you.",
    "field_copy_amount": "amount for copying",
    "field_profit_sharing_ratio": "share of the profit",
    "field_followers": "followers",
    "unseen_copied_traders": "whom it copies ({where})",
}
