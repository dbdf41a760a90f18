"""What is known of a patient, and how the courses stand."""

from dataclasses import dataclass
from datetime import date

from monitor.domain.assessment import Treatment
from monitor.domain.course import Course
from monitor.service.asking.answers import Unknown
from monitor.service.asking.cases import Case


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseAnswer:
    """One course of a patient, and how it stands."""

    protocol: str
    version: str
    on: date
    state: str
    ended_on: date | None
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientAnswer:
    """What is known of a patient."""

    id: str
    sex: str | None
    born: date | None
    timezone: str | None
    language: str | None
    can_conceive: bool | None
    name: str | None
    closed_on: date | None
    closed_reason: str | None
    courses: tuple[CourseAnswer, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientsAnswer:
    """Everybody on record."""

    patients: tuple[PatientAnswer, ...]
    unknown: tuple[Unknown, ...]
    sought: str | None = None  # by which they were chosen


def patient_answer(case: Case) -> PatientAnswer:
    """Say what is known of a patient on the day that is asked about."""
    known, closed = case.described, case.closed
    return PatientAnswer(
        id=case.patient,
        sex=known.sex,
        born=known.born,
        timezone=known.timezone,
        language=known.language,
        can_conceive=known.can_conceive,
        name=known.name,
        closed_on=closed.on if closed else None,
        closed_reason=closed.reason if closed else None,
        courses=tuple(
            _course(case, treatment, course)
            for treatment in case.treatments
            for course in treatment.timeline.courses
            if course.start.on <= case.today
        ),
    )


def _course(case: Case, treatment: Treatment, begun: Course) -> CourseAnswer:
    course = treatment.timeline.as_of(begun, case.today)
    end = course.ended(case.today)
    return CourseAnswer(
        protocol=course.pinned_by.protocol,
        version=course.pinned_by.version,
        on=course.start.on,
        state="ended" if end else "paused" if course.paused(case.today) else "running",
        ended_on=end.on if end else None,
        reason=end.reason if end else None,
    )
