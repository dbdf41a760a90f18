"""Which course a line means, which protocol, which drug."""

from collections.abc import Sequence
from datetime import date

from monitor import protocols
from monitor.domain.course import Course
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Regimen
from monitor.errors import BadOption, Refused
from monitor.service.input import text_fields
from monitor.service.recording.known import Known


def pinned_to(word: str, digest: str | None, known: Known) -> Protocol:
    """Find the text of a protocol that a course follows: the current one, or the one named."""
    if digest is None:
        return one_protocol(word)
    found = known.text_named(digest)
    if found is None:
        found = one_protocol(word)
    if found.digest != digest:
        raise BadOption(
            "digest",
            f"no text of {found.name} with this digest is at hand; the file needs its line "
            '{"kind":"protocol", …}, or leave digest and version out to follow the current one',
        )
    if word not in (found.name, found.drug):
        raise BadOption("digest", f"is of a text of {found.name}, not of {word}")
    return found


def course_of_line(name: str | None, known: Known) -> Course | None:
    """Find the course that the id of its line names; None where none is named."""
    if name is None:
        return None
    start = known.event_named(name)
    found = next((course for course in known.courses if course.start.identity == start), None)
    if found is None:
        raise BadOption(
            "course", f"'{text_fields.printable(name)}' starts no course of {known.who}"
        )
    return found


def one_protocol(word: str) -> Protocol:
    """Find the one protocol that a name, drug or brand means; raises Refused otherwise."""
    found, site = protocols.find(word), protocols.read_site()
    if not found and (mistaken := site.word_of(word)) is not None:
        raise BadOption("protocol", mistaken)
    if len(found) != 1:
        what = "names no protocol" if not found else "names several protocols"
        named, choice = text_fields.printable(word), protocols.choice(found)
        raise BadOption("protocol", f"'{named}' {what}; choose {choice}")
    contested = site.word_of(found[0])
    if contested is not None:  # whoever wrote that file means it, and what ships says otherwise
        raise BadOption("protocol", contested)
    return protocols.load(found[0])


def drug_given(known: Known, day: date, named: str | None, *, daily: bool) -> str:
    """Find the drug of a dose: of the course that runs on its day, else of any.

    An infusion belongs to a drug that is infused, a step of a daily drug to one that is not.
    """
    named_ones = courses_named(known.courses, named)
    wanted = [course for course in named_ones if _is_daily(course, known) is daily]
    if named_ones and not wanted:
        raise Refused(_otherwise(known.who, named_ones[-1].start.protocol, daily=daily))
    if not wanted:
        missing = f" under {named}" if named else ""
        raise Refused(
            f"{known.who} has no course{missing}; type: "
            f"monitor course start {known.who} --protocol NAME --on DATE"
        )
    meant = [course for course in wanted if course.running(day)] or wanted
    _refuse_two_drugs(meant)
    return meant[0].start.drug


def course_to_change(known: Known, day: date, named: str | None = None) -> Course:
    """Find the course that a pause, a resumption, a move or a new end means."""
    running = [c for c in courses_named(known.courses, named) if c.running(day)]
    # An end on the day on which another course starts belongs to the earlier one.
    before = [course for course in running if course.start.on < day] or running
    _refuse_two_drugs(before)
    if not before:
        raise Refused(f"{known.who} has no course that runs on {day}")
    return before[-1]


def courses_named(courses: Sequence[Course], named: str | None) -> Sequence[Course]:
    """Choose courses by drug, brand or protocol."""
    if named is None:
        return courses
    meant = {named, *protocols.find(named)}
    return [c for c in courses if meant & {c.start.protocol, c.start.drug}]


def _is_daily(course: Course, known: Known) -> bool:
    protocol = known.protocol_of(course.start)
    return protocol is not None and protocol.given is Regimen.DAILY


def _otherwise(who: str, protocol: str, *, daily: bool) -> str:
    if daily:
        return f"{protocol} is given as infusions; type: monitor infusion log {who} --on DATE …"
    return f"{protocol} is taken daily; type: monitor dose start {who} --on DATE"


def _refuse_two_drugs(courses: Sequence[Course]) -> None:
    if len({course.start.drug for course in courses}) > 1:
        names = ", ".join(sorted({course.start.protocol for course in courses}))
        raise Refused(f"courses with two drugs run; add --protocol NAME, one of {names}")
