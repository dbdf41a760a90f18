"""What a message says: one fixed sentence, and on a private channel the reasons.

On any other channel the sentence is all, with a neutral line where the site has one: no name, drug,
diagnosis, test, value or clinic.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from monitor.delivery.channels.outgoing import Outgoing
from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.message import RANK, Item, Message
from monitor.domain.reminders.policy import SiteWords
from monitor.domain.reminders.subject import urgency_in
from monitor.domain.reminders.translation import Translation

_TO_STAFF = {
    Urgency.ROUTINE: "A scheduled check is due.",
    Urgency.URGENT: "A patient needs action today.",
    Urgency.EMERGENCY: "A patient needs action now.",
}

_ENDLESS = 10**9


@dataclass(frozen=True, kw_only=True, slots=True)
class Around:
    """What a message says besides its reminders."""

    site: SiteWords = field(default_factory=SiteWords)
    people: Mapping[str, str] = field(default_factory=dict)  # who patients are, on private channels
    language: str | None = None  # of the patient whom it is to


def compose(
    message: Message, now: datetime, room: int | None = None, around: Around | None = None
) -> Outgoing:
    """Write what goes over a channel; the same key on every try.

    `room`: the most characters that the channel takes; None where it takes any number.
    """
    around = around or Around()
    words = around.site.for_patient(around.language)
    sentence = _sentence(message, words)
    if message.via.is_private:
        today = now.astimezone(ZoneInfo(message.zone)).date()
        body = _in_full(message, sentence, today, room, around)
    else:
        body = sentence
        with_line = f"{sentence}\n{around.site.neutral_line}"
        is_about_somebody = message.items or message.text is None
        if around.site.neutral_line and is_about_somebody and len(with_line) <= (room or _ENDLESS):
            body = with_line
    return Outgoing(
        key=message.key, ref=message.ref, title=sentence, body=body, urgency=message.urgency
    )


def _sentence(message: Message, words: Translation) -> str:
    if message.role is not Role.PATIENT:
        return message.text or f"{_TO_STAFF[message.urgency]} Ref {message.ref}."
    if message.text is not None:
        return words.in_words(message.text)
    return f"{words.say(message.urgency)} Ref {message.ref}."


def _in_full(message: Message, sentence: str, today: date, room: int | None, around: Around) -> str:
    if not message.items:
        return sentence
    last = _last(message, around)
    by_patient: dict[str, list[str]] = {}  # the gravest first
    for item in sorted(message.items, key=_gravest_first):
        by_patient.setdefault(item.patient, []).append(_told(item, today))
    if message.role is Role.PATIENT:
        words = around.site.for_patient(around.language)
        by_patient = {who: [*map(words.in_words, said)] for who, said in by_patient.items()}
    else:
        by_patient = {
            who: [_named(text, who, around.people.get(who, who)) for text in said]
            for who, said in by_patient.items()
        }
    told = ["\n\n".join(_each_once(parts)) for parts in by_patient.values()]
    for kept in range(len(told), -1, -1):
        left_out = len(told) - kept
        parts = [sentence, *told[:kept], *([_more(left_out, kept)] if left_out else []), last]
        text = "\n\n".join(parts)
        if room is None or len(text) <= room:
            return text
    return sentence


def _each_once(told: list[str]) -> list[str]:
    """Say the same of a patient once: that somebody was not reached is a line more, and no more."""
    remarks: dict[str, dict[str, None]] = {}  # by what is said up to its reason
    for text in told:
        first, reason, rest = text.partition("\nWhy: ")
        why, end, others = rest.partition("\n")
        said = remarks.setdefault(first + reason + why, {})
        said |= dict.fromkeys(others.split("\n") if end else [])
    return ["\n".join([said, *others]) for said, others in remarks.items()]


def _gravest_first(item: Item) -> int:
    """Order by how urgent the words are, and by the stage where they do not say so."""
    urgency = urgency_in(item.words, otherwise=Urgency.ROUTINE)
    return -RANK.get(urgency, RANK[item.stage])


def _more(left_out: int, kept: int) -> str:
    """Say that a channel takes no more: whole patients are left out, and none in the middle."""
    patients = f"{left_out} {'patient' if left_out == 1 else 'patients'}"
    return f"And {patients}{' more' if kept else ''}, for whom there is no room: monitor outbox."


def _named(text: str, who: str, shown: str) -> str:
    """Say who a patient is where a line begins with the identifier."""
    return re.sub(rf"^{re.escape(who)}(?=[,:] )", lambda _: shown, text, flags=re.M)


def _last(message: Message, around: Around) -> str:
    """Say who writes, whom to call, and what to do."""
    site = around.site
    if message.role is Role.PATIENT:
        words = site.for_patient(around.language)
        lines = [words.say("clinic", clinic=site.clinic)] if site.clinic else []
        lines += [words.say("telephone", telephone=site.telephone)] if site.telephone else []
        return "\n".join([*lines, words.say("reference", ref=message.ref)])
    known = [site.clinic, f"telephone {site.telephone}" if site.telephone else ""]
    sender = ", ".join(filter(None, known))
    return (f"From {sender}.\n" if sender else "") + (
        "To do: have each done and record it; monitor explain PATIENT RULE says more.\n"
        f"Seen it? monitor acknowledge {message.ref} --by YOU pauses reminders; what is to be done "
        "stays open.\nThis program advises; people decide."
    )


def _told(item: Item, today: date) -> str:
    late = (today - date.fromisoformat(item.since)).days
    if late < 1:
        return item.words
    return f"{item.words}\nThis message is delayed {late} {'day' if late == 1 else 'days'}."
