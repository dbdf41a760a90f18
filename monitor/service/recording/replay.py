"""One patient's facts, taken one after the other as they were recorded elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from monitor.domain.corrections import Recorded, in_force
from monitor.domain.facts import AHEAD, Kind
from monitor.errors import BadOption, Refused
from monitor.service.input import text_fields
from monitor.service.recording.corrections import corrected
from monitor.service.recording.input_lines import COMMANDED, line_of, parse_line
from monitor.service.recording.known import Known
from monitor.service.recording.lines.base import Line, RecordedAs
from monitor.service.recording.lines.in_files import (
    AcknowledgeLine,
    ContactLine,
    ContactRemovedLine,
    CorrectLine,
    RetractLine,
    WaiveLine,
)
from monitor.service.recording.pinned_texts import Texts
from monitor.service.recording.record import keep_protocols
from monitor.store.appender import Appender, AsRecorded, Draft
from monitor.store.clinic import CLINIC


def said_at(line: Line) -> datetime:
    """Give the moment at which a line says that it was recorded."""
    assert line.recorded_at is not None
    return datetime.fromisoformat(line.recorded_at).astimezone(UTC)


class Replay:
    """One patient's facts, taken one after the other as they were recorded."""

    def __init__(self, who: str, appender: Appender, texts: Texts, now: datetime) -> None:
        self._appender = appender
        self._texts = texts
        self._now = now
        self.known = self._open(who, [])

    def take(self, line: Line, *, event: int) -> None:
        """Append what a line says; raises Refused."""
        said = line.recorded_as or RecordedAs()
        moment = said_at(line)
        clock = moment if said.clock is None else datetime.fromisoformat(said.clock).astimezone(UTC)
        known = self.known
        known.now = clock
        if line.kind != Kind.PATIENT and not known.described and known.who != CLINIC:
            raise Refused(f"{known.who} is not registered by a line before this one")
        draft = self._draft(line)
        if said.on is not None:
            draft = replace(draft, on=date.fromisoformat(said.on))
        self._refuse_future(draft, clock)
        keep_protocols(self._texts.connection, [draft])
        elsewhere = AsRecorded(
            event=event,
            recorded_at=moment,
            clock=clock if clock != moment else None,
            login=said.login,
        )
        row = self._appender.add(known.who, draft, elsewhere)
        known.added(row)
        if row.corrects is not None:  # what it takes the place of counts no more
            self.known = self._open(known.who, known.rows)

    def _open(self, who: str, rows: Sequence[Recorded], *, without: int | None = None) -> Known:
        return Known(who, rows, now=self._now, without=without, pinned=self._texts.read)

    def _draft(self, line: Line) -> Draft:
        match line:
            case CorrectLine():
                return self._correction(line)
            case RetractLine():
                row = self._in_force(line.of)
                draft = line.draft(self.known)
                return replace(draft, body={"reason": line.reason}, corrects=row.event)
            case WaiveLine() | AcknowledgeLine():
                return self._decision(line)
            case ContactLine():
                if line.number is None:
                    raise BadOption("number", "missing; each contact has one of its own")
                return line.draft(self.known)
            case ContactRemovedLine():
                event = self._event(line.of)
                row = next(row for row in self.known.rows if row.event == event)
                if row.kind != Kind.CONTACT:
                    raise BadOption("of", f"'{text_fields.printable(line.of)}' adds no contact")
                return replace(line.draft(self.known), body={"number": row.body["number"]})
            case _:
                return self._sound(line)

    def _sound(self, line: Line) -> Draft:
        """Make the fact of a line by itself; raises Refused for what cannot be."""
        draft = line.draft(self.known)
        for _ in line.doubts(draft, self.known):
            pass  # somebody has confirmed it, or nobody asked
        if line.confirm == "true":
            draft = replace(draft, body={**draft.body, "confirm": "true"})
        return draft

    def _correction(self, line: CorrectLine) -> Draft:
        row = self._in_force(line.of)
        model = COMMANDED.get(row.kind)
        if model is None:
            raise BadOption("of", f"'{line.of}' ({row.kind}) cannot be corrected")
        self.known = self._open(self.known.who, self.known.rows, without=row.event)
        content = corrected(row, line.new())
        right = self._sound(parse_line({**content, "confirm": line.confirm}, COMMANDED))
        return replace(
            right,
            body={**right.body, "correction": line.reason},
            by=line.by,
            sender_id=line.id,
            corrects=row.event,
        )

    def _decision(self, line: WaiveLine | AcknowledgeLine) -> Draft:
        if line.of is None:
            raise BadOption("of", "missing; the id of the line that the occurrence counts from")
        said = line.model_dump(include={"rule", "occurrence", "drug", "reason", "note", "role"})
        stored = line_of(
            line.kind,
            patient=self.known.who,
            on=line.on,
            anchor=self._event(line.of),
            severity=getattr(line, "severity", None),
            **said,
        )
        return replace(stored.draft(self.known), by=line.by, sender_id=line.id)

    def _event(self, name: str) -> int:
        found = self.known.event_named(name)
        if found is None:
            shown = text_fields.printable(name)
            raise BadOption("of", f"no line before this one has the id '{shown}'")
        return found

    def _in_force(self, name: str) -> Recorded:
        event = self._event(name)
        found = next((f.row for f in in_force(self.known.rows) if f.row.event == event), None)
        if found is None:
            shown = text_fields.printable(name)
            raise BadOption("of", f"'{shown}' was corrected or retracted already")
        return found

    def _refuse_future(self, draft: Draft, clock: datetime) -> None:
        zone = self.known.zone
        latest = max(moment.astimezone(zone).date() for moment in (clock, self._now))
        if draft.on > latest and draft.kind not in AHEAD:
            raise BadOption("on", f"{draft.on} is in the future; it was recorded on {latest}")
