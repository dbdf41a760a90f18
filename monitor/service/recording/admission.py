"""What may be added to one patient's record.

`admit` turns a line into drafts, or raises Refused (impossible, contradictory, double) or
Unconfirmed (implausible). Nothing clinical is refused here: what was given is recorded.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from itertools import combinations, product

from monitor import protocols
from monitor.domain.corrections import Recorded, in_force, named_infusions
from monitor.domain.facts import AHEAD, Dosing, Infusion, Result
from monitor.domain.protocol import Protocol
from monitor.errors import BadOption, Refused, Unconfirmed
from monitor.service.input import text_fields
from monitor.service.recording.daily_steps import Misfit, misfits
from monitor.service.recording.duplicates import Duplicates
from monitor.service.recording.known import Known
from monitor.service.recording.lines.base import Line
from monitor.store.appender import Draft

EARLIEST = date(1980, 1, 1)  # earlier days are slips of the pen; birth dates excepted


class Admission(Known):
    """What is known of one patient, and what may be added to it."""

    def __init__(
        self,
        who: str,
        rows: Iterable[Recorded],
        *,
        now: datetime,
        without: int | None = None,  # a fact that is being replaced or taken back
        pinned: Callable[[str], Protocol | None] = protocols.read_before,
    ) -> None:
        super().__init__(who, rows, now=now, without=without, pinned=pinned)
        self._duplicates = Duplicates()
        counting = {fact.row.event for fact in in_force(self.rows)} - {without}
        for row in self.rows:
            self._duplicates.note(row, counts=row.event in counting)

    def admit(self, line: Line, *, skip_equal: bool) -> list[Draft]:
        """Accept a line as drafts; an equal one on record is skipped, or refused."""
        draft = line.draft(self)
        besides = [
            other for one in line.besides() for other in self.admit(one, skip_equal=skip_equal)
        ]
        if skip_equal and self._duplicates.is_on_record(draft):
            return besides
        self._check_day(line, draft)
        doubts = [*line.doubts(draft, self), *self._of_which_day(line, draft)]
        self._duplicates.refuse(draft)  # what cannot be at all was refused before
        if not doubts and not (line.keeps_confirm and line.confirm == "true"):
            return [draft, *besides]
        if doubts and line.confirm != "true":
            raise Unconfirmed(
                f"{'; '.join(doubts)}: if it is right, confirm with --confirm "
                '(in a file "confirm":true)'
            )
        return [replace(draft, body={**draft.body, "confirm": "true"}), *besides]

    def added(self, row: Recorded) -> None:
        """Take note of a fact that was appended."""
        super().added(row)
        self._duplicates.note(row, counts=True)

    def learn_name(self, line: Line) -> None:
        """Know a fact on record, entered by hand perhaps, by the id of a line that equals it."""
        with suppress(Refused):  # said when it is its turn
            event = self._duplicates.equal(line.draft(self))
            if event is not None and line.id is not None:
                self.names[line.id] = event

    def retracted(self, line: Line) -> int | None:
        """Find the event that said the same as a skipped line, and was retracted."""
        return self._duplicates.retracted(line.draft(self))

    def contradictions(self) -> Iterator[tuple[int, str]]:
        """Go through the added facts, by event, that contradict others of any kind or order.

        Asked when all lines are admitted: the end of a course, or the corrected value of a
        result, may come after what it makes possible.
        """
        yield from self._overlaps()
        yield from self._misfits()
        yield from self._parts_above_wholes()
        yield from self._lost_parts()

    def _check_day(self, line: Line, draft: Draft) -> None:
        key, on = line.day_key, draft.on
        if key is None:
            return
        if on < EARLIEST:
            raise BadOption(key, f"{on} lies before {EARLIEST}; check the year")
        if on > self.today and line.kind not in AHEAD:
            raise BadOption(key, f"{on} is in the future; today is {self.today} in {self.zone.key}")
        if self.born is not None and on < self.born:
            raise BadOption(key, f"{on} lies before the birth of {self.who}, {self.born}")

    def _of_which_day(self, line: Line, draft: Draft) -> Iterator[str]:
        """Ask about the day that a move west makes last: what is of now would be the older fact."""
        lasts = self.now.astimezone(self.zone).date()
        if line.of_one_day and lasts <= draft.on < self.today:
            yield (
                f"on: facts of {self.today} are already on record for {self.who}; {draft.on} is "
                f"an earlier day, and what happens now is of {self.today}"
            )

    def _overlaps(self) -> Iterator[tuple[int, str]]:
        """Go through courses with one drug of which the later starts before the earlier ends."""
        for earlier, later in combinations(self.courses, 2):
            end, first, second = earlier.ended(date.max), earlier.start, later.start
            if first.drug != second.drug or (end is not None and end.on <= second.on):
                continue
            if self.was_added(second):
                words = f"on: a course under {first.protocol} runs since {first.on}; type: "
                yield second.event, words + f"monitor course end {self.who} --on DATE --reason WHY"
            elif self.was_added(first):
                words = f"on: a course under {second.protocol} begins on {second.on}; if it began "
                words += f"earlier: monitor correct {second.event} --on DATE --reason WHY"
                yield first.event, words

    def _misfits(self) -> Iterator[tuple[int, str]]:
        """Go through added steps that do not fit, and those by which an older one fits no more."""
        steps = [fact for fact in self.given if isinstance(fact, Dosing)]
        for drug in dict.fromkeys(step.drug for step in steps if self.was_added(step)):
            new = [step for step in steps if step.drug == drug and self.was_added(step)]
            known = {found.step for found in misfits(self.timeline(drug, without=new))}
            for found in misfits(self.timeline(drug)):
                if found.step not in known:
                    blamed = found.step if found.step in new else new[-1]
                    yield blamed.event, self._misfit_words(found, blamed)

    def _misfit_words(self, found: Misfit, blamed: Dosing) -> str:
        step, since = found.step, f", since {found.since}" if found.since else ""
        later = "" if blamed is step else f"then '{step.action}' on {step.on} would no longer fit: "
        return (
            f"on: {later}on {step.on} {step.drug} {found.state}{since}; type: "
            f"monitor dose {found.state.fits} {self.who}"
        )

    def _parts_above_wholes(self) -> Iterator[tuple[int, str]]:
        """Go through added values above the whole of their day, or below a part."""
        pairs = [(one.name, one.at_most) for one in self.catalogue.results.values() if one.at_most]
        found: dict[str, int] = {}
        new = (fact for fact in self.facts if isinstance(fact, Result) and self.was_added(fact))
        for result in new:
            for pair in pairs:
                for part, whole in self._above(pair, result) if result.code in pair else ():
                    words = f"{part.code} {part.shown} above {whole.code} {whole.shown}"
                    found[words] = result.event  # where both are new: the later one
        yield from ((event, f"value: {words} of the same day") for words, event in found.items())

    def _above(self, pair: tuple[str, str], new: Result) -> Iterator[tuple[Result, Result]]:
        for part, whole in product(*(self.counting(code, new.on) for code in pair)):
            if new in (part, whole) and part.must_exceed(whole):
                yield part, whole

    def _lost_parts(self) -> Iterator[tuple[int, str]]:
        """Go through parts of infusions that name none of the same or the day before.

        Where the first part is the one that is added, as a correction, it is to blame.
        """
        infusions = [fact for fact in self.given if isinstance(fact, Infusion)]
        named = {row.event: row.body["part_of"] for row in self.rows if "part_of" in row.body}
        names = named_infusions(self.rows) if named else {}
        firsts = {one.identity: one for one in infusions if one.event not in named}
        again = "a part is given on the same or the next day"
        for part in (one for one in infusions if one.event in named):
            first = firsts.get(names.get(named[part.event], 0))
            is_new = self.was_added(part)
            if is_new and (first is None or first.drug != part.drug):
                shown = text_fields.printable(named[part.event])
                words = f"part_of: '{shown}' is not an infusion of that drug for {self.who}"
                yield part.event, f"{words}; see: monitor history {self.who}"
            elif first is None or 0 <= (part.on - first.on).days <= 1:
                continue
            elif is_new:
                yield part.event, f"part_of: event {first.event} was given on {first.on}; {again}"
            elif self.was_added(first):
                words = f"on: event {part.event}, a part of it, was given on {part.on}; {again}"
                yield first.event, words
