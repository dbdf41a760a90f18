"""What is reported and does not count: nobody knows that it is well, so nothing ends by it."""

from collections.abc import Callable, Collection
from dataclasses import replace

from monitor.domain.facts import Event, Result, Status
from monitor.domain.finding import Finding, gravest
from monitor.domain.outcome import URGENCIES, Outcome
from monitor.domain.rule import Rule
from monitor.domain.rules.expectations import CheckRule
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule
from monitor.domain.rules.warning import Alert, WarningRule
from monitor.domain.view import View
from monitor.domain.waiting import if_final, once_each, until_then

_OPEN = {
    Status.UNSUITABLE: "the sample was not fit: another one is needed",
    Status.PRELIMINARY: "grave if it is true: wait for the final result",
}
_MISSING = "grave if it is true, and its final report is missing: ask for it"


def found(rule: WarningRule, view: View) -> list[Alert]:
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
        taken = kept.among_added(alert.facts)
        if taken and severity in URGENCIES and is_less:
            alerts.append(replace(alert, message=until_then(taken, alert.message)))
            by_anchor.pop(alert.anchor.identity, None)
        elif counted is not None:
            alerts.append(replace(counted, occurrence=alert.occurrence))
            del by_anchor[alert.anchor.identity]
    return [*alerts, *by_anchor.values()]


def _with_words(view: View, alert: Alert) -> Alert:
    """Say of what was told on a preliminary value, and was not fit after all, what to do now."""
    results = (fact for fact in alert.facts if isinstance(fact, Result))
    taken = [result for result in results if result.status is Status.UNSUITABLE]
    return replace(alert, message=until_then(taken, alert.message)) if taken else alert


def weighed(rule: RequirementRule, question: Question) -> Finding | None:
    """Judge a requirement, also as if what does not count did.

    What it would not meet if what was taken from it still counted, it does not meet: as before.
    What it would not meet if a preliminary value were final is unknown. Neither makes it better;
    what could not be waived then is not waived now. A good value takes nothing from a waiver.
    """
    plain, view = rule.judge(question), question.view
    findings = [plain] if plain is not None else []
    kept = view.if_kept()
    for other, limit in ((kept, Outcome.STOP), (kept.if_final(), Outcome.UNKNOWN)):
        found = rule.judge(replace(question, view=other)) if other.added else None
        if found is None:
            continue
        seen = (*found.facts, *(found.against or ()))
        reports = other.among_added(seen)
        is_graver = found.outcome.rank > (Outcome.MET if plain is None else plain.outcome).rank
        if not is_graver and rule.finds_good(reports):
            continue
        reports = reports or other.all_added
        words = until_then if limit is Outcome.STOP else if_final
        named = found.facts if set(reports) & set(found.facts) else (*reports, *found.facts)
        stands_on = plain.facts if plain is not None else ()
        findings.append(
            replace(
                found,
                outcome=min(found.outcome, limit, key=lambda outcome: outcome.rank),
                message=words(reports, found.message),
                facts=tuple(dict.fromkeys((*named, *stands_on))),
                against=named if found.against is None else found.against,
            )
        )
    if plain is not None:
        missing = rule.never_final(view)
        findings += [missing] if missing is not None else []
    return gravest(findings) if findings else None


def as_before(
    ask: Callable[[View], tuple[Rule, Finding] | None], view: View
) -> tuple[Rule, Finding] | None:
    """Find what holds at the gate because of a value that was taken from it, as if it counted."""
    kept = view.if_kept()
    found = ask(kept) if kept.added else None
    taken = [] if found is None else kept.among_added(found[1].facts)
    if found is None or not taken or found[1].outcome.rank <= Outcome.UNKNOWN.rank:
        return None
    rule, finding = found
    return rule, replace(finding, message=until_then(taken, finding.message))


def left_open(
    rule: WarningRule,
    view: View,
    said: Collection[Event],
    checks: Collection[CheckRule] = (),
) -> tuple[Rule, Finding] | None:
    """List at the gate what a grave rule would warn of if it counted, and what it cannot read.

    `said` are the facts of which another requirement speaks already; what cannot be waived once
    it is final is listed all the same, for the other one may be waived. What does one of
    `checks`, which asks for another sample, leaves nothing open.
    """
    if not view.timeline.waiting:  # of most patients
        return None
    facts: list[Result] = []
    never_waived: list[Result] = []
    beside: list[Event] = []
    kept = view.if_kept()
    for other in (kept.if_final(), kept):
        alerts = rule.find(other) if other.added and rule.severity in URGENCIES else ()
        facts += (fact for alert in alerts for fact in other.among_added(alert.facts))
        final = None
        if rule.awaits_final:
            final = rule.requirement(other, said)
        if other.added and final is not None and final[1].outcome.rank >= Outcome.HOLD.rank:
            never_waived += other.among_added(final[1].facts)
            beside += final[1].facts
    reports = (r for code in rule.reads(view) for r in view.waiting(code))
    unfit = (r for r in reports if r.status is Status.UNSUITABLE)
    facts += (r for r in unfit if not any(c.answers_to([rule], view, r) for c in checks))
    known = {fact.event for fact in said}
    new = (fact for fact in facts if fact.event not in known)
    facts = list({fact.event: fact for fact in (*never_waived, *new)}.values())
    missing = [r for r in never_final(rule, view) if r.event not in known]
    if not facts and not missing:
        return None
    told = [f"{r} on {r.on}, {_OPEN[r.status]}" for r in facts]
    told += (f"{r} on {r.on}, {_MISSING}" for r in missing)
    # Where a newer value counts, what is no more than urgent once it is final is a caution.
    return rule, Finding(
        outcome=Outcome.UNKNOWN if facts else rule.if_never_final,
        message=once_each(told),
        facts=tuple(dict.fromkeys((*facts, *missing, *beside))),
        waivable=not facts,
    )


def never_final(rule: WarningRule, view: View) -> list[Result]:
    """List preliminary values that would stand until a person waives them, were they final.

    Each by itself: newer values of other samples say nothing of it.
    """
    return [result for result in view.overtaken() if rule.stands_by_itself(view, result)]
