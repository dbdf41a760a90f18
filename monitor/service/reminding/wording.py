"""The words of a reminder on a private channel: what, by when, why, which repeat, what to do."""

import re
from datetime import date

from monitor.domain.checks import Check
from monitor.domain.dates import days
from monitor.domain.describing import describe
from monitor.domain.outcome import URGENCIES, Role, Severity, Urgency
from monitor.domain.reminders.plan import Reminder
from monitor.domain.reminders.policy import Stage
from monitor.domain.rules.warning import SafetyWarning

_SEVERITY = re.compile(rf".*, ({'|'.join(Severity)}), since \d{{4}}-")
_DUE = re.compile(r".*, due (\d{4}-\d{2}-\d{2})[.,]")


def words(reminder: Reminder, *, number: int) -> str:
    """Write what a private channel may say; `number` counts what was told before it, from 1."""
    subject = reminder.subject
    to_patient = reminder.recipient.role is Role.PATIENT
    lines = []
    if isinstance(subject, SafetyWarning):
        lines += _warning(reminder, subject, to_patient)
    else:
        lines += _check(reminder, subject, to_patient)
    if reminder.unreached:
        lines.append(f"{reminder.unreached} could not be reached.")
    if number > 1:
        lines.append(f"This is reminder {number} about it.")
    return "\n".join(lines)


def due_in(told: str) -> date | None:
    """Find the due day that the words of a check named; None in those of a warning."""
    found = _DUE.match(told.partition("\n")[0])
    return date.fromisoformat(found[1]) if found else None


def urgency_in(told: str, *, otherwise: str) -> Urgency:
    """Find how urgent the words of a reminder are; those to a patient are as their message is."""
    if due_in(told) is not None:
        return Urgency.ROUTINE
    found = _SEVERITY.match(told.partition("\n")[0])
    if found is None:
        return Urgency(otherwise)
    return URGENCIES.get(Severity(found[1]), Urgency.ROUTINE)


def _check(reminder: Reminder, check: Check, to_patient: bool) -> list[str]:
    whose = "" if to_patient else _whose(reminder)
    about = f" ({check.about.replace('_', ' ')})" if check.about else ""
    line = f"{whose}{check.title}{about}, due {check.due}"
    if reminder.stage in (Stage.OVERDUE, Stage.ESCALATED):
        line += f", overdue since {check.overdue_after + days(1)}; it stays so until it is done"
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
    drug = reminder.matter.drug
    return f"{reminder.patient}, {drug}: " if drug else f"{reminder.patient}: "


def _why(check: Check) -> str:
    return (
        f"Why: rule {check.rule} {check.occurrence}, counted from "
        f"{describe(check.anchor)} on {check.anchor.on} ({_sources(check)})."
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


def _sources(subject: Check | SafetyWarning) -> str:
    return ", ".join(dict.fromkeys(cite.source for cite in subject.cites))
