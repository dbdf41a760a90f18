"""What a message says: one fixed sentence, and on a private channel the reasons.

On any other channel the sentence is all: no name, drug, diagnosis, test, value or clinic.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from monitor.delivery.channels.outgoing import Outgoing
from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.message import RANK, Item, Message
from monitor.domain.reminders.subject import urgency_in

_TO_STAFF = {
    Urgency.ROUTINE: "A scheduled check is due.",
    Urgency.URGENT: "A patient needs action today.",
    Urgency.EMERGENCY: "A patient needs action now.",
}
_TO_PATIENTS = {
    Urgency.ROUTINE: "A scheduled check is due.",
    Urgency.URGENT: "Please call your clinic today.",
    Urgency.EMERGENCY: "Call your clinic or the emergency number now.",
}


def compose(message: Message, *, now: datetime, room: int | None = None) -> Outgoing:
    """Write what goes over a channel; the same key on every try.

    `room`: the most characters that the channel takes; None where it takes any number.
    """
    sentences = _TO_PATIENTS if message.role is Role.PATIENT else _TO_STAFF
    sentence = message.text or f"{sentences[message.urgency]} Ref {message.ref}."
    body = sentence
    if message.via.is_private:
        body = _in_full(message, sentence, now.astimezone(ZoneInfo(message.zone)).date(), room)
    return Outgoing(
        key=message.key, ref=message.ref, title=sentence, body=body, urgency=message.urgency
    )


def _in_full(message: Message, sentence: str, today: date, room: int | None) -> str:
    if not message.items:
        return sentence
    last = _last(message)
    by_patient: dict[str, list[str]] = {}  # the gravest first
    for item in sorted(message.items, key=_gravest_first):
        by_patient.setdefault(item.patient, []).append(_told(item, today))
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


def _last(message: Message) -> str:
    if message.role is Role.PATIENT:
        return f"If you call your clinic, give this reference: {message.ref}."
    return (
        "To do: have each done and record it; monitor explain PATIENT RULE says more.\n"
        f"Seen it? monitor acknowledge {message.ref} --by YOU pauses reminders; what is to be done "
        "stays open.\nThis program advises; people decide."
    )


def _told(item: Item, today: date) -> str:
    late = (today - date.fromisoformat(item.since)).days
    if late < 1:
        return item.words
    return f"{item.words}\nThis message is delayed {late} {'day' if late == 1 else 'days'}."
