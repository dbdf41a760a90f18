"""A fact in a few words, for lists of facts used and for messages."""

from decimal import Decimal
from fractions import Fraction

from monitor.domain.facts import (
    Acknowledgement,
    Answer,
    BookingCancelled,
    CourseEnded,
    CourseMoved,
    CoursePaused,
    CourseResumed,
    CourseStarted,
    Dosing,
    Event,
    Infusion,
    InfusionPlanned,
    PatientClosed,
    PatientDescribed,
    PatientReopened,
    Result,
    Status,
    Symptom,
    Waiver,
)


def describe(event: Event) -> str:
    """Say in a few words what a fact says, for lists of facts used."""
    match event:
        case Result():
            note = "" if event.status is Status.FINAL else f" ({event.status})"
            return " ".join(filter(None, (event.code, event.shown))) + note
        case Infusion():
            surface = (
                "BSA not recorded"
                if event.bsa is None
                else f"BSA {int(event.bsa * 10000 + Fraction(1, 2)) / Decimal(10000):.4f} m2"
            )
            parts = f" in {len(event.parts) + 1} parts" if event.parts else ""
            return f"infusion of {event.mg} mg{parts} ({surface})"
        case Dosing(of_course=Event() as change):
            return describe(change)
        case Dosing():
            amount = f" {event.mg} mg a day" if event.mg is not None else ""
            reason = f": {event.reason}" if event.reason else ""
            return f"daily dose: {event.action}{amount}{reason}"
        case Symptom():
            return f"{event.code} {event.shown}".rstrip()
        case Answer():
            return f"{event.fact} {event.value}"
        case CourseStarted():
            return f"course under {event.protocol} {event.version}"
        case CoursePaused():
            return "course paused"
        case CourseResumed():
            return "course resumed"
        case CourseEnded():
            return f"course ended: {event.reason}"
        case CourseMoved():
            return f"course taken to {event.protocol} {event.version}"
        case InfusionPlanned():
            return f"next infusion booked for {event.on}"
        case BookingCancelled():
            return "booking of the next infusion cancelled"
        case PatientDescribed():
            known = (
                ("sex", event.sex),
                ("born", event.born),
                ("zone", event.timezone),
                ("can conceive", {None: None, True: "yes", False: "no"}[event.can_conceive]),
            )
            told = ", ".join(f"{key} {value}" for key, value in known if value is not None)
            return f"patient: {told}" if told else "patient registered"
        case PatientClosed():
            return f"patient closed: {event.reason}"
        case PatientReopened():
            return "patient reopened"
        case Waiver():
            return f"{event.rule} {event.occurrence} waived by {event.by}: {event.reason}"
        case Acknowledgement():
            note = f": {event.note}" if event.note else ""
            return f"{event.rule} {event.occurrence} acknowledged by {event.by}{note}"
        case _:
            return type(event).__name__
