"""Keep the projection: what each fact changes is worked out anew and stored with the fact."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.domain.assessment import Assessment, Followed, Watched, foresee
from monitor.domain.facts import PatientDescribed
from monitor.domain.next_change import coming_days, next_look
from monitor.domain.protocol import Protocol
from monitor.service.asking import begun
from monitor.service.asking.cases import LISTED, Case, on_day
from monitor.store import projection, unchanged, wakeups
from monitor.store.projection import FAR, PendingCheck, Projected

# Checks are stored so far ahead, and each treatment is looked at within a month; so lists of up
# to a year ahead can be read from what is stored.
HORIZON = timedelta(days=400)
LONGEST_WITHOUT_LOOK = timedelta(days=35)
READABLE = HORIZON - LONGEST_WITHOUT_LOOK


def project(connection: Connection, case: Case) -> None:
    """Store where a patient stands today, and have reminders planned anew."""
    projection.replace(connection, case.patient, projected(case))
    wakeups.wake_now(connection, case.patient)


def projected(case: Case) -> list[Projected]:
    """Work out what is to be stored of a patient."""
    ahead = case.today + HORIZON
    known = case.assessed.get(ahead)
    if known is None:
        known = [(f, foresee(f, case.today, until=ahead)) for f in case.followed]
    return sorted((_one(case, *one) for one in known), key=lambda p: p.drug)


def differs(connection: Connection, case: Case, *, may_be_ahead: bool = False) -> bool:
    """Say whether what is stored of a patient differs from a fresh computation.

    What was worked out for a day that has not come differs too, unless it may be ahead.
    """
    if projection.waiting_of(connection, [case.patient]):
        return False
    try:
        stored = projection.read(connection, case.patient)
    except (TypeError, ValueError):  # what should be a day is none
        return True
    if unchanged.is_changed(connection, case.patient):
        return True
    if not stored:
        return True
    if stored[0].evaluated_on > case.today and not may_be_ahead:
        return True  # of a day that has not come: written by hand, or the clock was ahead
    as_of = on_day(case, stored[0].evaluated_on)
    try:
        return stored != projected(as_of)
    except OverflowError:  # a day at the end of all calendars, which no clock has shown
        return True


def changes_on(case: Case, followed: Followed, assessment: Assessment) -> date:
    """Find the first day after today on which what is stored may change by time alone."""
    today = case.today
    if followed.timeline.closed(today) is not None:
        return min([FAR, *coming_days(followed.timeline, today)])
    return next_look(followed, assessment, today, latest=today + LONGEST_WITHOUT_LOOK)


def _one(case: Case, treatment: Followed, assessment: Assessment) -> Projected:
    today, look = case.today, changes_on(case, treatment, assessment)
    return Projected(
        patient=case.patient,
        drug=treatment.timeline.drug,
        protocol=_newest(treatment, today).digest,
        evaluated_on=today,
        next_look=look,
        look_at=min(
            [
                _begins(look, treatment, today),
                *begun.begin_later(today, begun.of_events(case.events)),
            ]
        ),
        checks=tuple(
            PendingCheck(
                patient=case.patient,
                drug=treatment.timeline.drug,
                rule=check.rule,
                occurrence=check.occurrence,
                state=check.state.value,
                opens=check.opens.isoformat(),
                due=check.due.isoformat(),
                overdue_after=check.overdue_after.isoformat(),
                anchor=check.anchor.event,
                anchor_on=check.anchor.on.isoformat(),
                protocol=check.protocol,
            )
            for check in assessment.checks
            if check.state in LISTED and check.due <= today + HORIZON
        ),
    )


def _newest(followed: Followed, today: date) -> Protocol:
    if isinstance(followed, Watched):
        return followed.watch.protocol
    newest = followed.timeline.course_on(today) or followed.timeline.courses[-1]
    return followed.protocol_of(newest)


def _begins(day: date, treatment: Followed, today: date) -> datetime:
    """Find the moment at which a day begins for a patient, who may have moved by then.

    It goes by facts and the day alone, so that the same comes out whenever it is asked.
    """
    told = [
        (one.on, one.timezone) for one in treatment.timeline.of(PatientDescribed) if one.timezone
    ]
    before = [name for on, name in told if on < today][-1:] or [n for _, n in told][:1] or ["UTC"]
    zones = [ZoneInfo(name) for name in (*before, *(name for on, name in told if on >= today))]
    return min(datetime.combine(day, time(), zone).astimezone(UTC) for zone in zones)
