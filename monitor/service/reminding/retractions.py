"""Take back what was sent on facts that were corrected later: another message says so."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.domain.assessment import evaluate
from monitor.domain.corrections import Recorded
from monitor.domain.dates import days
from monitor.domain.facts import Status
from monitor.domain.reminders.plan import Reminder, digest
from monitor.domain.reminders.policy import Policy, Stage
from monitor.domain.reminders.stages import stages
from monitor.domain.reminders.subject import Matter
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.reminding.already_sent import Key, is_of_another_day, matter_key
from monitor.service.reminding.earlier import matter_of
from monitor.store import lease, looks, outbox, owing
from monitor.store.earlier import confirmed
from monitor.store.facts import moment_text
from monitor.store.owing import Envelope, Stored

_BEFORE = timedelta(milliseconds=1)  # of two as urgent the older goes first
_AHEAD = 400  # days: every check that was told of ahead was so near


def take_back(
    connection: Connection,
    rows: Sequence[Recorded],
    stored: Sequence[Stored],
    policy: Policy,
    *,
    now: datetime,
) -> int:
    """Owe a message for each that may have arrived and was wrong; returns how many."""
    seen = looks.known_at_last_look(connection, rows[0].patient)
    if not any(_corrects_something(row) and row.event > seen for row in rows):
        return 0
    taken_back = {one.retracts for one in stored}
    judge = _Judge(connection, rows, policy, now)
    wrong: dict[str, list[Stored]] = {}  # by message
    for one in stored:
        may_have_arrived = one.state in ("sent", "sending", "failed") or one.tries > 0
        if not may_have_arrived or one.retracts is not None or one.key in taken_back:
            continue
        if not judge.was_right(one):
            wrong.setdefault(one.message, []).append(one)
    return sum(_owe(connection, rows, found, now=now, policy=policy) for found in wrong.values())


def take_back_moved(
    connection: Connection,
    rows: Sequence[Recorded],
    planned: Sequence[Reminder],
    stored: Mapping[Key, Sequence[Stored]],
    policy: Policy,
    *,
    now: datetime,
) -> int:
    """Owe a message for each that named a due day which has moved, where it named it at all.

    A channel that is not private named none. Returns how many messages that makes.
    """
    wrong: dict[str, dict[str, Stored]] = {}  # by message
    for reminder in planned:
        told = stored.get(matter_key(reminder), ())
        taken_back = {one.retracts for one in told}
        for one in told:
            may_have_arrived = one.state == "sent" or one.tries > 0
            if (
                may_have_arrived
                and one.retracts is None
                and one.key not in taken_back
                and (one.occurrence, one.anchor)
                == (reminder.matter.occurrence, reminder.matter.anchor)
                and is_of_another_day(one, reminder)
                and any(via.is_private for via in outbox.channels_of(connection, one.message))
            ):
                wrong.setdefault(one.message, {})[one.key] = one
    why = "The due day has moved. It said:\n"
    return sum(
        _owe(connection, rows, list(found.values()), now=now, policy=policy, why=why)
        for found in wrong.values()
    )


def let_go_first(connection: Connection, who: str, made: Mapping[str, str]) -> None:
    """Have what is taken back said before the new alarms of the same look, by address.

    Whoever reads the last of several messages must not read that all is over.
    """
    if made:
        for address, key in outbox.untried_takebacks(connection, who, list(made)):
            owing.raise_rank(connection, key, outbox.rank_of(connection, made[address]))


_GRAVITY = list(Stage)


def _corrects_something(row: Recorded) -> bool:
    return row.corrects is not None or _is_corrected(row)


def _is_corrected(row: Recorded) -> bool:
    """Say whether a laboratory sent it in place of its other results of that code and day."""
    return row.kind == "result" and row.body.get("status") == Status.CORRECTED


def _result(row: Recorded) -> tuple[str, date] | None:
    return (row.body["code"], row.on) if row.kind == "result" else None


class _Judge:
    """Judges reminders by the facts of their day; what was worked out for one is kept."""

    def __init__(
        self, connection: Connection, rows: Sequence[Recorded], policy: Policy, now: datetime
    ) -> None:
        self._connection = connection
        self._rows = rows
        self._policy = policy
        self._now = now
        self._sides: dict[int, tuple[frozenset[int], frozenset[int]] | None] = {}
        self._stood: dict[tuple[date, frozenset[int]], dict[Matter, Stage]] = {}
        self._first: dict[int, int] = {}  # by fact, that of its chain of corrections
        for row in rows:
            first = None if row.corrects is None else self._first.get(row.corrects)
            self._first[row.event] = row.event if first is None else first

    def was_right(self, one: Stored) -> bool:
        """Judge by what was known then, as corrected since, whether there was as much to tell.

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
        corrected |= {final for final, early in confirmed(self._rows).items() if early in known}
        for row in self._rows:
            if row.corrects in corrected or (_is_corrected(row) and _result(row) in results):
                corrected.add(row.event)
        return frozenset(known), frozenset(corrected)

    def _stage(self, one: Stored, key: frozenset[int]) -> Stage | None:
        """Say at which stage a reminder's matter stood on the day it was planned, by some facts."""
        then = date.fromisoformat(one.planned_on)
        if (then, key) not in self._stood:
            self._stood[then, key] = self._all(then, key)
        matter = matter_of(one)
        anchor = self._first.get(matter.anchor, matter.anchor)
        return self._stood[then, key].get(replace(matter, anchor=anchor))

    def _all(self, then: date, events: frozenset[int]) -> dict[Matter, Stage]:
        rows = [row for row in self._rows if row.event in events]
        asked = Asked(now=self._now, as_of=then)
        case = cases.case_of(self._connection, rows[0].patient, rows, asked)
        stood: dict[Matter, Stage] = {}
        for treatment in case.followed:
            assessment = evaluate(treatment, then, until=then + days(_AHEAD))
            protocols = {p.digest: p for p in treatment.protocols.values()}
            stood |= stages(treatment.timeline.drug, assessment, protocols, self._policy, then)
        return stood


