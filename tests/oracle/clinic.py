"""The program without a database: lines are admitted as always, rows are kept in a list.

What is stored for the program is told to the oracle as lines, each with its number and its
moment, so that both can be asked with what was known at a moment.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from monitor import protocols
from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.errors import Refused
from monitor.service.asking.cases import Asked, Case, make_case
from monitor.service.recording import waivers
from monitor.service.recording.admission import Admission
from monitor.service.recording.input_lines import COMMANDED, parse_line
from monitor.store import codec
from monitor.store.appender import Draft
from tests.oracle import Oracle

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
OUTSIDE = {
    "plan",
    "cancel",
    "pause",
    "resume",
    "close",
    "reopen",
    "waive",
}  # what the oracle takes apart


def _days_before(line: dict[str, Any], day: date) -> int:
    return (day - date.fromisoformat(line["on"])).days


@dataclass(frozen=True)
class Told:
    """One fact, as it is told to the oracle."""

    at: datetime
    seq: int
    corrects: int | None
    line: dict[str, Any] | None  # None: taken back


class Clinic:
    """One patient's record, as rows and as lines."""

    def __init__(self, profile: str) -> None:
        self.profile = profile
        self.rows: list[Recorded] = []
        self.told: list[Told] = []
        self._admission: Admission | None = None

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.rows[0].body.get("timezone", "UTC"))

    def record(self, line: dict[str, Any], at: datetime) -> bool:
        """Record a line as a command would; says whether it was accepted."""
        try:
            parsed = parse_line(dict(line), COMMANDED)
            if self._admission is None:
                self._admission = self._open()
            drafts = self._admission.admit(parsed, skip_equal=False)
        except Refused:
            return False
        before = len(self.told)
        for draft in drafts:
            row = self._row(draft, at)
            self._admission.added(row)
            self.rows.append(row)
            said = line
            if parsed.kind == "course":
                said = {**line, "facts": {}}
                if row.kind == "fact":
                    said = {"kind": "fact", "on": line["on"], **row.body}
            self.told.append(Told(at, row.event, None, said))
        if parsed.kind == "course" and [*self._admission.contradictions()]:
            del self.rows[before:], self.told[before:]
            self._admission = None
            return False
        return True

    def record_part(self, line: dict[str, Any], at: datetime) -> bool:
        """Record the rest of the newest infusion."""
        taken = {told.corrects for told in self.told}
        given = [
            told
            for told in self.told
            if told.line
            and told.line["kind"] == "infusion"
            and "drug" not in told.line
            and told.seq not in taken
        ]
        day = date.fromisoformat(line["on"])
        near = [told for told in given if told.line and _days_before(told.line, day) in (0, 1)]
        if not near:
            return False
        return self.record({**line, "part_of": near[-1].seq}, at)

    def record_anthracycline(self, on: str, at: datetime) -> bool:
        """Record an infusion of a related drug, on a course of its own."""
        before = len(self.told)
        course = {"kind": "course", "patient": "P", "protocol": "doxorubicin-us", "on": on}
        if not self.record({**course, "facts": {}}, at):
            return False
        for n in range(before, len(self.told)):
            self.told[n] = replace(self.told[n], line=None)
        line = {"kind": "infusion", "patient": "P", "protocol": "doxorubicin-us", "on": on}
        dose = {"dose_mg": "50", "bsa_m2": "1.7", "confirm": True}
        if not self.record({**line, **dose}, at):
            return False
        told = {"kind": "infusion", "drug": "doxorubicin", "on": on}
        self.told[-1] = replace(self.told[-1], line=told)
        return True

    def correct(self, seq: int, line: dict[str, Any] | None, at: datetime) -> bool:
        """Replace a fact by another, or take it back."""
        row = next(row for row in self.rows if row.event == seq)
        admission = self._open(without=seq)
        if line is None:
            draft = Draft(kind=Kind.RETRACTION, on=row.on, body={"reason": "wrong"}, corrects=seq)
        else:
            try:
                second = {} if line["kind"] == "infusion" else {"second": True}
                parsed = parse_line({**line, **second}, COMMANDED)
                draft = replace(admission.admit(parsed, skip_equal=False)[0], corrects=seq)
                if "second" not in row.body:  # as a correction does: it was only let past
                    body = {key: value for key, value in draft.body.items() if key != "second"}
                    draft = replace(draft, body=body)
            except Refused:
                return False
        new = self._row(draft, at)
        self.rows.append(new)
        self._admission = None
        said = line and {**line, "second": row.body.get("second") == "true"}
        self.told.append(Told(at, new.event, seq, said))
        return True

    def waive(self, rule: str, on: date, at: datetime) -> bool:
        """Waive what the program says is the newest occurrence not done."""
        case = self.case(on, at)
        try:
            occurrence, anchor = waivers._target(case, case.treatment(), rule, None)
        except Refused:
            return False
        line = {"kind": "waiver", "patient": "P", "on": on.isoformat(), "rule": rule}
        line |= {"occurrence": str(occurrence), "anchor": str(anchor), "drug": "mitoxantrone"}
        if not self.record({**line, "reason": "decided", "by": "Dr A"}, at):
            return False
        told = {"kind": "waive", "rule": rule, "on": on, "occurrence": occurrence, "anchor": anchor}
        self.told[-1] = replace(self.told[-1], line=told)
        return True

    def case(self, today: date, known: datetime) -> Case:
        """Look at what was known at a moment, as of a day."""
        rows = [row for row in self.rows if row.recorded_at <= known]
        facts = codec.facts(rows, protocols.catalogue())
        asked = Asked(now=NOW, as_of=today)
        pinned = lambda start: protocols.load(start.protocol)  # noqa: E731
        return make_case("P", list(facts), asked, pinned=pinned)

    def oracle(self, known: datetime) -> Oracle:
        """Tell the oracle what was known at a moment."""
        counting: dict[int, tuple[int, datetime, dict[str, Any]]] = {}
        origins: dict[int, tuple[int, datetime]] = {}
        gone: list[tuple[int, datetime, dict[str, Any], datetime]] = []  # results taken back
        first_of: dict[tuple[str, str], datetime] = {}  # values of a code and day, taken back too
        came: dict[int, bool] = {}  # whether its first version was a corrected value
        aside: dict[int, Any] = {}  # answers that were corrected to "unknown"
        clots: dict[int, int] = {}  # samples that were not fit, by their first versions
        unfit: dict[tuple[str, str], int] = {}  # of a code and day, the number of the first
        days: dict[int, tuple[str, datetime]] = {}  # of a fact, and since when
        when: dict[int, str] = {}  # it was recorded, or corrected
        for told in self.told:
            if told.at > known:
                continue
            when[told.seq] = told.at.isoformat()
            origins[told.seq] = origins.get(told.corrects or 0, (told.seq, told.at))
            if told.line is not None and "on" in told.line:
                of, since = days.get(told.corrects or 0, ("", told.at))
                days[told.seq] = (
                    str(told.line["on"]),
                    since if of == str(told.line["on"]) else told.at,
                )
                if told.line["kind"] == "result":
                    status = told.line.get("status")
                    came.setdefault(origins[told.seq][0], status == "corrected")
                    if status == "unsuitable":
                        clots.setdefault(origins[told.seq][0], len(clots) + 1)
                        which = told.line["code"], str(told.line["on"])
                        unfit.setdefault(which, clots[origins[told.seq][0]])
                    first_of.setdefault((told.line["code"], str(told.line["on"])), told.at)
            before = counting.pop(told.corrects, None) if told.corrects is not None else None
            # What an answer was before it was corrected to "unknown" stands beside that.
            beside = aside.pop(told.corrects, None) if told.corrects is not None else None
            if before is not None and told.line is not None and told.line.get("value") == "unknown":
                was = told.corrects, before[0], before[2]
                aside[told.seq] = beside if before[2].get("value") == "unknown" else was
            if told.corrects is not None and before is None:
                continue
            if told.line is not None:
                counting[told.seq] = (*origins[told.seq], told.line)
            elif before is not None and before[2]["kind"] == "result":
                gone.append((*before, told.at))
        lines, extra = [], []
        for seq, origin, line in filter(None, aside.values()):
            if line["kind"] == "fact":
                lines.append({**line, "_seq": seq, "_origin": origin})
        for origin, first, line, taken_back in gone:
            marks = {"_seq": origin, "_origin": origin, "gone_at": taken_back.isoformat()}
            lines.append({**line, **marks, "begun_at": first.isoformat()})
        for seq, (origin, first, line) in counting.items():
            if line["kind"] in OUTSIDE:
                extra.append({**line, "seq": seq})
            else:
                recorded_on = first.astimezone(self._zone).date().isoformat()
                marks = {"_seq": seq, "_origin": origin, "recorded_on": recorded_on}
                at = first
                if line["kind"] == "result":
                    at = min(first, first_of[line["code"], str(line["on"])])
                    marks |= {"came_corrected": came[origin], "begun_at": first.isoformat()}
                    number = unfit.get((line["code"], str(line["on"])))
                    marks |= {"_unfit": number} if number is not None else {}
                elif line["kind"] == "infusion":
                    at = days[seq][1]
                lines.append({**line, **marks, "first_at": at.isoformat(), "told_at": when[seq]})
        return Oracle(self.profile, lines, recorded_on=NOW.date(), events_extra=extra)

    def pause_or_close(self, kind: str, line: dict[str, Any], at: datetime) -> bool:
        """Record what the oracle takes apart from the lines, under its shorter name."""
        long = {
            "pause": "course_pause",
            "resume": "course_resume",
            "change": "patient_change",
        }.get(kind, kind)
        named = {}
        if kind in ("plan", "cancel", "pause", "resume"):
            named = {"protocol": f"mitoxantrone-ms-{self.profile}"}
        if not self.record({"kind": long, "patient": "P", **line, **named}, at):
            return False
        self.told[-1] = replace(self.told[-1], line={"kind": kind, **line})
        return True

    def _row(self, draft: Draft, at: datetime) -> Recorded:
        return Recorded(
            event=len(self.told) + 1,
            patient="P",
            kind=draft.kind,
            on=draft.on,
            recorded_at=at,
            by=draft.by,
            corrects=draft.corrects,
            body=draft.body,
        )

    def _open(self, without: int | None = None) -> Admission:
        return Admission("P", self.rows, now=NOW, without=without)
