"""The words of a reminder on a private channel: what, by when, why, which repeat, what to do."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.domain.checks import Check
from monitor.domain.dates import days
from monitor.domain.outcome import Role
from monitor.domain.reminders.due import Reminder
from monitor.domain.reminders.policy import Policy, Stage
from monitor.domain.reminders.stages import begins_of
from monitor.domain.rules.warning import SafetyWarning

_DOWN = timedelta(days=1)  # delays are said in days


def words(reminder: Reminder) -> str:
    """Write what a private channel may say; `history.py` reads the first line of it."""
    cause = reminder.cause
    to_patient = reminder.recipient.role is Role.PATIENT
    if isinstance(cause, SafetyWarning):
        lines = _warning(reminder, cause, to_patient)
    else:
        lines = _check(reminder, cause, to_patient)
    if reminder.unreached:
        lines.append(f"{reminder.unreached} could not be reached.")
    if reminder.number > 1:
        lines.append(f"This is reminder {reminder.number} about it.")
    return "\n".join(lines)


def _check(reminder: Reminder, check: Check, to_patient: bool) -> list[str]:
    whose = "" if to_patient else _whose(reminder)
    about = f" ({check.about.replace('_', ' ')})" if check.about else ""
    line = f"{whose}{check.title}{about}, due {check.due}"
    if reminder.stage in (Stage.OVERDUE, Stage.ESCALATED):
        until = "a result is recorded" if check.codes else "it is done"
        line += f", overdue since {check.overdue_after + days(1)}; reminders continue until {until}"
    lines = [f"{line}."]
    if reminder.earlier:
        lines.append(f"And {reminder.earlier} earlier of the same kind.")
    for other in reminder.also:
        drug = "" if to_patient or not other.drug else f"{other.drug}: "
        lines.append(f"One test does this too: {drug}{other.title}, due {other.due}.")
    if not to_patient:
        lines += [_why(one) for one in (check, *reminder.also)]
    return lines


def _whose(reminder: Reminder) -> str:
    drug = reminder.subject.drug
    return f"{reminder.patient}, {drug}: " if drug else f"{reminder.patient}: "


def _why(check: Check) -> str:
    return (
        f"Why: rule {check.rule} {check.occurrence}, counted from "
        f"{check.anchor} on {check.anchor.on} ({_sources(check)})."
    )


def _warning(reminder: Reminder, warning: SafetyWarning, to_patient: bool) -> list[str]:
    if to_patient:
        return [warning.patient_message]
    lines = [f"{_whose(reminder)}{warning.rule}, "
             f"{warning.severity}, since {warning.since}."]  # fmt: skip
    lines.append(warning.message)
    if warning.patient_message:
        lines.append(f"Tell the patient: {warning.patient_message}")
    lines.append(f"Why: rule {warning.rule} ({_sources(warning)}).")
    if reminder.stage is Stage.ESCALATED and not reminder.unreached:
        lines.append("Nobody has acknowledged it yet.")
    return lines


def _sources(cause: Check | SafetyWarning) -> str:
    return ", ".join(dict.fromkeys(cite.source for cite in cause.cites))


def delayed_since(
    reminder: Reminder,
    policy: Policy,
    last_pass: datetime | None,
    *,
    zone: ZoneInfo,  # the patient's, as `today` is
    today: date,
    now: datetime,
) -> date:
    """Find the day from which a delay counts; today where there is none.

    What should have been sent since the last pass was missed, and is folded into what is sent now.
    """
    last = None if last_pass is None or last_pass > now else last_pass.astimezone(zone).date()
    if isinstance(reminder.cause, SafetyWarning):
        if last_pass is None or last is None or now - last_pass < _DOWN:
            return today  # warnings are sent when they are found
        return min(max(last, _wanted_from(reminder, reminder.cause, policy)), today)
    if reminder.unreached:
        return min(reminder.since, today)
    if last is None:  # nobody ever sent: nobody waited for what is sent ahead
        last = reminder.cause.due - timedelta(days=1)
    missed = first_telling(
        reminder.cause, policy, reminder.lead, reminder.recipient.role, after=last
    )
    wanted = min(reminder.since, max(missed, reminder.cause.anchor.on), today)
    return max(wanted, reminder.quiet_until or wanted)


def _wanted_from(reminder: Reminder, warning: SafetyWarning, policy: Policy) -> date:
    """Give the day on which a warning, its repeat or its escalation was to be sent."""
    if reminder.stage is Stage.ESCALATED:
        hours = policy.warnings[warning.severity].escalate_after_hours or 0
        return reminder.since + timedelta(days=0 if reminder.repeat else hours // 24)
    if reminder.repeat:
        return reminder.since
    return max([warning.since, *(fact.on for fact in warning.facts)])


def first_telling(check: Check, policy: Policy, lead: int, role: Role, *, after: date) -> date:
    """Find the first day, after one, on which somebody of a role was to hear of a check.

    Where the policy tells the role nothing more, that is the last day there is.
    """
    begins = begins_of(check, policy, lead)
    ends = [*(begin for _, begin in begins[1:]), date.max]
    for (stage, begin), end in zip(begins, ends, strict=True):
        telling = policy.stages[stage]
        if role not in telling.roles:
            continue
        if begin > after:
            return begin
        if telling.repeat_days is not None:
            passed = (after - begin).days // telling.repeat_days
            again = begin + days((passed + 1) * telling.repeat_days)
            if again < end:
                return again
    return date.max
