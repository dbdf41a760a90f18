"""The clinic's day in lines: one for each patient, cut on a terminal where more is to be said."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from monitor.commands import render
from monitor.commands.gate_words import NOT_REVIEWED, show_unknown
from monitor.domain.outcome import CheckState, Verdict
from monitor.service.asking.today import DayEntry, Reason, TodayAnswer

HEADINGS = {
    "now": "NOW",
    "planned": "BOOKED, to give within 7 days",
    "overdue": "OVERDUE, longest first",
    "due": "DUE within 14 days",
    "unread": "RESULTS TO READ",
    "undated": "NO DAY: neither a booking nor a check",
}
_SCREEN = 50  # lines, in which forty patients fit; what they leave is for urgent words
_WIDE = 70  # columns; where there are fewer, whose it is stands in a line of its own
_IDENTITY = 37  # longer ones do not push the others to the right
Parts = list[tuple[str, DayEntry]]  # of one patient: the groups, the gravest first, and the entries


def show_day(answer: TodayAnswer) -> None:
    """Show the day, what is wrong first; a patient stands once, in the gravest group."""
    is_cut = render.columns() is not None
    more = "; a line that ends in … goes on in --html, or in a pipe" if is_cut else ""
    render.say(f"{answer.on} ({answer.on:%A}){more}")
    show_unknown(answer.unknown)
    if answer.service:
        render.say("SERVICE: not well; see: monitor doctor")
    for notice in answer.service:
        _line(f"  {notice.name}: {notice.message}")
    patients = by_patient(answer)
    width = min(_IDENTITY, max((len(one[0][1].person.shown) for one in patients), default=0))
    groups = {name: [*found] for name, found in groupby(patients, key=lambda one: one[0][0])}
    used = 3 + len(answer.unknown) + len(answer.service) + len(groups) + len(patients)
    is_screen = used <= _SCREEN and (render.columns() or 0) >= _WIDE
    spare = _SCREEN - used if is_screen else len(patients)
    for name, rows in groups.items():
        render.say(heading(name, rows))
        for parts in rows:
            at_most = 2 if name == "now" and spare > 0 else 1
            spare -= at_most - 1
            _patient(parts[0][1].person.shown, "; ".join(line_of(parts)), width, at_most)
    render.say("; ".join(footer(answer)))


def heading(name: str, rows: Sequence[Parts]) -> str:
    """Name a group, how many are in it, and that their protocol is a draft, if it is."""
    is_draft = any(entry.is_draft for parts in rows for _, entry in parts)
    draft = f"; {NOT_REVIEWED}" if is_draft and name == "planned" else ""
    return f"{HEADINGS[name]}: {len(rows) or 'none'}{draft}"


def _patient(who: str, words: str, width: int, at_most: int) -> None:
    columns = render.columns()
    if columns is None or columns >= _WIDE:
        _line(f"  {who:{width}}  {words}", at_most)
    else:
        render.say(f"  {who}")
        _line(f"    {words}", at_most)


def by_patient(answer: TodayAnswer) -> list[Parts]:
    """Give each patient's entries together, in the order of the gravest of them."""
    found: dict[str, Parts] = {}
    for name, entries in answer.groups().items():
        for entry in entries:
            found.setdefault(entry.person.id, []).append((name, entry))
    return list(found.values())


def line_of(parts: Parts) -> Iterator[str]:
    """Say shortly why a patient is listed: the gravest first, and nothing twice."""
    booked = next((entry for name, entry in parts if name == "planned"), None)
    for place, (name, entry) in enumerate(parts):
        if name == "now":
            yield _urgent(entry)
        elif name == "planned":
            yield _booked(entry)
        elif name in ("overdue", "due"):
            said = "; ".join(_checks(entry, booked))
            yield from [said if place == 0 else f"{name} {said}"] if said else []
        else:
            yield from (f"{one.state} since {one.on}" for one in entry.reasons)


def footer(answer: TodayAnswer) -> Iterator[str]:
    """Say of how many patients nothing is listed, and what the day leaves out."""
    listed = len(by_patient(answer)) + len(answer.unknown)
    if not listed + answer.quiet + answer.closed:
        yield "no patient in the record"
        return
    yield f"{answer.quiet} other{'s' * (answer.quiet != 1)}: nothing for 14 days"
    if answer.closed:
        yield f"{answer.closed} closed"
    if answer.cautions:
        yield f"{answer.cautions} with cautions: monitor warnings"


def _urgent(entry: DayEntry) -> str:
    """Name all warnings before the words of the first: on a terminal the end may be cut."""
    by_state: dict[str, list[str]] = {}
    for reason in entry.reasons:
        by_state.setdefault(reason.state.upper(), []).append(reason.rule)
    names = "; ".join(f"{state} {', '.join(dict.fromkeys(of))}" for state, of in by_state.items())
    return f"{names}: {' '.join(entry.words)}".rstrip(".")


def _booked(entry: DayEntry) -> str:
    against: dict[str, list[str]] = {}
    for reason in entry.reasons:
        if reason.state:
            against.setdefault(reason.state, []).append(reason.rule)
    many = len(against.pop("caution", []))
    said = [f"{state} {', '.join(filter(None, of))}".rstrip() for state, of in against.items()]
    said += [f"{many} caution{'s' * (many > 1)}"] if many else []
    if entry.state == Verdict.CAUTION:  # it may go ahead, so the reasons must be read
        said = [reason.words for reason in entry.reasons if reason.state]
    assert entry.due is not None
    head = f"{in_days(entry.today, entry.due)} {entry.state.upper()}"
    if entry.remaining_mg:
        head += f", {entry.left}"
    elif entry.left:
        said.append(entry.left)
    return f"{head}: {'; '.join(said)}" if said else head


def _checks(entry: DayEntry, booked: DayEntry | None) -> Iterator[str]:
    """Say what is to be done by day; not again what the booking says of its own day."""
    said = {*booked.rules, "next-infusion"} if booked else set()
    for due, found in groupby(entry.reasons, key=lambda reason: reason.on):
        is_booked = booked is not None and due == booked.due
        left = [one for one in found if not (is_booked and one.rule in said)]
        late = (entry.today - due).days
        when = days_of(late) if entry.state == CheckState.OVERDUE else in_days(entry.today, due)
        if left:
            yield f"{when}: {', '.join(_with_tests(left))}"


def _with_tests(reasons: Sequence[Reason]) -> Iterator[str]:
    """Name rules; of an infusion that is due how many tests it needs, which all know by heart."""
    names = list(dict.fromkeys(reason.rule for reason in reasons))
    of = {reason.rule: reason.is_for for reason in reasons if reason.is_for in names}
    for name in names:
        tests = sum(infusion == name for infusion in of.values())
        if name not in of:
            yield f"{name} with {tests} test{'s' * (tests > 1)}" if tests else name


def in_days(on: date, day: date) -> str:
    """Say how far a day is from another."""
    days = (day - on).days
    if days < 0:
        return f"{days_of(-days)} ago"
    return f"in {days_of(days)}" if days else "today"


def days_of(days: int) -> str:
    """Write a number of days."""
    return "1 day" if days == 1 else f"{days} days"


def _line(text: str, at_most: int = 1) -> None:
    """Write a line; on a terminal cut after so many, so that a clinic fits its screen."""
    columns = render.columns()
    if columns is not None:
        room = (columns - 1) * at_most - (12 if at_most > 1 else 0)  # less what folding costs
        text = text if len(text) <= room else text[: room - 1].rstrip(" ,;:") + "…"
    render.say(text)
