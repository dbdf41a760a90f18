"""What is known of a patient, as an answer."""

from typing import Any

from monitor.service.asking.cases import Case, describe_patient, find_closing


def patient_answer(case: Case) -> dict[str, Any]:
    """Write what is known of a patient on the day that is asked about."""
    known, closed = describe_patient(case), find_closing(case)
    courses = []
    for treatment in case.treatments:
        for begun in treatment.timeline.courses:
            if begun.start.on > case.today:
                continue
            course = treatment.timeline.as_of(begun, case.today)
            end = course.ended(case.today)
            state = "ended" if end else "paused" if course.paused(case.today) else "running"
            courses.append(
                {
                    "protocol": course.pinned_by.protocol,
                    "version": course.pinned_by.version,
                    "on": course.start.on.isoformat(),
                    "state": state,
                    "ended_on": end.on.isoformat() if end else None,
                    "reason": end.reason if end else None,
                }
            )
    return {
        "id": case.patient,
        "sex": known.sex,
        "born": known.born.isoformat() if known.born else None,
        "timezone": known.timezone,
        "language": known.language,
        "can_conceive": known.can_conceive,
        "name": known.name,
        "closed_on": closed.on.isoformat() if closed else None,
        "closed_reason": closed.reason if closed else None,
        "courses": courses,
    }
