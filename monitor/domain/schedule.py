"""The gate asks the calendar whether anything is overdue that the next dose must wait for."""

from collections.abc import Sequence
from datetime import date

from monitor.domain.checks import Check
from monitor.domain.clause import Finding
from monitor.domain.levels import OnSchedule
from monitor.domain.outcome import CheckState, Outcome

_PENDING = (CheckState.AHEAD, CheckState.OPEN, CheckState.OVERDUE)


def on_schedule(rule: OnSchedule, checks: Sequence[Check], on: date) -> Finding | None:
    """Look for a check that is not done and would be overdue on a day; None where none opened."""
    late = [c for c in checks if c.state in _PENDING and c.overdue_after < on]
    if late:
        newest = late[-1]
        earlier = f", and {len(late) - 1} earlier" if len(late) > 1 else ""
        return Finding(
            outcome=rule.late,
            message=f"{newest.rule} {newest.occurrence} was due on {newest.due}{earlier}",
            facts=(newest.anchor,),
            waivable=False,  # it is the check that can be waived, by its occurrence
        )
    opened = [check for check in checks if check.opens <= on]
    if not opened:
        return None
    last = opened[-1]
    outcome = Outcome.CAUTION if last.state is CheckState.WAIVED else Outcome.MET
    message = f"{last.rule} {last.occurrence}, due {last.due}, is {last.state}"
    return Finding(outcome=outcome, message=message, facts=last.facts)
