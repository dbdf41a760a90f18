"""The gate asks the calendar whether the newest count is as new as its phase demands."""

from datetime import date

from monitor.domain.checks import checks_of
from monitor.domain.outcome import CheckState, Outcome
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Finding
from monitor.domain.rules.count_level import OnSchedule
from monitor.domain.rules.phased_count import PhasedCount
from monitor.domain.view import View


def on_schedule(rule: OnSchedule, protocol: Protocol, view: View, on: date) -> Finding | None:
    """Compare a day with the one by which a count was needed; None where none is asked for."""
    counted = next(
        r for r in protocol.checks if isinstance(r, PhasedCount) and r.name == rule.check
    )
    needed_by = counted.needed_by(view)
    if needed_by is None:
        return None
    newest = view.newest(counted.code)
    facts = () if newest is None else (newest,)
    told = "none on record" if newest is None else f"the newest is of {newest.on}"
    if on <= needed_by:
        message = f"{told}, the next one is needed by {needed_by}"
        return Finding(outcome=Outcome.MET, message=message, facts=facts)
    opened = [c for c in checks_of(protocol, rule.check, view, until=on) if c.opens <= on]
    waived = bool(opened) and opened[-1].state is CheckState.WAIVED
    return Finding(
        outcome=Outcome.CAUTION if waived else rule.late,
        message=f"{told}, the next one was needed by {needed_by}"
        + (f"; {counted.name} {opened[-1].occurrence} is waived" if waived else ""),
        facts=facts,
        waivable=False,  # it is the check that can be waived, by its occurrence
    )
