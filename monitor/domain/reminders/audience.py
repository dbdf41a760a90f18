"""Who hears of a subject: whom the policy names, else whoever there is, and who stands in."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from monitor.domain.outcome import Role, Severity, Urgency
from monitor.domain.reminders.history import History
from monitor.domain.reminders.message import Via
from monitor.domain.reminders.policy import Policy, Stage
from monitor.domain.reminders.stages import AtStage
from monitor.domain.reminders.subject import PastReminder, Person
from monitor.domain.rules.warning import SafetyWarning

_STAFF = (Role.NURSE, Role.PRESCRIBER, Role.PHARMACIST)
_ORDER = (Role.NURSE, Role.PRESCRIBER, Role.OPERATOR)  # who stands in for whom was not reached


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """Somebody who can be reached about a patient."""

    role: Role
    name: str
    zone: ZoneInfo
    is_private: bool  # clinical detail may be sent over the first channel
    address: str  # digest of the channels in their order
    channels: tuple[Via, ...] = ()  # tried in this order
    is_closed: bool = False  # not known to be reached, ever: whoever is next hears at once

    @property
    def person(self) -> Person:
        """Say who it is, whatever the channels."""
        return self.role, self.name


def digest(*parts: object) -> str:
    """Compute an identity from its parts; it tells nothing about them."""
    text = json.dumps([str(part) for part in parts])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def hearers(current: AtStage, recipients: Sequence[Recipient]) -> list[Recipient]:
    """Choose who hears; where nobody of the roles is known, the staff that there is.

    A patient alone is nobody where it is urgent: somebody of the clinic, or an operator, hears too.
    """
    is_mild = isinstance(current.cause, SafetyWarning) and current.cause.severity is Severity.INFO
    wanted = [role for role in current.telling.roles if role in current.audience]
    found = [
        one for one in recipients if one.role in wanted and (one.is_private or not is_mild)
    ]  # the fixed sentences of a channel that is not private say nothing that is worth a mild one
    is_urgent = current.urgency is not Urgency.ROUTINE
    if is_mild or any(not is_urgent or one.role is not Role.PATIENT for one in found):
        return found
    staff = [role for role in _STAFF if role in current.audience]
    everybody = [] if is_urgent else current.audience
    for roles in (staff, _STAFF, everybody, (Role.OPERATOR,)):
        others = [one for one in recipients if one.role in roles]
        if others:
            return found + others
    return found


def stand_ins(
    current: AtStage, recipients: Sequence[Recipient], policy: Policy, history: History
) -> Iterator[tuple[Recipient, str]]:
    """Say who hears because others were not reached, and the names of these.

    Of an urgent subject the next role that has a contact; of one that was given up everybody of
    the staff who hears of escalations, and the operators.
    """
    late = history.undelivered.get(current.subject, frozenset()) | _closed(current, recipients)
    there = [one for one in recipients if not one.is_closed]
    given_up = history.failed.get(current.subject, frozenset())
    roles = {*policy.stages[Stage.ESCALATED].roles, Role.OPERATOR} - {Role.PATIENT}
    for recipient in there:
        missed = {person for person in late if _next_role(person[0], there) is recipient.role}
        if recipient.role in roles and recipient.person not in given_up:
            missed |= given_up
        missed -= {recipient.person}
        if missed:
            yield recipient, ", ".join(sorted({name for _, name in missed}))


def _closed(current: AtStage, recipients: Sequence[Recipient]) -> frozenset[Person]:
    """Say who should hear of an urgent subject, and has no channel of which arrival is known."""
    if current.urgency is Urgency.ROUTINE:
        return frozenset()
    return frozenset(one.person for one in hearers(current, recipients) if one.is_closed)


def _next_role(role: Role, recipients: Sequence[Recipient]) -> Role | None:
    """Find the next role, after one, that has a contact."""
    after = _ORDER.index(role) + 1 if role in _ORDER else 0
    there = {one.role for one in recipients}
    return next((one for one in _ORDER[after:] if one in there), None)


def had_message_on(past: Iterable[PastReminder], recipient: Recipient, day: date) -> bool:
    """Say whether a recipient had a day's message already, at another address or in another zone.

    One message a day is meant for people, whatever becomes of their channels during the day.
    """
    return any(
        one.urgency is Urgency.ROUTINE
        and one.retracts is None
        and one.tries > 0
        and one.person == recipient.person
        and one.address != recipient.address
        and one.due_at.astimezone(recipient.zone).date() == day
        for one in past
    )
