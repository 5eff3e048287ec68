"""What persons decide about actions: approve, deny, switch off and on, arm. Pure.

Everything is refused before anything is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from difflib import get_close_matches

from msgspec.structs import replace

from alertd.actions.book import Book
from alertd.actions.draft import Draft
from alertd.actions.guards import Guard, World
from alertd.actions.plans import Plan
from alertd.actions.switching import thrown
from alertd.domain.action import Intent, IntentState, Mode, Switch
from alertd.domain.command import Approve, Command, CommandRefused, Deny, SwitchActions
from alertd.domain.people import ADMIN

SHORTEST_ID = 4  # letters of an id that name an intent, where no other one begins with them
_NEAREST = 3


class NoSuchIntent(CommandRefused):
    """No intent is called so. `name`: as it was given."""

    def __init__(self, name: str, cure: str) -> None:
        super().__init__(f"no action has the id {name[:20]!r}", cure)
        self.name = name


def approve(command: Approve, book: Book, plans: Mapping[str, Plan], world: World, draft: Draft) -> None:
    """One more person agrees; the last one that is needed lets it go.

    Whoever has lost the right meanwhile counts no more. If the configuration wants more persons by now, more
    must agree. Raises: CommandRefused.
    """
    _must_have_the_right(command, world)
    intent = find(command.intent_id, book)
    if intent.state is not IntentState.AWAITING:
        raise _not_asked(intent)
    if intent.expires_at is not None and intent.expires_at <= command.at:
        raise CommandRefused(
            f"the question {intent.intent_id} expired at {intent.expires_at:%Y-%m-%d %H:%M:%S} UTC",
            "the next alert asks anew",
        )
    plan = plans.get(intent.action)
    needed = max(intent.approvers, 0 if plan is None else plan.approvers)
    if needed > 1 and command.person == ADMIN:
        raise CommandRefused(
            f"{needed} different persons must approve, and the web token is nobody's own",
            'show the token of a person: [people.NAME] with can = ["read", "approve"]',
        )
    agreed = tuple(
        person
        for person in intent.approved_by
        if world.may_approve(person) and not (needed > 1 and person == ADMIN)
    )
    if command.person in agreed:
        missing = needed - len(agreed)
        raise CommandRefused(
            f"{command.person} has approved {intent.intent_id} already",
            f"{missing} more of other persons needed",
        )
    by = (*agreed, command.person)
    is_enough = len(by) >= needed
    draft.move(
        intent,
        IntentState.PLANNED if is_enough else IntentState.AWAITING,
        actor=command.person,
        reason="approved" if is_enough else intent.reason,
        detail=intent.detail,
        said=command.comment,
        approvers=needed,
        approved_by=by,
        expires_at=None if is_enough else intent.expires_at,
    )


def deny(command: Deny, book: Book, world: World, draft: Draft) -> None:
    """It is not carried out, as long as nothing may have been sent. Raises: CommandRefused."""
    _must_have_the_right(command, world)
    intent = find(command.intent_id, book)
    if intent.may_have_been_taken:
        raise CommandRefused(
            f"{intent.intent_id} was sent already, or may have been: what came of it is being read",
            "alertd actions off keeps it from being sent again",
        )
    if not intent.is_open:
        raise _not_asked(intent)
    draft.move(
        intent,
        IntentState.DENIED,
        actor=command.person,
        reason=Guard.DENIED,
        detail=command.person,
        said=command.comment,
        expires_at=None,
    )


def switch_actions(command: SwitchActions, switch: Switch, book: Book, world: World, draft: Draft) -> Switch:
    """The switch as it stands then. What has not begun is called off with it. Raises: CommandRefused."""
    _must_have_the_right(command, world)
    if command.account:
        after = _armed(command, switch, world)
        if not command.on:
            _call_off(
                book,
                draft,
                Guard.NOT_ARMED,
                lambda intent: goes_by_itself(intent) and intent.account == command.account,
            )
    else:
        after = replace(switch, on=command.on)
        if not command.on:
            _call_off(book, draft, Guard.SWITCHED_OFF, lambda _: True)
    if after == switch:
        return switch
    draft.switch = replace(after, by=command.person, at=command.at)
    draft.tell(thrown(command, draft.now))
    return draft.switch


def ask(intent: Intent, plan: Plan, doubt: Guard, draft: Draft) -> None:
    """Persons decide about what was to go by itself. It begins anew then."""
    draft.move(
        intent,
        IntentState.AWAITING,
        reason=doubt,
        fallback=doubt,
        approvers=plan.approvers,
        expires_at=draft.now + timedelta(seconds=plan.approval_ttl_s),
        began_at=None,
        readings=0,
    )


def goes_by_itself(intent: Intent) -> bool:
    """Whether it is carried out although no person was asked."""
    return intent.mode is Mode.AUTO and not intent.approvers


def find(name: str, book: Book) -> Intent:
    """The intent whose id begins with `name`.

    Raises: NoSuchIntent; CommandRefused where there are several, or `name` is too short.
    """
    wanted = name.strip().lower()
    if len(wanted) < SHORTEST_ID:
        raise CommandRefused(f"the id {name!r} is too short", f"give at least {SHORTEST_ID} of its letters")
    found = [intent for intent in book.all() if intent.intent_id.startswith(wanted)]
    if len(found) > 1:
        ids = sorted(intent.intent_id for intent in found)
        raise CommandRefused(f"the id {name!r} means several actions", f"give more of {', '.join(ids)}")
    if not found:
        raise NoSuchIntent(name, _nearest(wanted, [intent.intent_id for intent in book.open()]))
    return found[0]


def _must_have_the_right(command: Command, world: World) -> None:
    if not world.may_approve(command.person):
        raise CommandRefused(
            f"{command.person} may not decide about actions",
            f'give [people.{command.person}] the right: can = ["read", "approve"]',
        )


def _armed(command: SwitchActions, switch: Switch, world: World) -> Switch:
    if world.exchange(command.account) is None and command.account not in switch.armed:
        raise CommandRefused(f"there is no account {command.account!r}")
    changed = switch.armed | {command.account} if command.on else switch.armed - {command.account}
    return replace(switch, armed=changed)


def _call_off(book: Book, draft: Draft, guard: Guard, concerns: Callable[[Intent], bool]) -> None:
    for intent in book.open():
        if not intent.state.may_have_been_sent and concerns(intent):
            call_off(intent, guard, draft)


def call_off(intent: Intent, guard: Guard, draft: Draft) -> None:
    """It is not sent (again). What the exchange may have taken before is not proved then."""
    is_taken = intent.may_have_been_taken
    state = IntentState.UNCONFIRMED if is_taken else IntentState.CALLED_OFF
    draft.move(intent, state, reason=guard, expires_at=None)


def _not_asked(intent: Intent) -> CommandRefused:
    if intent.is_open:
        return CommandRefused(
            f"{intent.intent_id} is {intent.state}: nobody is asked", "nothing is to be done"
        )
    by = f" by {intent.detail}" if intent.state is IntentState.DENIED else ""
    at = "" if intent.ended_at is None else f" at {intent.ended_at:%Y-%m-%d %H:%M:%S} UTC"
    return CommandRefused(f"{intent.intent_id} is over: {intent.state}{by}{at}", "nothing is to be done")


def _nearest(wanted: str, known: list[str]) -> str:
    near = get_close_matches(wanted, known, n=_NEAREST, cutoff=0.5)
    return f"the nearest: {', '.join(near)}" if near else f"{len(known)} are open: alertd actions list"
