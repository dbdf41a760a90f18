"""Take the lines of a file that are about what other lines said: put right, taken back, decided.

What a file says again is skipped: by its id, or because the record ends with what the file begins
with. A booking that was given up may be booked again.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from monitor.domain.corrections import Recorded, in_force, origins
from monitor.domain.facts import Kind
from monitor.domain.outcome import Urgency
from monitor.domain.reminders.subject import Subject
from monitor.errors import BadOption, Refused
from monitor.service.asking.cases import Asked, Case, case_of
from monitor.service.input import text_fields
from monitor.service.recording.acknowledgements import acknowledgement, resting_on
from monitor.service.recording.admission import Admission
from monitor.service.recording.corrections import as_line, correction, retraction
from monitor.service.recording.lines.base import Line
from monitor.service.recording.lines.given import CancelLine, PlanLine
from monitor.service.recording.lines.in_files import (
    AcknowledgeLine,
    CorrectLine,
    RetractLine,
    WaiveLine,
)
from monitor.service.recording.waivers import waiver
from monitor.store.appender import Draft

T = TypeVar("T")
Numbered = tuple[int, Line]
ABOUT_OTHERS = (CorrectLine, RetractLine, WaiveLine, AcknowledgeLine)


class AboutOthers:
    """Finds out what such lines mean, for one patient and one file."""

    def __init__(
        self, connection: Connection, admission: Admission, lines: Sequence[Numbered]
    ) -> None:
        self._connection = connection
        self._lines = lines
        self._before = list(admission.rows)  # what was on record before the file
        self._said_before: set[int] | None = None  # numbers of lines; None: to be asked

    def is_said_before(self, number: int, line: Line, admission: Admission) -> bool:
        """Say whether a line says what the record has said since before the file."""
        if not isinstance(line, CorrectLine | RetractLine | PlanLine | CancelLine):
            return False
        if self._said_before is None:
            self._said_before = {*self._bookings(admission), *self._turns(admission)}
        return number in self._said_before

    def taken_back(self, event: int, admission: Admission) -> int | None:
        """Find the line of the file that retracts what a line began."""
        first = origins(admission.rows)
        for number, line in self._lines:
            if isinstance(line, RetractLine):
                named = admission.event_named(line.of)
                if named is not None and first.get(named) == first.get(event):
                    return number
        return None

    def admit(self, line: Line, admission: Admission) -> tuple[Admission, list[Draft]]:
        """Accept a line as drafts, and give what they are to be appended to; raises Refused."""
        match line:
            case CorrectLine():
                return self._corrected(line, admission)
            case RetractLine():
                row = self._in_force(line.of, admission)
                without = admission.again(without=row.event)
                draft = retraction(without, row, admission.rows, line.reason, line.by, line.id)
                return without, [draft]
            case WaiveLine():
                found: list[Line] = self._waived(line, admission)
            case AcknowledgeLine():
                found = self._acknowledged(line, admission)
            case _:
                return admission, admission.admit(line, skip_equal=True)
        drafts = [d for one in found for d in admission.admit(one, skip_equal=True)]
        return admission, drafts

    # put right, taken back

    def _corrected(self, line: CorrectLine, admission: Admission) -> tuple[Admission, list[Draft]]:
        row = self._in_force(line.of, admission)
        was = as_line(row)
        new = {key: value for key, value in line.new().items() if was.get(key) != value}
        if not new:
            return admission, []
        if line.confirm == "true":
            new["confirm"] = True
        without = admission.again(without=row.event)
        draft = correction(without, row, admission.rows, new, line.reason, line.by, line.id)
        return without, [draft]

    def _in_force(self, name: str, admission: Admission) -> Recorded:
        """Find the fact that counts of those that one line began."""
        event = named_event(name, admission)
        first = origins(admission.rows)[event]
        found = next((one.row for one in in_force(admission.rows) if one.origin == first), None)
        if found is None:
            raise BadOption("of", f"'{text_fields.printable(name)}' was retracted already")
        return found

    # decided

    def _case(self, admission: Admission) -> Case:
        asked = Asked(now=admission.now)
        return case_of(self._connection, admission.who, admission.rows, asked)

    def _waived(self, line: WaiveLine, admission: Admission) -> list[Line]:
        said = {"rule": line.rule, "reason": line.reason}
        said |= {"occurrence": line.occurrence} if line.occurrence else {}
        said |= {"drug": line.drug} if line.drug else {}
        for row in self._of_kind(Kind.WAIVER):
            if said.items() <= row.body.items() and row.on == line.day(admission):
                return []
        return [
            waiver(
                self._case(admission),
                line.rule,
                reason=line.reason,
                by=line.by,
                occurrence=int(line.occurrence) if line.occurrence else None,
                on=line.day(admission),
                named=line.drug,
                sender_id=line.id,
            )
        ]

    def _acknowledged(self, line: AcknowledgeLine, admission: Admission) -> list[Line]:
        event = named_event(line.of, admission)
        for row in self._of_kind(Kind.ACKNOWLEDGEMENT):
            is_same = row.body["anchor"] == str(event) and row.by == line.by
            if is_same and row.body.get("note") == line.note and line.on in (None, str(row.on)):
                return []
        occurrence = int(line.occurrence) if line.occurrence else None
        try:
            subjects = resting_on(
                self._case(admission), event, rule=line.rule, occurrence=occurrence
            )
        except BadOption:
            if line.rule is None or occurrence is None:
                raise
            # It was seen, whatever has become of it since.
            urgency = Urgency(line.severity) if line.severity else Urgency.ROUTINE
            subjects = [
                Subject(
                    drug=line.drug or "",
                    rule=line.rule,
                    occurrence=occurrence,
                    anchor=event,
                    urgency=urgency,
                )
            ]
        return [
            acknowledgement(
                admission.who,
                subject,
                on=line.day(admission),
                by=line.by,
                note=line.note,
                is_patients=line.role is not None,
                sender_id=line.id,
            )
            for subject in subjects
        ]

    # said before

    def _of_kind(self, *kinds: Kind) -> list[Recorded]:
        return [row for row in self._before if row.kind in kinds]

    def _bookings(self, admission: Admission) -> Iterable[int]:
        """List the lines with which the file goes through bookings that are on record."""
        rows = [row for row in self._of_kind(Kind.PLAN, Kind.CANCEL) if row.corrects is None]
        by_drug: dict[str, list[tuple[int, Draft]]] = {}
        for number, line in self._lines:
            if isinstance(line, PlanLine | CancelLine):
                try:
                    draft = line.draft(admission)
                except Refused:
                    continue  # said when it is its turn
                by_drug.setdefault(draft.body["drug"], []).append((number, draft))
        for drug, said in by_drug.items():
            recorded = [(row.kind, row.on) for row in rows if row.body["drug"] == drug]
            same = overlap(recorded, [(draft.kind, draft.on) for _, draft in said], _is_equal)
            yield from (number for number, _ in said[:same])

    def _turns(self, admission: Admission) -> Iterable[int]:
        """List the lines with which the file goes through corrections that are on record."""
        first = origins(self._before)
        ids = {row.sender_id for row in self._before if row.sender_id and row.corrects is not None}
        by_fact: dict[int, list[tuple[int, CorrectLine | RetractLine]]] = {}
        for number, line in self._lines:
            if not isinstance(line, CorrectLine | RetractLine):
                continue
            event = admission.event_named(line.of)
            if line.id in ids:
                yield number
            elif event in first:
                by_fact.setdefault(first[event], []).append((number, line))
        for event, said in by_fact.items():
            recorded = [row for row in self._before if first[row.event] == event][1:]
            same = overlap(recorded, [line for _, line in said], _says)
            yield from (number for number, _ in said[:same])


def named_event(name: str, admission: Admission) -> int:
    """Find the fact that a line with an id became; raises Refused."""
    found = admission.event_named(name)
    if found is None:
        shown = text_fields.printable(name)
        raise BadOption("of", f"no line and no fact of {admission.who} has the id '{shown}'")
    return found


def overlap(
    recorded: Sequence[T], said: Sequence[object], is_same: Callable[[T, object], bool]
) -> int:
    """Count how much the record's end and a file's beginning have in common."""
    for length in range(min(len(recorded), len(said)), 0, -1):
        pairs = zip(recorded[-length:], said[:length], strict=True)
        if all(is_same(one, other) for one, other in pairs):
            return length
    return 0


def _is_equal(one: object, other: object) -> bool:
    return one == other


def _says(row: Recorded, line: object) -> bool:
    """Say whether a stored correction, or retraction, is what a line says."""
    if isinstance(line, CorrectLine) and row.kind != Kind.RETRACTION:
        was = {**as_line(row), "on": row.on.isoformat()}
        is_new = all(was.get(key) == value for key, value in line.new().items())
        return is_new and row.body.get("correction") == line.reason
    is_retraction = isinstance(line, RetractLine) and row.kind == Kind.RETRACTION
    return is_retraction and row.body["reason"] == getattr(line, "reason", None)
