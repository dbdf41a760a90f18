"""How late a reminder is: from which day on it should have been told.

Whatever nobody sent since the last beat was missed, and is folded into what is told now.
"""

from datetime import date, datetime, timedelta

from monitor.domain.reminders.plan import Reminder
from monitor.domain.reminders.policy import Policy, Stage
from monitor.domain.reminders.stages import first_telling
from monitor.domain.rules.warning import SafetyWarning
from monitor.service.asking.cases import Case
from monitor.store.looks import Beat

_DOWN = timedelta(days=1)  # delays are told in days


def told_from(
    reminder: Reminder, case: Case, policy: Policy, beat: Beat | None, *, now: datetime
) -> date:
    """Find the day from which a delay counts; today where there is none."""
    last = None if beat is None or beat.at > now else beat.at.astimezone(case.zone).date()
    if isinstance(reminder.subject, SafetyWarning):
        if beat is None or last is None or now - beat.at < _DOWN:
            return case.today  # warnings are told when they are found
        return min(max(last, _wanted_from(reminder, reminder.subject, policy)), case.today)
    if reminder.unreached:
        return min(reminder.since, case.today)
    if last is None:  # nobody ever sent: nobody waited for what is told ahead
        last = reminder.subject.due - timedelta(days=1)
    missed = first_telling(
        reminder.subject, policy, reminder.lead, reminder.recipient.role, after=last
    )
    wanted = min(reminder.since, max(missed, reminder.subject.anchor.on), case.today)
    return max(wanted, reminder.quiet_until or wanted)


def _wanted_from(reminder: Reminder, warning: SafetyWarning, policy: Policy) -> date:
    """Give the day on which a warning, its repeat or its escalation was to be told."""
    if reminder.stage is Stage.ESCALATED:
        hours = policy.warnings[warning.severity].escalate_after_hours or 0
        return reminder.since + timedelta(days=0 if reminder.repeat else hours // 24)
    if reminder.repeat:
        return reminder.since
    return max([warning.since, *(fact.on for fact in warning.facts)])
