"""One patient's chart while facts are being recorded: what is on record, and what may be added.

`admit` turns a line into drafts, or raises Refused (impossible, contradictory, double) or
Unconfirmed (implausible). Nothing clinical is refused here: what was given is recorded.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from monitor import protocols
from monitor.domain.catalogue import Catalogue
from monitor.domain.corrections import (
    RETRACTION,
    InForce,
    Recorded,
    in_force,
    lone,
    named_infusions,
)
from monitor.domain.facts import Event
from monitor.domain.rule import UsualDose
from monitor.errors import Refused, Unconfirmed
from monitor.service.asking import begun
from monitor.service.input import text_fields
from monitor.service.recording import input_lines, meaning
from monitor.service.recording.amounts import Amounts
from monitor.service.recording.course_list import CourseList
from monitor.service.recording.dose_list import DoseList
from monitor.service.recording.duplicates import Doubles
from monitor.service.recording.input_lines import Line
from monitor.service.recording.namesakes import Namesakes
from monitor.service.recording.result_list import ResultList
from monitor.store.facts import Draft

EARLIEST = date(1980, 1, 1)  # earlier days are slips of the pen; birth dates excepted

# What stands in columns of its own, or is turned into something else before it is stored.
_OF_A_DAY = ("result", "infusion", "dose", "fact")
_NOT_IN_BODY = {"id", "patient", "on", "by", "confirm", "protocol", "facts"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pin:
    """The protocol that a course is pinned to."""

    protocol: str
    version: str
    digest: str
    drug: str


class Chart:
    """What is on record for one patient, kept current while lines are admitted."""

    def __init__(
        self,
        who: str,
        rows: Iterable[Recorded],
        *,
        catalogue: Catalogue,
        pin: Callable[[str], Pin],
        now: datetime,
        without: int | None = None,  # a fact that is being replaced or taken back
        namesakes: Namesakes | None = None,  # asked where a patient is registered
    ) -> None:
        self.who = who
        self.catalogue = catalogue
        self.pin = pin
        self.now = now
        self.rows = list(rows)
        self.registered = False
        self.described: dict[str, str] = {}  # what is known of the patient
        self.zone = ZoneInfo("UTC")
        self.born: date | None = None
        self.courses = CourseList(who)
        self._doses = DoseList(who)
        self._doubles = Doubles()
        self._results = ResultList(catalogue)
        self._namesakes = namesakes
        self._amounts = Amounts()
        self._earliest_on: date | None = None
        self._closings: list[tuple[date, int, bool]] = []  # day, event, closed from then on
        self._booked: dict[str, bool] = {}  # by drug
        self._begun = date.min  # the newest day of which something was recorded
        self._added: set[int] = set()
        self._retracted = {row.corrects for row in self.rows if row.kind == RETRACTION}
        counts = in_force(self.rows)
        counting = [fact for fact in counts if fact.row.event != without]
        numbers = {fact.row.event for fact in counting}
        for row in self.rows:
            if row.kind != RETRACTION:
                self._doubles.note(row, counts=row.event in numbers)
        # Courses first: the correction of a start is younger than the end that belongs to it.
        for fact in sorted(counting, key=lambda fact: fact.row.kind != "course"):
            self._note(fact)
        self._begun = begun.latest_begun(date.min, begun.of_rows(counts), now)
        zones = [row.body["timezone"] for row in self.rows if row.body.get("timezone")]
        self._moments = begun.Moments(begun.of_rows(counting), zones)

    @property
    def today(self) -> date:
        """Give the day in the patient's zone, or a later one of which there is something."""
        return max(self._begun, self.now.astimezone(self.zone).date())

    def admit(self, kind: str, line: Line, *, skip_equal: bool) -> list[Draft]:
        """Accept a line as drafts; an equal one on record is skipped, or refused."""
        draft = self._draft(kind, line)
        answers = [
            answer
            for fact_line in _answers(line)
            for answer in self.admit("fact", fact_line, skip_equal=skip_equal)
        ]
        if skip_equal and self._doubles.is_on_record(draft):
            return answers
        self._check_day(draft)
        self._doubles.refuse_equal(draft)
        self._doubles.refuse_other(draft)
        doubts = self._list_doubts(draft)
        if not doubts and (kind != "fact" or line.confirm != "true"):
            return [draft, *answers]
        if doubts and line.confirm != "true":
            raise Unconfirmed(
                f"{'; '.join(doubts)}: if it is right, confirm with --confirm "
                '(in a file "confirm":true)'
            )
        return [replace(draft, body={**draft.body, "confirm": "true"}), *answers]

    def _draft(self, kind: str, line: Line) -> Draft:
        return Draft(
            kind=kind,
            on=self._day(line),
            body=self._body(kind, line),
            by=line.by,
            sender_id=None if kind == "patient" else line.id,
        )

    def added(self, row: Recorded) -> None:
        """Take note of a fact that was appended."""
        self.rows.append(row)
        if row.kind == RETRACTION:
            self._retracted.add(row.corrects)
            return
        fact = lone(row)
        if row.corrects is not None:
            fact = next(fact for fact in in_force(self.rows) if fact.row.event == row.event)
        self._added |= {row.event, fact.origin}
        self._doubles.note(row, counts=True)
        self._note(fact)

    def was_added(self, *facts: Event | Recorded) -> bool:
        """Say whether any of these facts was appended since the chart was opened."""
        return any(fact.event in self._added for fact in facts)

    def taken_back(self, kind: str, line: Line) -> int | None:
        """Find the event that said the same as a skipped line, and was taken back."""
        event = self._doubles.taken_back(self._draft(kind, line))
        return event if event is not None and event in self._retracted else None

    @property
    def closed_since(self) -> date | None:
        """Say since when the patient is closed; None while watched."""
        return self._closed_on(self.today)

    def contradictions(self) -> list[tuple[int, str]]:
        """List the added facts, by event, that contradict others of any kind or order.

        Asked when all lines are admitted: the end of a course, or the corrected value of a
        result, may come after what it makes possible.
        """
        steps = self._doses.misfits(self._added, self.courses.rests)
        return [
            *self._overlaps(),
            *steps,
            *self._results.parts_above_wholes(self._added),
            *self._lost_parts(),
        ]

    def _lost_parts(self) -> list[tuple[int, str]]:
        """List parts of infusions that name none of the same or the day before.

        Where the first part is the one that is added, as a correction, it is to blame.
        """
        given = [fact for fact in in_force(self.rows) if fact.row.kind == "infusion"]
        parts = [fact.row for fact in given if "part_of" in fact.row.body]
        names, found = named_infusions(self.rows) if parts else {}, []
        firsts = {fact.origin: fact.row for fact in given if "part_of" not in fact.row.body}
        for row in parts:
            first = firsts.get(names.get(row.body["part_of"], 0))
            is_new, again = row.event in self._added, "a part is of the same or the next day"
            if is_new and (
                first is None or first.body["drug"] != row.body["drug"] or first.event == row.event
            ):
                named = text_fields.printable(row.body["part_of"])
                words = f"part_of: '{named}' is no infusion of {self.who} with that drug"
                found.append((row.event, f"{words}; see: monitor history {self.who}"))
            elif first is not None and not 0 <= (row.on - first.on).days <= 1:
                if is_new:
                    words = f"part_of: event {first.event} is of {first.on}; {again}"
                    found.append((row.event, words))
                elif first.event in self._added:
                    words = f"on: event {row.event}, a part of it, is of {row.on}; {again}"
                    found.append((first.event, words))
        return found

    def _overlaps(self) -> list[tuple[int, str]]:
        found = []
        for earlier, later in self.courses.overlaps():
            if later.event in self._added:
                words = f"on: a course under {earlier.protocol} runs since {earlier.on}; type: "
                words += f"monitor course end {self.who} --on DATE --reason WHY"
                found.append((later.event, words))
            elif earlier.event in self._added:
                words = f"on: a course under {later.protocol} begins on {later.on}; if it began "
                words += f"earlier: monitor correct {later.event} --on DATE --reason WHY"
                found.append((earlier.event, words))
        return found

    def _note(self, fact: InForce) -> None:
        row, body, result = fact.row, fact.row.body, None
        match row.kind:
            case "patient" | "patient_change":
                self.registered = True
                self.described |= body
                self.zone = ZoneInfo(body.get("timezone", self.zone.key))
                self.born = date.fromisoformat(body["born"]) if "born" in body else self.born
                return
            case "course":
                self.courses.start(fact)
            case "course_pause" | "course_resume" | "course_end" | "course_move":
                self.courses.change(fact)
            case "plan" | "cancel":
                self._booked[body["drug"]] = row.kind == "plan"
            case "dose":
                self._doses.note(fact)
            case "close" | "reopen":
                self._closings.append((row.on, row.event, row.kind == "close"))
            case "result":
                result = meaning.as_result(
                    body,
                    on=row.on,
                    event=row.event,
                    recorded_on=self.today,
                    catalogue=self.catalogue,
                )
                self._results.note(result)
            case "contact" | "contact_removed":
                return
            case _:
                pass
        self._amounts.note(row, result)
        self._earliest_on = min(self._earliest_on or row.on, row.on)

    def _body(self, kind: str, line: Line) -> dict[str, str]:
        """Write what a line says as texts; what depends on the record is added."""
        fields: dict[str, Any] = line.model_dump(exclude_none=True, exclude=_NOT_IN_BODY)
        if fields.get("second") == "false":
            del fields["second"]
        body: dict[str, str] = {key: str(value) for key, value in fields.items()}
        named = getattr(line, "protocol", None)
        match kind:
            case "course":
                pin = self.pin(str(named))
                body.update(
                    protocol=pin.protocol, version=pin.version, digest=pin.digest, drug=pin.drug
                )
            case "course_move":
                pin = self.pin(str(named))
                course = self.courses.to_move(self._day(line), pin.drug, pin.protocol, pin.digest)
                body.update(course=str(course.event), protocol=pin.protocol)
                body.update(version=pin.version, digest=pin.digest)
            case "infusion" | "plan" | "cancel" | "dose":
                course = self.courses.for_day(self._day(line), named, daily=kind == "dose")
                body["drug"] = course.drug
            case "course_end":
                course = self.courses.to_end(self._day(line), body["reason"], named)
                body["course"] = str(course.event)
            case "course_pause" | "course_resume":
                body["course"] = str(self.courses.to_change(self._day(line), named).event)
            case _:
                pass
        return body

    def _day(self, line: Line) -> date:
        if isinstance(line, input_lines.Dated):
            return date.fromisoformat(line.on)
        if isinstance(line, input_lines.CancelLine) and line.on is not None:
            return date.fromisoformat(line.on)
        if isinstance(line, input_lines.SymptomLine):
            return self._moments.day_of(datetime.fromisoformat(line.at), self.zone)
        return self.today

    def _check_day(self, draft: Draft) -> None:
        if draft.kind == "patient":
            return
        key, on = "at" if draft.kind == "symptom" else "on", draft.on
        if on < EARLIEST:
            raise Refused(f"{key}: {on} lies before {EARLIEST}; check the year")
        if on > self.today and draft.kind != "plan":
            raise Refused(f"{key}: {on} is in the future; today is {self.today} in {self.zone.key}")
        if self.born is not None and on < self.born:
            raise Refused(f"{key}: {on} lies before the birth of {self.who}, {self.born}")

    def _closed_on(self, day: date) -> date | None:
        past = sorted(closing for closing in self._closings if closing[0] <= day)
        return past[-1][0] if past and past[-1][2] else None

    def _list_doubts(self, draft: Draft) -> list[str]:
        if draft.kind == "cancel" and not self._booked.get(draft.body["drug"]):
            raise Refused(f"no infusion of {self.who} is booked; see: monitor upcoming {self.who}")
        if draft.kind in ("course_pause", "course_resume"):
            self.courses.check_pause(draft.kind, draft.on, int(draft.body["course"]))
        usual = self._usual(draft) if draft.kind == "infusion" else None
        background = meaning.Background(
            now=self.now,
            zone=self.zone,
            results=self._results.latest(draft.body.get("code", ""), draft.on),
            earliest_on=self._earliest_on,
            closed_on=self._closed_on(draft.on),
            turned_on=max((day for day, _, _ in self._closings), default=None),
            usual=usual,
        )
        # First: it refuses what cannot be, so that the rest can be reckoned with.
        doubts = meaning.list_doubts(draft, self.catalogue, background)
        doubts += self._amounts.doubts(draft, self.rows, usual, self.catalogue.dose)
        doubts += self._of_which_day(draft)
        if draft.kind in ("patient", "patient_change") and self._namesakes is not None:
            name, born = draft.body.get("name"), draft.body.get("born")
            doubts += self._namesakes.doubts(self.who, name, born)
        return doubts

    def _of_which_day(self, draft: Draft) -> list[str]:
        """Ask about the day that a move west makes last: what is of now would be the older fact."""
        lasts = self.now.astimezone(self.zone).date()
        if draft.kind not in _OF_A_DAY or not lasts <= draft.on < self.today:
            return []
        return [
            f"on: {self.today} has begun for {self.who}, for something of it is recorded; "
            f"{draft.on} is before it, and what is of now is of {self.today}"
        ]

    def _usual(self, draft: Draft) -> UsualDose | None:
        course = self.courses.for_day(draft.on, draft.body["drug"], daily=False)
        known = course.protocol in protocols.names()
        return protocols.load(course.protocol).usual_dose if known else None


def _answers(line: Line) -> list[input_lines.FactLine]:
    """Turn the facts of a course into the lines they stand for."""
    if not isinstance(line, input_lines.CourseLine):
        return []
    return [
        input_lines.FactLine(
            patient=line.patient,
            on=line.on,
            fact=name,
            value=value,
            by=line.by,
            confirm=line.confirm,
        )
        for name, value in line.facts.items()
    ]
