"""The start message, and what is found about keys, clocks and configuration later. Pure."""

from __future__ import annotations

from alertd.domain.events import Findings, Occasion
from alertd.domain.finding import Finding, Grade
from alertd.sinks.figures import clean
from alertd.sinks.finding_words import words_of
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story

_MOST_LINES = 12
_MOST_ACCOUNTS = 20
_TO_MEND = (Grade.BLOCKING, Grade.CRITICAL, Grade.WARNING)


def findings_story(speech: Speech, event: Findings) -> Story:
    """What was found, the worst first, and for what must be mended how."""
    if event.occasion is Occasion.TEST:
        return Story(subject=speech.say("findings_subject_test"), happened=speech.say("findings_test"))
    if event.occasion is Occasion.SWITCHED and event.findings:
        return _switched_story(speech, event.findings[0])
    lines = [finding_line(speech, finding) for finding in event.findings[:_MOST_LINES]]
    if len(event.findings) > _MOST_LINES:
        lines.append(speech.say("findings_more", count=str(len(event.findings) - _MOST_LINES)))
    named = [clean(name, 60) for name in event.accounts[:_MOST_ACCOUNTS]]
    if len(event.accounts) > _MOST_ACCOUNTS:
        named.append(f"+{len(event.accounts) - _MOST_ACCOUNTS}")
    return Story(
        subject=speech.say(f"findings_subject_{event.occasion}"),
        figure=_figure(speech, event),
        happened=speech.say(f"findings_{event.occasion}", accounts=", ".join(named)),
        facts=lines,
        steps=_steps(speech, event),
        names_account=True,
    )


def _switched_story(speech: Speech, finding: Finding) -> Story:
    """One thing that a person has changed."""
    _, what, cure = words_of(finding, speech.language)
    account = clean(finding.account, 60)
    key = f"switched_{finding.code}"
    subject = speech.say(key, account=account) if speech.knows(key) else what
    return Story(subject=subject, happened=what, steps=[cure] if cure else [], names_account=True)


def _figure(speech: Speech, event: Findings) -> str:
    count = len(event.accounts)
    accounts = speech.say(f"findings_figure_account{'' if count == 1 else 's'}", count=str(count))
    to_mend = [finding for finding in event.findings if finding.severity in _TO_MEND]
    grade = event.worst if speech.knows(f"findings_figure_{event.worst}") else Grade.WARNING
    same = sum(1 for finding in to_mend if finding.severity == grade)
    found = speech.say(f"findings_figure_{grade}", count=str(same))
    return speech.say("findings_figure_both", accounts=accounts, findings=found)


def finding_line(speech: Speech, finding: Finding) -> str:
    """How bad it is, whom it concerns and what it is."""
    grade, what, _ = words_of(finding, speech.language)
    if not finding.account:
        return speech.say("findings_line_all", severity=grade, what=what)
    return speech.say("findings_line", severity=grade, account=clean(finding.account, 60), what=what)


def _steps(speech: Speech, event: Findings) -> list[str]:
    steps = []
    for finding in event.findings[:_MOST_LINES]:
        cure = words_of(finding, speech.language).cure
        if not cure:
            continue
        account = clean(finding.account, 60)
        steps.append(speech.say("findings_step", account=account, cure=cure) if account else cure)
    return list(dict.fromkeys(steps))
