"""The kinds of facts: one class each, named here by the word under which it is stored.

A fact is never changed; another fact corrects it. What arrives here is already in force:
corrected and retracted facts have been replaced or left out (see `corrections.py`).
"""

from collections.abc import Mapping
from enum import StrEnum

from monitor.domain.facts.course import (
    CourseEnded,
    CourseMoved,
    CoursePaused,
    CourseResumed,
    CourseStarted,
)
from monitor.domain.facts.decisions import Acknowledgement, Waiver, is_for_the_next
from monitor.domain.facts.event import Event, Framing, order
from monitor.domain.facts.findings import COUNTING, Answer, Result, Status, Symptom
from monitor.domain.facts.given import (
    BookingCancelled,
    DoseAction,
    Dosing,
    Infusion,
    InfusionPlanned,
    order_of_steps,
)
from monitor.domain.facts.patient import PatientClosed, PatientDescribed, PatientReopened


class Kind(StrEnum):
    """The kinds of facts, as they are stored, and what is stored beside them."""

    PATIENT = "patient"
    PATIENT_CHANGE = "patient_change"
    CLOSE = "close"
    REOPEN = "reopen"
    COURSE = "course"
    COURSE_PAUSE = "course_pause"
    COURSE_RESUME = "course_resume"
    COURSE_END = "course_end"
    COURSE_MOVE = "course_move"
    FACT = "fact"
    PLAN = "plan"
    CANCEL = "cancel"
    INFUSION = "infusion"
    DOSE = "dose"
    RESULT = "result"
    SYMPTOM = "symptom"
    WAIVER = "waiver"
    ACKNOWLEDGEMENT = "acknowledgement"
    RETRACTION = "retraction"
    CONTACT = "contact"
    CONTACT_REMOVED = "contact_removed"


DESCRIBING = (Kind.PATIENT, Kind.PATIENT_CHANGE)  # they say who the patient is
# They change which facts count, and whom a message goes to: they say nothing more.
NO_FACTS = frozenset({Kind.RETRACTION, Kind.CONTACT, Kind.CONTACT_REMOVED})


def registered(classes: Mapping[Kind, type[Event]]) -> Mapping[Kind, type[Event]]:
    """Give the class of each kind; raises TypeError where one does not say all that it must."""
    for cls in classes.values():
        missing = ["rank"] if not hasattr(cls, "rank") else []
        missing += ["__str__"] if cls.__str__ is object.__str__ else []
        missing += ["@dataclass"] if "__dataclass_fields__" not in vars(cls) else []
        if missing:
            raise TypeError(f"the kind of fact {cls.__name__} does not say: {', '.join(missing)}")
    unseen = sorted({*Kind} - NO_FACTS - {*classes})
    if unseen:
        raise TypeError(f"no rule can see {', '.join(unseen)}: name the class in CLASSES")
    return classes


CLASSES = registered(
    {
        Kind.PATIENT: PatientDescribed,
        Kind.PATIENT_CHANGE: PatientDescribed,
        Kind.CLOSE: PatientClosed,
        Kind.REOPEN: PatientReopened,
        Kind.COURSE: CourseStarted,
        Kind.COURSE_PAUSE: CoursePaused,
        Kind.COURSE_RESUME: CourseResumed,
        Kind.COURSE_END: CourseEnded,
        Kind.COURSE_MOVE: CourseMoved,
        Kind.FACT: Answer,
        Kind.PLAN: InfusionPlanned,
        Kind.CANCEL: BookingCancelled,
        Kind.INFUSION: Infusion,
        Kind.DOSE: Dosing,
        Kind.RESULT: Result,
        Kind.SYMPTOM: Symptom,
        Kind.WAIVER: Waiver,
        Kind.ACKNOWLEDGEMENT: Acknowledgement,
    }
)

AHEAD = frozenset(kind for kind, cls in CLASSES.items() if cls.lies_ahead)

__all__ = [
    "AHEAD",
    "CLASSES",
    "COUNTING",
    "DESCRIBING",
    "NO_FACTS",
    "Acknowledgement",
    "Answer",
    "BookingCancelled",
    "CourseEnded",
    "CourseMoved",
    "CoursePaused",
    "CourseResumed",
    "CourseStarted",
    "DoseAction",
    "Dosing",
    "Event",
    "Framing",
    "Infusion",
    "InfusionPlanned",
    "Kind",
    "PatientClosed",
    "PatientDescribed",
    "PatientReopened",
    "Result",
    "Status",
    "Symptom",
    "Waiver",
    "is_for_the_next",
    "order",
    "order_of_steps",
    "registered",
]
