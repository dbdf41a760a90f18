"""What to say of a booking that was just made, moved, used up, given up or taken back."""

from collections.abc import Iterator

from monitor.domain.assessment import Treatment
from monitor.domain.checks import find_booking
from monitor.domain.corrections import Recorded
from monitor.domain.facts import InfusionPlanned, Kind
from monitor.service.asking.cases import Case

_FAR = 366  # days ahead


def creates_nothing(case: Case, treatment: Treatment, row: Recorded) -> Iterator[str]:
    """Say of a booking why it asks for nothing."""
    if row.on < case.today:
        yield f"the booked day {row.on} has passed already"
    elif (row.on - case.today).days > _FAR:
        yield f"the booked day {row.on} is more than a year away: is the year right?"
    course = treatment.timeline.course_on(row.on)
    if course is None or not course.running(row.on):
        yield f"no course runs on {row.on}: this booking creates no checks"
        return
    protocol = treatment.protocol_of(course)
    view = protocol.view(treatment.timeline, case.today)
    if protocol.next_infusion is not None and view.last_infusion is not None:
        plan = find_booking(protocol, view)
        if plan is None or plan.event != row.event:
            yield f"the infusion of {view.last_infusion.on} has used this booking up"


def booked_before(before: Case, row: Recorded) -> Iterator[str]:
    """Say which booking was in force: what takes its place, or gives it up, does not name it."""
    booked = _booking(before, row)
    if booked is not None:
        what = "given up is" if row.kind == Kind.CANCEL else "this takes the place of"
        yield f"{what} the booking for {booked.on}, event {booked.event}"


def booked_again(case: Case, taken_back: Recorded) -> Iterator[str]:
    """Say what is booked after a booking, or its cancelling, was taken back."""
    if taken_back.kind in (Kind.PLAN, Kind.CANCEL) and (booked := _booking(case, taken_back)):
        yield f"booked now is {booked.on}, event {booked.event}"


def _booking(case: Case, row: Recorded) -> InfusionPlanned | None:
    """Find the booking in force of the drug that a fact is about."""
    drug = row.body.get("drug")
    treatment = next((t for t in case.treatments if t.timeline.drug == drug), None)
    if treatment is None:
        return None
    return find_booking(treatment.protocol_at(case.today), treatment.view(case.today))


def uses_up(case: Case, treatment: Treatment, row: Recorded) -> Iterator[str]:
    """Say which booking for another day an infusion took the place of."""
    protocol, after = treatment.protocol_at(case.today), treatment.view(case.today)
    others = [i for i in after.infusions if i.event != row.event]
    before = protocol.view(treatment.timeline, case.today, infusions=others)
    booked = find_booking(protocol, before)
    if booked is not None and booked.on != row.on and find_booking(protocol, after) != booked:
        yield (
            f"this infusion uses up the booking for {booked.on}; if another is still meant: "
            f"monitor infusion plan {case.patient} --on DATE"
        )
