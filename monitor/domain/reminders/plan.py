"""Which reminders are owed: who is to be told what, now. Pure: nothing is sent here.

Each reminder has a computed key. Planning the same again gives the same keys, so that owing
twice is the same as owing once.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from monitor.domain.assessment import Assessment
from monitor.domain.checks import Check
from monitor.domain.dates import days
from monitor.domain.outcome import Role, Severity, Urgency
from monitor.domain.protocol import Protocol
from monitor.domain.reminders.bundle import bundle, wanted_by
from monitor.domain.reminders.policy import Policy, Stage
from monitor.domain.reminders.stages import Stand, quiet_until, stands
from monitor.domain.reminders.subject import Matter, Past
from monitor.domain.rules.warning import SafetyWarning

STAFF = (Role.NURSE, Role.PRESCRIBER, Role.PHARMACIST)
_GRAVITY = list(Stage)
_ORDER = (Role.NURSE, Role.PRESCRIBER, Role.OPERATOR)  # who stands in for whom was not reached


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """Somebody who can be told about a patient."""

    role: Role
    name: str
    zone: ZoneInfo
    is_private: bool  # clinical detail may be sent
    address: str  # digest of the channels in their order
    is_closed: bool = False  # not known to be reached, ever: whoever is next hears at once


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminder:
    """One reminder that is owed to one recipient."""

    patient: str
    matter: Matter
    subject: Check | SafetyWarning
    recipient: Recipient
    stage: Stage
    since: date  # the day it should have been told
    repeat: int  # 0 for the first of its stage
    offset: int = 0  # the same in days: what a key counts by, as a policy may change
    urgency: Urgency
    earlier: int = 0  # occurrences of the same rule and code that are overdue too
    also: tuple[Check, ...] = ()  # of other drugs, that the same test does
    lead: int = 0  # days before a check is due that people hear of it
    quiet_until: date | None = None  # it was acknowledged: the day from which it is told again
    unreached: str = ""  # the recipient who could not be reached, where that is the reason
    moves: int = 0  # how often its due day moved after it was told: told of another day, it is new
    turn: int = 0  # how often it was taken back: told again, it is another reminder
    rises: int = 0  # how often it became graver after it was told: told as that, it is new
    is_answered: bool = False  # staff has seen it: only what is on its way to a patient stays owed

    @property
    def identity(self) -> str:
        """Give what stays the same through repeats."""
        matter = self.matter
        return digest(
            self.patient,
            matter.drug,
            matter.rule,
            matter.anchor,
            matter.occurrence,
            self.stage,
            self.unreached,
            self.recipient.role,
            self.recipient.name,
            *((f"moved {self.moves}",) if self.moves else ()),
            *((f"risen {self.rises}",) if self.rises else ()),
        )

    @property
    def key(self) -> str:
        """Give the computed identity under which it is owed once."""
        turn = (self.turn,) if self.turn else ()
        return digest(self.identity, self.offset, *turn)


def digest(*parts: object) -> str:
    """Compute an identity from its parts; it tells nothing about them."""
    text = json.dumps([str(part) for part in parts])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def plan(
    patient: str,
    assessed: Iterable[tuple[str, Assessment, Mapping[str, Protocol]]],
    recipients: Sequence[Recipient],
    policy: Policy,
    past: Past,
    *,
    today: date,
    now: datetime,
) -> tuple[Reminder, ...]:
    """Say which reminders are owed now.

    `assessed`: drug, assessment on `today` (the patient's day), protocols by digest.
    """
    standing = [
        stand
        for drug, assessment, protocols in assessed
        for stand in stands(drug, assessment, protocols, policy, past, today, now)
    ]
    found: list[Reminder] = []
    for stand, also in _at_once(patient, standing, today):
        found += (
            replace(reminder, also=also)
            for reminder in _tell(patient, stand, recipients, policy, past, today)
        )
    return tuple(found)


def unheard(
    assessed: Iterable[tuple[str, Assessment, Mapping[str, Protocol]]],
    recipients: Sequence[Recipient],
    policy: Policy,
    past: Past,
    *,
    today: date,
    now: datetime,
) -> int:
    """Count the urgent matters that stand, that no staff has seen, and that reach nobody.

    Nobody of the clinic is told, or a message about it was given up.
    """
    found = 0
    there = {(one.role, one.name) for one in recipients}
    for drug, assessment, protocols in assessed:
        for stand in stands(drug, assessment, protocols, policy, past, today, now):
            given_up = there & past.failed.get(stand.matter, frozenset())
            told = [r for r in _told(stand, recipients) if not r.is_closed]
            told += [r for r, _ in _stand_in(stand, recipients, policy, past)]
            of_clinic = [r for r in told if r.role is not Role.PATIENT]
            if stand.urgency is not Urgency.ROUTINE and (given_up or not of_clinic):
                quiet = quiet_until(stand, past, Role.NURSE)
                found += quiet is None or today >= quiet
    return found


def _at_once(
    patient: str, standing: Sequence[Stand], today: date
) -> Iterator[tuple[Stand, tuple[Check, ...]]]:
    """Go through what stands; of checks that one test does, the one at the gravest stage leads.

    It is told to everybody whom any of them is for, and the others are named with it.
    """
    checks = [stand for stand in standing if isinstance(stand.subject, Check)]
    wanted = [wanted_by(patient, s.subject, today) for s in checks if isinstance(s.subject, Check)]
    others: dict[int, list[Stand]] = {}  # by the position of the leading one
    for group in bundle(wanted):
        lead = max(group, key=lambda n: (_GRAVITY.index(checks[n].stage), -n))
        others[lead] = [checks[n] for n in group if n != lead]
    for position, stand in enumerate(checks):
        if position in others:
            told = {role for one in (stand, *others[position]) for role in one.audience}
            yield (
                replace(stand, audience=tuple(role for role in Role if role in told)),
                tuple(s.subject for s in others[position] if isinstance(s.subject, Check)),
            )
    yield from ((stand, ()) for stand in standing if not isinstance(stand.subject, Check))


def _tell(
    patient: str,
    stand: Stand,
    recipients: Sequence[Recipient],
    policy: Policy,
    past: Past,
    today: date,
) -> Iterator[Reminder]:
    repeat, offset = _repeat(stand, today)
    for recipient in _told(stand, recipients):
        quiet = quiet_until(stand, past, recipient.role)
        is_quiet = quiet is not None and today < quiet
        if is_quiet and not _goes_on(stand, past, recipient, today):
            continue
        yield Reminder(
            patient=patient,
            matter=stand.matter,
            subject=stand.subject,
            recipient=recipient,
            stage=stand.stage,
            since=stand.since + days(offset),
            repeat=repeat,
            offset=offset,
            urgency=stand.urgency,
            earlier=stand.earlier,
            lead=stand.lead,
            quiet_until=quiet,
            is_answered=is_quiet,
        )
    for recipient, names in _stand_in(stand, recipients, policy, past):
        quiet = quiet_until(stand, past, recipient.role)
        if quiet is None or today >= quiet:
            yield Reminder(
                patient=patient,
                matter=stand.matter,
                subject=stand.subject,
                recipient=recipient,
                stage=Stage.ESCALATED,
                since=today,
                repeat=0,
                urgency=stand.urgency,
                unreached=names,
            )


def _goes_on(stand: Stand, past: Past, recipient: Recipient, today: date) -> bool:
    """Say whether what is on its way to a patient must arrive, though staff has seen it.

    Only the patient can do what it asks for; nobody knows whether staff called.
    """
    if recipient.role is not Role.PATIENT or stand.urgency is Urgency.ROUTINE:
        return False
    seen = past.seen_by_patient_on.get(stand.matter)
    return seen is None or today >= seen + days(stand.telling.acknowledgement_quiets_days)


def _stand_in(
    stand: Stand, recipients: Sequence[Recipient], policy: Policy, past: Past
) -> Iterator[tuple[Recipient, str]]:
    """Say who is told because others were not reached, and the names of these.

    Of an urgent matter the next role that has a contact; of one that was given up everybody of
    the staff who hears of escalations, and the operators.
    """
    late = past.undelivered.get(stand.matter, frozenset()) | _closed(stand, recipients)
    there = [one for one in recipients if not one.is_closed]
    given_up = past.failed.get(stand.matter, frozenset())
    told = {*policy.stages[Stage.ESCALATED].roles, Role.OPERATOR} - {Role.PATIENT}
    for recipient in there:
        missed = {who for who in late if _next_role(who[0], there) is recipient.role}
        if recipient.role in told and (recipient.role, recipient.name) not in given_up:
            missed |= given_up
        missed -= {(recipient.role, recipient.name)}
        if missed:
            yield recipient, ", ".join(sorted({name for _, name in missed}))


def _closed(stand: Stand, recipients: Sequence[Recipient]) -> frozenset[tuple[Role, str]]:
    """Say who would be told of an urgent matter, and has no channel of which arrival is known."""
    if stand.urgency is Urgency.ROUTINE:
        return frozenset()
    return frozenset((one.role, one.name) for one in _told(stand, recipients) if one.is_closed)


def _next_role(role: Role, recipients: Sequence[Recipient]) -> Role | None:
    """Find the next role, after one, that has a contact."""
    after = _ORDER.index(role) + 1 if role in _ORDER else 0
    there = {one.role for one in recipients}
    return next((one for one in _ORDER[after:] if one in there), None)


def _repeat(stand: Stand, today: date) -> tuple[int, int]:
    """Count the repeats of a stage so far, and the days from its beginning to the newest.

    What the policy tells once is told again at the time for which it was meant most.
    """
    every = stand.telling.repeat_days
    if every is not None:
        repeat = (today - stand.since).days // every
        return repeat, repeat * every
    peak = stand.subject.peak if isinstance(stand.subject, SafetyWarning) else None
    if peak is not None and stand.since < peak[0] and peak[0] <= today <= peak[1]:
        return 1, (peak[0] - stand.since).days
    return 0, 0


def _told(stand: Stand, recipients: Sequence[Recipient]) -> list[Recipient]:
    """Choose who is told; where nobody of the roles is known, the staff that there is.

    A patient alone is nobody where it is urgent: somebody of the clinic, or an operator, hears too.
    """
    mild = isinstance(stand.subject, SafetyWarning) and stand.subject.severity is Severity.INFO
    wanted = [role for role in stand.telling.roles if role in stand.audience]
    found = [
        one for one in recipients if one.role in wanted and (one.is_private or not mild)
    ]  # the fixed sentences of a channel that is not private say nothing that is worth a mild one
    is_urgent = stand.urgency is not Urgency.ROUTINE
    if mild or any(not is_urgent or one.role is not Role.PATIENT for one in found):
        return found
    staff = [role for role in STAFF if role in stand.audience]
    everybody = [] if is_urgent else stand.audience
    for roles in (staff, STAFF, everybody, (Role.OPERATOR,)):
        others = [one for one in recipients if one.role in roles]
        if others:
            return found + others
    return found
