"""At which stage each subject is on a day, and when that may next change by time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from monitor.domain.assessment import Assessment, Followed
from monitor.domain.checks import Check
from monitor.domain.dates import days
from monitor.domain.outcome import CheckState, Role, Urgency
from monitor.domain.protocol import Protocol
from monitor.domain.reminders.history import History
from monitor.domain.reminders.policy import Policy, Stage, Telling
from monitor.domain.reminders.subject import Subject, covered_by, subject_of
from monitor.domain.rules.expectations import CheckRule
from monitor.domain.rules.warning import SafetyWarning

Assessed = tuple[Followed, Assessment]  # what is followed, and where it stands


@dataclass(frozen=True, kw_only=True, slots=True)
class AtStage:
    """A subject at its stage: since when, and whom the policy tells."""

    subject: Subject
    cause: Check | SafetyWarning
    stage: Stage
    since: date
    telling: Telling
    audience: tuple[Role, ...]
    earlier: int = 0
    lead: int = 0  # days before it is due

    @property
    def urgency(self) -> Urgency:
        """Say how soon a message about it must arrive."""
        return self.subject.urgency


def next_change(
    assessed: Iterable[Assessed],
    policy: Policy,
    history: History,
    *,
    today: date,
    now: datetime,
) -> tuple[date | None, datetime | None]:
    """Find the first day after today, and moment after now, at which a plan may change by time."""
    coming: list[date] = []
    moments: list[datetime] = []
    for one in assessed:
        followed, assessment = one
        for check in _newest_overdue(assessment.checks):
            lead = _lead(check, followed, policy)
            late = check.overdue_after + days(1)
            coming += [check.due - days(lead), check.due, late]
            coming.append(late + days(policy.escalate_after_days))
        for warning in assessment.warnings:
            since = _unanswered_since(followed.timeline.drug, warning, history)
            hours = policy.warnings[warning.severity].escalate_after_hours
            if since is not None and hours is not None:
                moments.append(since + timedelta(hours=hours))
            if warning.until is not None:
                coming.append(warning.until + days(1))
            if warning.peak is not None:
                coming.append(warning.peak[0])
        for current in at_stages(one, policy, history, today, None):
            if current.telling.repeat_days is not None:
                passed = (today - current.since).days // current.telling.repeat_days
                coming.append(current.since + days((passed + 1) * current.telling.repeat_days))
            for role in (Role.PATIENT, Role.NURSE):
                quiet = quiet_until(current, history, role)
                if quiet is not None:
                    coming.append(quiet)
    moments += history.undelivered_at
    later = [day for day in coming if day > today]
    return min(later, default=None), min((m for m in moments if m > now), default=None)


def stages_on(one: Assessed, policy: Policy, today: date) -> dict[Subject, Stage]:
    """Say at which stage each subject was on a day, whoever heard of it.

    An urgent warning is listed once for each fact that it rests on: an earlier message may have
    had another of them as its anchor.
    """
    found: dict[Subject, Stage] = {}
    for current in at_stages(one, policy, History(), today, None):
        anchors = {current.subject.anchor}
        if current.urgency is not Urgency.ROUTINE:
            facts = current.cause.facts
            anchors = {number for fact in facts for number in (fact.identity, fact.news)}
        for anchor in anchors:
            found |= dict.fromkeys(
                covered_by(replace(current.subject, anchor=anchor)), current.stage
            )
    return found


def at_stages(
    one: Assessed, policy: Policy, history: History, today: date, now: datetime | None
) -> Iterator[AtStage]:
    """Go through what people hear of on a day, at its stage; without `now` no warning escalates."""
    followed, assessment = one
    drug = followed.timeline.drug
    late = Counter(c.folded_as for c in assessment.checks if c.state is CheckState.OVERDUE)
    for check in _newest_overdue(assessment.checks):
        lead = _lead(check, followed, policy)
        reached = _stage(check, policy, lead, today)
        if reached is not None:
            stage, since = reached
            yield AtStage(
                subject=subject_of(drug, check),
                cause=check,
                stage=stage,
                since=max(since, min(check.anchor.on, today)),
                telling=policy.stages[stage],
                audience=check.audience,
                earlier=late[check.folded_as] - 1 if check.state is CheckState.OVERDUE else 0,
                lead=lead,
            )
    for warning in assessment.warnings:
        yield _warned(drug, warning, policy, history, today, now)


def _warned(
    drug: str,
    warning: SafetyWarning,
    policy: Policy,
    history: History,
    today: date,
    now: datetime | None,
) -> AtStage:
    telling, subject = policy.warnings[warning.severity], subject_of(drug, warning)
    stage, roles = Stage.WARNING, telling.roles
    since, hours = _unanswered_since(drug, warning, history), telling.escalate_after_hours
    waited = None if since is None or now is None else now - since
    if waited is not None and hours is not None and waited >= timedelta(hours=hours):
        stage, roles = Stage.ESCALATED, policy.stages[Stage.ESCALATED].roles
    first = history.first_sent_at.get(subject)
    audience = tuple(r for r in Role if r is not Role.PATIENT or warning.patient_message)
    return AtStage(
        subject=subject,
        cause=warning,
        stage=stage,
        # Repeats count from the first message: what became known late is not repeated the next day.
        since=today if first is None else min(first.date(), today),
        telling=Telling(
            roles=roles,
            repeat_days=telling.repeat_days if warning.repeats else None,
            acknowledgement_quiets_days=telling.acknowledgement_quiets_days,
        ),
        audience=audience,
    )


def _unanswered_since(drug: str, warning: SafetyWarning, history: History) -> datetime | None:
    """Find since when a warning is known to people and not acknowledged; None where it is neither.

    A new fact does not start that time anew, while what was sent before it is unanswered too.
    """
    subject = subject_of(drug, warning)
    if subject in history.acknowledged_on:
        return None
    sent = [history.first_sent_at.get(subject)]
    if subject.urgency is not Urgency.ROUTINE:
        numbers = {number for fact in warning.facts for number in (fact.event, fact.news)}
        for number in sorted(numbers):
            before = replace(subject, anchor=number)
            sent.append(history.unanswered_since.get(before))
            if before not in history.acknowledged_on:
                sent.append(history.first_sent_at.get(before))
    return min((at for at in sent if at is not None), default=None)


def _stage(check: Check, policy: Policy, lead: int, today: date) -> tuple[Stage, date] | None:
    begun = [(stage, begin) for stage, begin in begins_of(check, policy, lead) if begin <= today]
    return begun[-1] if begun else None


def begins_of(check: Check, policy: Policy, lead: int) -> list[tuple[Stage, date]]:
    """List the stages of a check in their order, each with its first day."""
    late = check.overdue_after + days(1)
    return [
        (Stage.AHEAD, check.due - days(lead)),
        (Stage.DUE, check.due),
        (Stage.OVERDUE, late),
        (Stage.ESCALATED, late + days(policy.escalate_after_days)),
    ]


def _newest_overdue(checks: Sequence[Check]) -> list[Check]:
    """Leave out what is not to be done, and of overdue checks all for which a newer one stands."""
    # They come by due day.
    newest = {c.folded_as: c for c in checks if c.state is CheckState.OVERDUE}
    pending = (CheckState.AHEAD, CheckState.OPEN)
    return [c for c in checks if c.state in pending or newest.get(c.folded_as) is c]


def quiet_until(current: AtStage, history: History, role: Role) -> date | None:
    """Find the day from which somebody of a role hears again of an acknowledged subject.

    A patient's own acknowledgement quiets only the patient.
    """
    seen = [history.acknowledged_on.get(current.subject)]
    if role is Role.PATIENT:
        seen.append(history.seen_by_patient_on.get(current.subject))
    newest = max((day for day in seen if day is not None), default=None)
    if newest is None:
        return None
    quiet = newest + days(current.telling.acknowledgement_quiets_days)
    ends = current.cause.until if isinstance(current.cause, SafetyWarning) else None
    return quiet + days(1) if quiet == ends else quiet  # of its last day nothing is left to do


def longest_lead(protocols: Iterable[Protocol], policy: Policy) -> int:
    """Say how many days before the due day the first message of any check may come."""
    return max((_of_rule(rule, policy) for p in protocols for rule in p.checks), default=0)


def _lead(check: Check, followed: Followed, policy: Policy) -> int:
    """Find how far ahead people hear of a check; what an infusion needs goes with the infusion."""
    protocol = next((p for p in followed.protocols.values() if p.digest == check.protocol), None)
    rules = protocol.checks if protocol is not None else ()
    found = next((rule for rule in rules if rule.name == check.rule), None)
    if found is None:
        found = protocol.next_infusion if protocol is not None else None
    return 0 if found is None else _of_rule(found, policy)


def _of_rule(rule: CheckRule, policy: Policy) -> int:
    return policy.lead(rule.name, rule.led_as or rule.kind, rule.lead_days)
