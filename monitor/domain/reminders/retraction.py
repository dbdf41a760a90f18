"""What was sent on facts that were corrected later: another message takes it back."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind, Status
from monitor.domain.reminders.message import Delivery
from monitor.domain.reminders.policy import Stage
from monitor.domain.reminders.subject import PastReminder, Subject

CORRECTED = "It was sent on facts that have been corrected since. It said:\n"
MOVED = "The due day has moved. It said:\n"
_GRAVITY = list(Stage)
_MAY_HAVE_ARRIVED = (Delivery.SENT, Delivery.SENDING, Delivery.FAILED)

# Gives the stage of each subject on a day, as some facts (by number) have it.
StagesThen = Callable[[date, frozenset[int]], Mapping[Subject, Stage]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Retraction:
    """What is taken back of one message, and why."""

    reminders: tuple[PastReminder, ...]
    why: str


def by_message(wrong: Iterable[PastReminder], *, why: str) -> list[Retraction]:
    """Gather what is wrong by the messages that said it."""
    found: dict[str, dict[str, PastReminder]] = {}
    for one in wrong:
        found.setdefault(one.message, {})[one.key] = one
    return [Retraction(reminders=tuple(those.values()), why=why) for those in found.values()]


def sent_wrongly(
    rows: Sequence[Recorded],
    past: Sequence[PastReminder],
    *,
    seen: int,  # the last event that was considered before
    confirmed: Callable[[Sequence[Recorded]], Mapping[int, int]],  # final values by preliminary
    stages_then: StagesThen,
    retracted: Container[str],
) -> list[Retraction]:
    """Find what may have arrived and was wrong, as the corrections since then say."""
    if not any(_corrects_something(row) and row.event > seen for row in rows):
        return []
    judge = _Judge(rows, confirmed(rows), stages_then)
    wrong = [
        one
        for one in past
        if (one.state in _MAY_HAVE_ARRIVED or one.tries > 0)
        and one.retracts is None
        and one.key not in retracted
        and not judge.was_right(one)
    ]
    return by_message(wrong, why=CORRECTED)


def _corrects_something(row: Recorded) -> bool:
    return row.corrects is not None or _is_corrected(row)


def _is_corrected(row: Recorded) -> bool:
    """Say whether a laboratory sent it in place of its other results of that code and day."""
    return row.kind == Kind.RESULT and row.body.get("status") == Status.CORRECTED


def _result(row: Recorded) -> tuple[str, date] | None:
    return (row.body["code"], row.on) if row.kind == Kind.RESULT else None


class _Judge:
    """Judges reminders by the facts of their day; what was worked out for one is kept."""

    def __init__(
        self, rows: Sequence[Recorded], confirmed: Mapping[int, int], stages_then: StagesThen
    ) -> None:
        self._rows = rows
        self._confirmed = confirmed
        self._stages_then = stages_then
        self._sides: dict[int, tuple[frozenset[int], frozenset[int]] | None] = {}
        self._stages: dict[tuple[date, frozenset[int]], Mapping[Subject, Stage]] = {}
        self._first: dict[int, int] = {}  # by fact, that of its chain of corrections
        for row in rows:
            first = None if row.corrects is None else self._first.get(row.corrects)
            self._first[row.event] = row.event if first is None else first

    def was_right(self, one: PastReminder) -> bool:
        """Judge by what was known then, as corrected since, whether there was as much to say.

        Only what the corrections change counts: another policy, or who could be reached, is no
        reason.
        """
        if one.known not in self._sides:
            self._sides[one.known] = self._facts(one.known)
        sides = self._sides[one.known]
        if sides is None:
            return True
        as_known, truly = (self._stage(one, side) for side in sides)
        if as_known is None:
            return True
        return truly is not None and _GRAVITY.index(truly) >= _GRAVITY.index(as_known)

    def _facts(self, last: int) -> tuple[frozenset[int], frozenset[int]] | None:
        """Give what was known up to a fact, as it was and as corrected since; None if it is so."""
        if not any(_corrects_something(row) and row.event > last for row in self._rows):
            return None
        known = {row.event for row in self._rows if row.event <= last}
        corrected, results = set(known), {_result(row) for row in self._rows if row.event in known}
        # What became final as it was known is the same, and so is what corrects that.
        corrected |= {final for final, early in self._confirmed.items() if early in known}
        for row in self._rows:
            if row.corrects in corrected or (_is_corrected(row) and _result(row) in results):
                corrected.add(row.event)
        return frozenset(known), frozenset(corrected)

    def _stage(self, one: PastReminder, events: frozenset[int]) -> Stage | None:
        """Say at which stage a reminder's subject was on the day it was planned, by some facts."""
        side = one.planned_on, events
        if side not in self._stages:
            self._stages[side] = self._stages_then(*side)
        subject = one.subject
        anchor = self._first.get(subject.anchor, subject.anchor)
        return self._stages[side].get(replace(subject, anchor=anchor))
