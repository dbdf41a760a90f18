"""What is reported and does not count: nobody knows that it is well, so nothing ends by it."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from monitor.domain.clause import Finding, Rule
from monitor.domain.critical import CriticalResult
from monitor.domain.events import Event, Result, Status, describe
from monitor.domain.low_lines import LowLines
from monitor.domain.matters import URGENCIES
from monitor.domain.outcome import Outcome, Severity
from monitor.domain.view import View
from monitor.domain.warning import Alert, Warned

_ASKED_FOR = {
    Status.UNSUITABLE: "the sample was not fit: take another one now",
    Status.PRELIMINARY: "not final any more: ask for the final result, or take another one now",
}


_OPEN = {
    Status.UNSUITABLE: "the sample was not fit: another one is needed",
    Status.PRELIMINARY: "grave if it is true: wait for the final result",
}


class Finds(Protocol):
    """A warning rule that looks at facts only."""

    @property
    def severity(self) -> Severity:
        """Give how grave it is, where an alert says nothing else."""

    def find(self, view: View) -> Iterator[Alert]:
        """Find what stands."""


def found(rule: Finds, view: View) -> list[Alert]:
    """Find what stands, and what only stands if a value that was taken from it still counted.

    That goes on at the same urgency, and says what is to be done now, until a newer value counts.
    """
    plain = list(rule.find(view))
    kept = view.if_kept()
    if not kept.added:
        return plain
    lost = {result.event for results in kept.added.values() for result in results}
    by_anchor = {alert.anchor.identity: alert for alert in plain}
    alerts = []
    for alert in rule.find(kept):
        severity = alert.severity or rule.severity
        counted = by_anchor.get(alert.anchor.identity)
        is_less = counted is None or (counted.severity or rule.severity).rank <= severity.rank
        taken = [f for f in alert.facts if isinstance(f, Result) and f.event in lost]
        if taken and severity in URGENCIES and is_less:
            words = "; ".join(f"{r.code} of {r.on}, {_ASKED_FOR[r.status]}" for r in taken)
            alerts.append(replace(alert, message=f"{words}. Until then as before: {alert.message}"))
            by_anchor.pop(alert.anchor.identity, None)
        elif counted is not None:
            alerts.append(replace(counted, occurrence=alert.occurrence))
            del by_anchor[alert.anchor.identity]
    return [*alerts, *by_anchor.values()]


def left_open(
    rule: Warned, find: Callable[[View], Iterable[Alert]], view: View, said: Collection[Event]
) -> tuple[Rule, Finding] | None:
    """List at the gate what a grave rule would warn of if it counted, and what it cannot read.

    `said` are the facts of which another requirement speaks already.
    """
    if not view.timeline.waiting:  # of most patients
        return None
    facts: list[Result] = []
    for other in (view.if_final(), view.if_kept()):
        added = {result.event for results in other.added.values() for result in results}
        alerts = find(other) if added and rule.severity in URGENCIES else ()
        facts += (f for a in alerts for f in a.facts if isinstance(f, Result) and f.event in added)
    if isinstance(rule, CriticalResult | LowLines):
        reports = (r for code in rule.reads(view) for r in view.waiting(code))
        facts += (r for r in reports if r.status is Status.UNSUITABLE)
    known = {fact.event for fact in said}
    facts = list({fact.event: fact for fact in facts if fact.event not in known}.values())
    if not facts:
        return None
    message = "; ".join(f"{describe(r)} on {r.on}, {_OPEN[r.status]}" for r in facts)
    return rule, Finding(
        outcome=Outcome.UNKNOWN, message=message, facts=tuple(facts), waivable=False
    )
