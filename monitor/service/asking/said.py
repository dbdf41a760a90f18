"""What is said beside many answers: that nothing is watched, or not seen; and a fact in words."""

from monitor import protocols
from monitor.domain.corrections import Recorded
from monitor.domain.facts import AHEAD, Infusion, Symptom
from monitor.service.asking.cases import Case
from monitor.store import codec


def closed_words(case: Case) -> str | None:
    """Say that a patient is closed, if so: what is not watched looks as calm as what is well."""
    closed = case.closed
    if closed is None:
        return None
    return f"{case.patient} is closed since {closed.on} ({closed.reason}): nothing is watched"


def not_come_words(case: Case) -> str | None:
    """Say that facts are out of sight until their day comes, if any are: as if nobody knew them."""
    found = case.not_come
    if not found:
        return None
    first, last = min(event.on for event in found), max(event.on for event in found)
    option = "--at MOMENT" if isinstance(found[0], Symptom) else "--on DATE"
    which = found[0].event if len(found) == 1 else "EVENT"
    many = "1 fact" if len(found) == 1 else f"{len(found)} facts"
    return (
        f"{many} of {case.patient} {'is' if len(found) == 1 else 'are'} out of sight until "
        f"{first}{f' to {last}' if last > first else ''}: recorded while the clock was ahead. "
        f"If the clock is right now, see: monitor history {case.patient}; correct the day: "
        f"monitor correct {which} {option} --reason R; or retract it and record it again"
    )


def fact_words(row: Recorded) -> str:
    """Say what a recorded fact says, with its day, whether it is in force or not."""
    event = codec.alone(row, protocols.catalogue())
    said = str(event) if event is not None else row.kind.replace("_", " ")
    if isinstance(event, Infusion) and event.route not in (None, "iv"):
        said += f", {event.route}"
    return said if row.kind in AHEAD else f"{said} on {row.on}"
