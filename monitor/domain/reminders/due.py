"""Which reminders are due: who is to hear of what, now, whatever was sent before.

Each reminder has a computed key. Planning the same again gives the same keys, so that queueing
twice is the same as queueing once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from monitor.domain.checks import Check, bundle
from monitor.domain.dates import days
from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.audience import Recipient, digest, hearers, stand_ins
from monitor.domain.reminders.history import History
from monitor.domain.reminders.policy import Policy, Stage
from monitor.domain.reminders.stages import Assessed, AtStage, at_stages, quiet_until
from monitor.domain.reminders.subject import Person, Subject
from monitor.domain.rules.warning import SafetyWarning

_GRAVITY = list(Stage)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminder:
    """One reminder to one recipient."""

    patient: str
    subject: Subject
    cause: Check | SafetyWarning
    recipient: Recipient
    stage: Stage
    since: date  # the day it should have been sent
    repeat: int  # 0 for the first of its stage
    offset: int = 0  # the same in days: what a key counts by, as a policy may change
    earlier: int = 0  # occurrences of the same rule and code that are overdue too
    also: tuple[Check, ...] = ()  # of other drugs, that the same test does
    lead: int = 0  # days before a check is due that people hear of it
    quiet_until: date | None = None  # it was acknowledged: the day from which it is sent again
    unreached: str = ""  # the recipient who could not be reached, where that is the reason
    is_answered: bool = False  # staff has seen it: only what is on its way to a patient goes on
    # What follows counts what was sent before, and is filled in by `plan`.
    moves: int = 0  # how often its due day moved after it was sent: with another day, it is new
    turn: int = 0  # how often it was retracted: sent again, it is another reminder
    rises: int = 0  # how often it became graver after it was sent: as that, it is new
    number: int = 1  # the how many-th about its subject
    waits_since: datetime | None = None  # an urgent one, since an earlier one that it replaces

    @property
    def urgency(self) -> Urgency:
        """Say how soon it must arrive."""
        return self.subject.urgency

    @property
    def about(self) -> tuple[Subject, Person]:
        """Say what it is about, however urgent, and whom it is for."""
        return self.subject.routine, self.recipient.person

    @property
    def identity(self) -> str:
        """Give what stays the same through repeats."""
        subject = self.subject
        return digest(
            self.patient,
            subject.drug,
            subject.rule,
            subject.anchor,
            subject.occurrence,
            self.stage,
            self.unreached,
            self.recipient.role,
            self.recipient.name,
            *((f"moved {self.moves}",) if self.moves else ()),
            *((f"risen {self.rises}",) if self.rises else ()),
        )

    @property
    def key(self) -> str:
        """Give the computed identity under which it is queued once."""
        turn = (self.turn,) if self.turn else ()
        return digest(self.identity, self.offset, *turn)


def reminders_due(
    patient: str,
    assessed: Iterable[Assessed],
    recipients: Sequence[Recipient],
    policy: Policy,
    history: History,
    *,
    today: date,  # the patient's day, as of which it was assessed
    now: datetime,
) -> tuple[Reminder, ...]:
    """Say which reminders are due now."""
    subjects = [
        current for one in assessed for current in at_stages(one, policy, history, today, now)
    ]
    return tuple(
        replace(reminder, also=also)
        for current, also in _bundled(patient, subjects, today)
        for reminder in _reminders(patient, current, recipients, policy, history, today)
    )


def unheard(
    assessed: Iterable[Assessed],
    recipients: Sequence[Recipient],
    policy: Policy,
    history: History,
    *,
    today: date,
    now: datetime,
) -> int:
    """Count the urgent subjects that no staff has seen, and that reach nobody.

    Nobody of the clinic hears, or a message about it was given up.
    """
    found = 0
    there = {one.person for one in recipients}
    for followed in assessed:
        for current in at_stages(followed, policy, history, today, now):
            given_up = there & history.failed.get(current.subject, frozenset())
            hearing = [one for one in hearers(current, recipients) if not one.is_closed]
            hearing += [one for one, _ in stand_ins(current, recipients, policy, history)]
            of_clinic = [one for one in hearing if one.role is not Role.PATIENT]
            if current.urgency is not Urgency.ROUTINE and (given_up or not of_clinic):
                quiet = quiet_until(current, history, Role.NURSE)
                found += quiet is None or today >= quiet
    return found


def _bundled(
    patient: str, subjects: Sequence[AtStage], today: date
) -> Iterator[tuple[AtStage, tuple[Check, ...]]]:
    """Go through all subjects; of checks that one test does, the one at the gravest stage leads.

    Everybody hears of it whom any of them is for, and the others are named with it.
    """
    checks = [(one, one.cause) for one in subjects if isinstance(one.cause, Check)]
    groups = bundle([(patient, check, today) for _, check in checks])
    gravity = [_GRAVITY.index(one.stage) for one, _ in checks]
    leads = [max(group, key=lambda n: (gravity[n], -n)) for group in groups]
    for lead, group in sorted(zip(leads, groups, strict=True)):
        roles = {role for n in group for role in checks[n][0].audience}
        yield (
            replace(checks[lead][0], audience=tuple(role for role in Role if role in roles)),
            tuple(checks[n][1] for n in group if n != lead),
        )
    yield from ((one, ()) for one in subjects if not isinstance(one.cause, Check))


def _reminders(
    patient: str,
    current: AtStage,
    recipients: Sequence[Recipient],
    policy: Policy,
    history: History,
    today: date,
) -> Iterator[Reminder]:
    repeat, offset = _repeat(current, today)
    for recipient in hearers(current, recipients):
        quiet = quiet_until(current, history, recipient.role)
        is_quiet = quiet is not None and today < quiet
        if is_quiet and not _goes_on(current, history, recipient, today):
            continue
        yield Reminder(
            patient=patient,
            subject=current.subject,
            cause=current.cause,
            recipient=recipient,
            stage=current.stage,
            since=current.since + days(offset),
            repeat=repeat,
            offset=offset,
            earlier=current.earlier,
            lead=current.lead,
            quiet_until=quiet,
            is_answered=is_quiet,
        )
    for recipient, names in stand_ins(current, recipients, policy, history):
        quiet = quiet_until(current, history, recipient.role)
        if quiet is None or today >= quiet:
            yield Reminder(
                patient=patient,
                subject=current.subject,
                cause=current.cause,
                recipient=recipient,
                stage=Stage.STOOD_IN,
                since=today,
                repeat=0,
                unreached=names,
            )


def _goes_on(current: AtStage, history: History, recipient: Recipient, today: date) -> bool:
    """Say whether what is on its way to a patient must arrive, though staff has seen it.

    Only the patient can do what it asks for; nobody knows whether staff called.
    """
    if recipient.role is not Role.PATIENT or current.urgency is Urgency.ROUTINE:
        return False
    seen = history.seen_by_patient_on.get(current.subject)
    return seen is None or today >= seen + days(current.telling.acknowledgement_quiets_days)


def _repeat(current: AtStage, today: date) -> tuple[int, int]:
    """Count the repeats of a stage so far, and the days from its beginning to the newest.

    What the policy sends once is sent again at the time for which it was meant most.
    """
    every = current.telling.repeat_days
    if every is not None:
        repeat = (today - current.since).days // every
        return repeat, repeat * every
    peak = current.cause.peak if isinstance(current.cause, SafetyWarning) else None
    if peak is not None and current.since < peak[0] and peak[0] <= today <= peak[1]:
        return 1, (peak[0] - current.since).days
    return 0, 0
