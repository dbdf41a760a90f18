"""Take every running course of a protocol to its current version."""

from datetime import date, datetime

from sqlalchemy import Connection

from monitor.domain.facts import Kind
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, Case
from monitor.service.recording import record
from monitor.service.recording.input_lines import line_of
from monitor.service.recording.lines.which_course import one_protocol
from monitor.store import facts


def move_all(
    connection: Connection, protocol: str, *, on: str | None, by: str, now: datetime
) -> list[str]:
    """Move every running course of a protocol that follows an older version; names the patients.

    Where no day is said, each from the day that it is for the patient.
    """
    found = one_protocol(protocol)
    moved = []
    for who in facts.patients(connection):
        case = cases.get_case(connection, who, Asked(now=now))
        day = case.today if on is None else date.fromisoformat(on)
        if _follows_another(case, found.name, found.digest, day):
            line = line_of(Kind.COURSE_MOVE, patient=who, on=day, protocol=protocol, by=by)
            record.record(connection, line, now=now)
            moved.append(who)
    return moved


def _follows_another(case: Case, protocol: str, digest: str, day: date) -> bool:
    """Say whether a course runs on a day under another version of a protocol."""
    courses = (treatment.timeline.course_on(day) for treatment in case.treatments)
    return any(
        course is not None
        and course.running(day)
        and course.pinned_by.protocol == protocol
        and course.pinned_by.digest != digest
        for course in courses
    )