def _owe(
    connection: Connection,
    rows: Sequence[Recorded],
    wrong: Sequence[Stored],
    policy: Policy,
    *,
    now: datetime,
    why: str = "It was sent on facts that have been corrected since. It said:\n",
) -> bool:
    """Owe one message for all that was wrong in one; says whether that made a message."""
    one = wrong[0]
    is_routine = one.urgency == "routine"
    at = policy.next_sending(now, ZoneInfo(one.zone)) if is_routine else now - _BEFORE
    is_part = owing.holds_others(connection, one.message, [each.key for each in wrong])
    parts = [each.key for each in wrong] if is_part else []
    key = digest("takes back", one.message, *parts)
    is_new = owing.write(
        connection,
        Envelope(
            key=key,
            role=one.role,
            recipient=one.recipient,
            address=one.address,
            channels=outbox.channels_of(connection, one.message),
            urgency=one.urgency,
            rank=lease.RANK.get(one.urgency, lease.RANK["escalated"]),
            due_at=at,
            zone=one.zone,
            text=f"{'Part of an' if is_part else 'An'} earlier message, Ref {one.ref}, "
            "no longer applies.",
        ),
        at=at,
    )
    for each in wrong:
        owing.owe(
            connection,
            digest("takes back", each.key),
            {
                "identity": digest("takes back", each.key),
                "message": key,
                "patient": rows[0].patient,
                "drug": each.drug,
                "rule": each.rule,
                "occurrence": each.occurrence,
                "anchor": each.anchor,
                "stage": each.stage,
                "repeat": each.repeat,
                "since": now.astimezone(ZoneInfo(each.zone)).date().isoformat(),
                "planned_on": each.planned_on,
                "owed_at": moment_text(now),
                "known": rows[-1].event,
                "retracts": each.key,
                "words": why + each.words,
            },
        )
    return is_new
