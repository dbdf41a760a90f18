"""The clinic's day in lines: one for each patient, cut on a terminal where more is to be said."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from monitor.commands import render
from monitor.commands.gate_words import show_unknown
from monitor.domain.outcome import CheckState, Verdict
from monitor.service.asking.today import Entry, TodayAnswer

HEADINGS = {
    "now": "NOW",
    "planned": "BOOKED, to give within 7 days",
    "overdue": "OVERDUE, longest first",
    "due": "DUE within 14 days",
    "unread": "RESULTS TO READ",
    "undated": "NO DAY: neither a booking nor a check",
}
_FOLDED_BELOW = 70  # so narrow, a line that is cut would say nothing
_IDENTITY = 37  # longer ones do not push the others to the right
Parts = list[tuple[str, Entry]]  # of one patient: the groups, the gravest first, and the entries


def show_day(answer: TodayAnswer) -> None:
    """Show the day, what is wrong first; a patient stands once, in the gravest group."""
    render.say(f"{answer.on} ({answer.on:%A})")
    show_unknown(answer.unknown)
    if answer.service:
        render.say("SERVICE: not well; see: monitor doctor")
    for notice in answer.service:
        _line(f"  {notice.name}: {notice.message}", at_most=2)
    patients = by_patient(answer)
    width = min(_IDENTITY, max((len(one[0][1].person.shown) for one in patients), default=0))
    for name, found in groupby(patients, key=lambda one: one[0][0]):
        rows = list(found)
        render.say(f"{HEADINGS[name]} ({len(rows)})")
        for parts in rows:
            words = "; ".join(line_of(answer.on, parts))
            shown = f"  {parts[0][1].person.shown:{width}}  {words}"
            _line(shown, at_most=2 if name == "now" else 1)
    render.say("; ".join(footer(answer)))


def by_patient(answer: TodayAnswer) -> list[Parts]:
    """Give each patient's entries together, in the order of the gravest of them."""
    found: dict[str, Parts] = {}
    for name, entries in answer.groups().items():
        for entry in entries:
            found.setdefault(entry.person.id, []).append((name, entry))
    return list(found.values())


def line_of(on: date, parts: Parts) -> Iterator[str]:
    """Say shortly why a patient is listed: the gravest first, and nothing twice."""
    booked = next((entry for name, entry in parts if name == "planned"), None)
    for place, (name, entry) in enumerate(parts):
        if name == "now":
            yield _urgent(entry)
        elif name == "planned":
            yield _booked(on, entry)
        elif name in ("overdue", "due"):
            said = "; ".join(_checks(on, entry, booked))
            yield from [said if place == 0 else f"{name} {said}"] if said else []
        else:
            yield from (f"{one.state} since {one.on}" for one in entry.reasons)


def footer(answer: TodayAnswer) -> Iterator[str]:
    """Say of how many patients nothing is listed, and what the day leaves out."""
    listed = len(by_patient(answer)) + len(answer.unknown)
    if not listed + answer.quiet + answer.closed:
        yield "no patient in the record"
        return
    yield f"{answer.quiet} others: nothing for 14 days"
    if answer.closed:
        yield f"{answer.closed} closed"
    if answer.cautions:
        yield f"{answer.cautions} with cautions: monitor warnings"


def _urgent(entry: Entry) -> str:
    """Name all warnings before the words of the first: on a terminal the end may be cut."""
    by_state: dict[str, list[str]] = {}
    for reason in entry.reasons:
        by_state.setdefault(reason.state.upper(), []).append(reason.rule)
    names = "; ".join(f"{state} {', '.join(dict.fromkeys(of))}" for state, of in by_state.items())
    return f"{names}: {' '.join(entry.words)}".rstrip(".")


def _booked(on: date, entry: Entry) -> str:
    against: dict[str, list[str]] = {}
    for reason in entry.reasons:
        if reason.state:
            against.setdefault(reason.state, []).append(reason.rule)
    said = [f"{state} {', '.join(filter(None, of))}".rstrip() for state, of in against.items()]
    if entry.state == Verdict.CAUTION:  # it may go ahead, so the reason must be read
        said = [reason.words for reason in entry.reasons if reason.state]
    assert entry.due is not None
    left = f", {entry.remaining_mg} mg left" if entry.remaining_mg else ""
    head = f"{in_days(on, entry.due)} {entry.state.upper()}{left}"
    return f"{head}: {'; '.join(said)}" if said else head


def _checks(on: date, entry: Entry, booked: Entry | None) -> Iterator[str]:
    """Say what is to be done by day; not again what the booking says of its own day."""
    said = {*booked.rules, "next-infusion"} if booked else set()
    for due, found in groupby(entry.reasons, key=lambda reason: reason.on):
        is_booked = booked is not None and due == booked.due
        rules = dict.fromkeys(one.rule for one in found if not (is_booked and one.rule in said))
        late = (on - due).days
        when = days_of(late) if entry.state == CheckState.OVERDUE else in_days(on, due)
        if rules:
            yield f"{when}: {', '.join(rules)}"


def in_days(on: date, day: date) -> str:
    """Say how far a day is from another."""
    days = (day - on).days
    if days < 0:
        return f"{days_of(-days)} ago"
    return f"in {days_of(days)}" if days else "today"


def days_of(days: int) -> str:
    """Write a number of days."""
    return "1 day" if days == 1 else f"{days} days"


def _line(text: str, *, at_most: int) -> None:
    """Write a line; on a terminal cut after so many, so that a clinic fits its screen."""
    width = render.columns()
    if width is None or width < _FOLDED_BELOW:
        render.say(text)
        return
    room = (width - 1) * at_most - (12 if at_most > 1 else 0)  # less what folding costs
    render.say(text if len(text) <= room else text[: room - 1].rstrip() + "…")
