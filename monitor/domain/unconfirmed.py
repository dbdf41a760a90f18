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
    plain = [_with_words(view, alert) for alert in rule.find(view)]
    kept = view.if_kept()
    if not kept.added:
        return plain
    by_anchor = {alert.anchor.identity: alert for alert in plain}
    alerts = []
    for alert in rule.find(kept):
        severity = alert.severity or rule.severity
        counted = by_anchor.get(alert.anchor.identity)
        is_less = counted is None or (counted.severity or rule.severity).rank <= severity.rank
        taken = _of(kept, alert.facts)
        if taken and severity in URGENCIES and is_less:
            alerts.append(replace(alert, message=_until_then(taken, alert.message)))
            by_anchor.pop(alert.anchor.identity, None)
        elif counted is not None:
            alerts.append(replace(counted, occurrence=alert.occurrence))
            del by_anchor[alert.anchor.identity]
    return [*alerts, *by_anchor.values()]


def as_before(
    ask: Callable[[View], tuple[Rule, Finding] | None], view: View
) -> tuple[Rule, Finding] | None:
    """Find what holds at the gate because of a value that was taken from it, as if it counted."""
    kept = view.if_kept()
    found = ask(kept) if kept.added else None
    taken = [] if found is None else _of(kept, found[1].facts)
    if found is None or not taken or found[1].outcome.rank <= Outcome.UNKNOWN.rank:
        return None
    rule, finding = found
    return rule, replace(finding, message=_until_then(taken, finding.message))


def _with_words(view: View, alert: Alert) -> Alert:
    """Say of what was told on a preliminary value, and was not fit after all, what to do now."""
    taken = _of(view, alert.facts) if view.timeline.waiting else ()
    return replace(alert, message=_until_then(taken, alert.message)) if taken else alert


def _of(view: View, facts: Iterable[Event]) -> list[Result]:
    """List the facts that do not count: those added to the view, and those of unfit samples."""
    added = {result.event for results in view.added.values() for result in results}
    return [
        fact
        for fact in facts
        if isinstance(fact, Result) and (fact.event in added or fact.status is Status.UNSUITABLE)
    ]


def _until_then(taken: Iterable[Result], message: str) -> str:
    words = "; ".join(f"{r.code} of {r.on}, {_ASKED_FOR[r.status]}" for r in taken)
    return f"{words}. Until then as before: {message}"


def left_open(
    rule: Warned, find: Callable[[View], Iterable[Alert]], view: View, said: Collection[Event]
) -> tuple[Rule, Finding] | None:
    """List at the gate what a grave rule would warn of if it counted, and what it cannot read.

    `said` are the facts of which another requirement speaks already; what cannot be waived once
    it is final is listed all the same, for the other one may be waived.
    """
    if not view.timeline.waiting:  # of most patients
        return None
    facts: list[Result] = []
    never_waived: list[Result] = []
    for other in (view.if_final(), view.if_kept()):
        alerts = find(other) if other.added and rule.severity in URGENCIES else ()
        facts += (fact for alert in alerts for fact in _of(other, alert.facts))
        final = rule.requirement(other, said) if isinstance(rule, CriticalResult) else None
        if other.added and final is not None and final[1].outcome is Outcome.HOLD:
            never_waived += _of(other, final[1].facts)
    if isinstance(rule, CriticalResult | LowLines):
        reports = (r for code in rule.reads(view) for r in view.waiting(code))
        facts += (r for r in reports if r.status is Status.UNSUITABLE)
    known = {fact.event for fact in said}
    new = (fact for fact in facts if fact.event not in known)
    facts = list({fact.event: fact for fact in (*never_waived, *new)}.values())
    if not facts:
        return None
    message = "; ".join(f"{describe(r)} on {r.on}, {_OPEN[r.status]}" for r in facts)
    return rule, Finding(
        outcome=Outcome.UNKNOWN, message=message, facts=tuple(facts), waivable=False
    )
