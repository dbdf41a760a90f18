"""One patient's chart while facts are being recorded: does a line fit what is on record?

`admit` turns a line into drafts, or raises Refused (impossible, contradictory, double) or
Unconfirmed (implausible). Nothing clinical is refused here: what was given is recorded.
"""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from monitor.domain.catalogue import Catalogue, FactKind
from monitor.domain.events import COUNTING, Result, Status
from monitor.domain.record import InForce, Recorded, in_force
from monitor.errors import Refused, Unconfirmed
from monitor.service import lines, plausible
from monitor.service.lines import Line
from monitor.store.events import Draft

EARLIEST = date(1980, 1, 1)  # earlier days are slips of the pen; birth dates excepted
EARLIEST_BIRTH = date(1880, 1, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pin:
    """The protocol that a course is pinned to."""

    protocol: str
    version: str
    digest: str
    drug: str


@dataclass(kw_only=True, slots=True)
class CourseOnChart:
    """One course as far as recording needs it."""

    event: int
    on: date
    drug: str
    protocol: str
    ends_on: date | None = None

    def runs(self, day: date) -> bool:
        """Say whether the course runs on a day."""
        return self.on <= day and (self.ends_on is None or day < self.ends_on)


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
    ) -> None:
        self.who = who
        self.catalogue = catalogue
        self.pin = pin
        self.now = now
        self.rows = list(rows)
        self._known: dict[tuple[object, ...], list[_Entry]] = {}
        self._senders: dict[str, tuple[object, ...]] = {}
        self.courses: list[CourseOnChart] = []
        self._pauses: dict[int, list[tuple[date, bool]]] = {}
        self._results: list[Result] = []
        self.zone = ZoneInfo("UTC")
        self.born: date | None = None
        self.registered = False
        counting = {fact.row.event: fact for fact in in_force(self.rows)}
        for row in self.rows:
            self._note(row, counting.get(row.event))

    @property
    def today(self) -> date:
        """Give the day in the patient's zone."""
        return self.now.astimezone(self.zone).date()

    def added(self, row: Recorded) -> None:
        """Take note of a fact that was appended."""
        self.rows.append(row)
        self._note(row, InForce(row=row, origin=row.event, first_recorded_at=row.recorded_at))

    def admit(self, kind: str, line: Line, *, skip_equal: bool) -> list[Draft]:
        """Accept a line as drafts; an equal one on record is skipped, or refused."""
        body = self._body(kind, line)
        on = self._day(kind, line)
        self._check_day(kind, on)
        drafts = []
        if kind == "course":
            assert isinstance(line, lines.CourseLine)
            for name, value in line.facts.items():
                asked = {"patient": self.who, "on": line.on, "fact": name, "value": value}
                answer = lines.FactLine.model_validate({**asked, "by": line.by})
                drafts += self.admit("fact", answer, skip_equal=skip_equal)
        sender = None if kind == "patient" else line.id
        if self._is_double(kind, on, body, sender, skip_equal=skip_equal):
            return drafts
        doubts = self._meaning(kind, on, body)
        if line.confirm != "true" and doubts:
            raise Unconfirmed(
                f"{'; '.join(doubts)}: if it is right, confirm with --confirm "
                '(in a file "confirm":true)'
            )
        if doubts:
            body["confirm"] = "true"
        return [Draft(kind=kind, on=on, body=body, by=line.by, sender_id=sender), *drafts]

    def course_for(self, day: date, named: str | None = None) -> CourseOnChart:
        """Find the course that a thing of a day belongs to: the running one, else the last."""
        wanted = [c for c in self.courses if named is None or named in (c.protocol, c.drug)]
        if not wanted:
            missing = f" under {named}" if named else ""
            raise Refused(
                f"{self.who} has no course{missing}; type: "
                f"monitor course start {self.who} --protocol NAME --on DATE"
            )
        running = [course for course in wanted if course.runs(day)]
        if len({course.drug for course in running or wanted}) > 1:
            names = ", ".join(sorted({course.protocol for course in running or wanted}))
            raise Refused(f"courses with two drugs run; add --protocol NAME, one of {names}")
        if running:
            return running[-1]
        past = [course for course in wanted if course.on <= day]
        return past[-1] if past else wanted[0]

    def check_courses(self) -> None:
        """Raise Refused where two courses with one drug overlap."""
        for earlier, later in combinations(self.courses, 2):  # in the order of their starts
            if earlier.drug == later.drug and (
                earlier.ends_on is None or earlier.ends_on > later.on
            ):
                raise Refused(
                    f"a course under {earlier.protocol} runs since {earlier.on}; type: "
                    f"monitor course end {self.who} --on DATE --reason WHY"
                )

    def _note(self, row: Recorded, counting: InForce | None) -> None:
        body, on = row.body, row.on
        if row.kind == "retraction":
            return
        key = self._key(row.kind, on, body)
        self._known.setdefault(key, []).append(
            _Entry(row=row, content=_comparable(body), counts=counting is not None)
        )
        if row.sender_id:
            self._senders[row.sender_id] = key
        if counting is None:
            return
        match row.kind:
            case "patient" | "patient_change":
                self.registered = True
                self.zone = ZoneInfo(body.get("timezone", self.zone.key))
                self.born = date.fromisoformat(body["born"]) if "born" in body else self.born
            case "course":
                self.courses.append(
                    CourseOnChart(
                        event=counting.origin,
                        on=on,
                        drug=body["drug"],
                        protocol=body["protocol"],
                    )
                )
                self.courses.sort(key=lambda course: (course.on, course.event))
            case "course_end":
                for course in self.courses:
                    if course.event == int(body["course"]):
                        course.ends_on = on
            case "course_pause" | "course_resume":
                changes = self._pauses.setdefault(int(body["course"]), [])
                changes.append((on, row.kind == "course_pause"))
                changes.sort(key=lambda change: change[0])
            case "result":
                self._results.append(self._result(body, on, row.event))
            case _:
                pass

    def _body(self, kind: str, line: Line) -> dict[str, str]:
        """Write what a line says as texts; what depends on the record is added."""
        left_out = {"patient", "on", "by", "confirm", "protocol", "facts"}
        left_out |= {"id"}
        fields: dict[str, Any] = line.model_dump(exclude_none=True, exclude=left_out)
        if fields.get("second") == "false":
            del fields["second"]
        body: dict[str, str] = {key: str(value) for key, value in fields.items()}
        named = getattr(line, "protocol", None)
        match kind:
            case "course":
                assert isinstance(line, lines.CourseLine)
                pin = self.pin(line.protocol)
                body.update(
                    protocol=pin.protocol, version=pin.version, digest=pin.digest, drug=pin.drug
                )
            case "infusion" | "plan":
                body["drug"] = self.course_for(self._day(kind, line), named).drug
            case "course_end" | "course_pause" | "course_resume":
                body["course"] = str(self._course_to_change(kind, self._day(kind, line), named))
            case _:
                pass
        return body

    def _course_to_change(self, kind: str, on: date, named: str | None) -> int:
        wanted = [c for c in self.courses if named is None or named in (c.protocol, c.drug)]
        equal = [c for c in wanted if kind == "course_end" and c.ends_on == on]
        open_ones = [c for c in wanted if c.ends_on is None or c.ends_on > on]
        running = [c for c in open_ones if c.on <= on]
        # An end on the day on which another course starts belongs to the earlier one.
        before = [c for c in running if c.on < on] or running
        if len({c.drug for c in before}) > 1:
            names = ", ".join(sorted({c.protocol for c in before}))
            raise Refused(f"courses with two drugs run; add --protocol NAME, one of {names}")
        if before:
            return before[-1].event
        if equal:
            return equal[-1].event
        raise Refused(f"{self.who} has no course that runs on {on}")

    def _day(self, kind: str, line: Line) -> date:
        if isinstance(line, lines.Dated):
            return date.fromisoformat(line.on)
        if isinstance(line, lines.SymptomLine):
            return datetime.fromisoformat(line.at).astimezone(self.zone).date()
        return self.today

    def _check_day(self, kind: str, on: date) -> None:
        if kind == "patient":
            return
        if on < EARLIEST:
            raise Refused(f"on: {on} lies before {EARLIEST}; check the year")
        if on > self.today and kind != "plan":
            raise Refused(f"on: {on} is in the future; today is {self.today} in {self.zone.key}")
        if self.born is not None and on < self.born:
            raise Refused(f"on: {on} lies before the birth of {self.who}, {self.born}")

    def _key(self, kind: str, on: date, body: dict[str, str]) -> tuple[object, ...]:
        """Give what may be on record once: two facts with one key contradict each other."""
        match kind:
            case "patient":
                return (kind,)
            case "course" | "infusion":
                return kind, on, body["drug"]
            case "fact":
                return kind, on, body["fact"]
            case "result":
                status = body.get("status", "final")
                return kind, on, body["code"], status if status not in COUNTING else "final"
            case "symptom":
                return kind, datetime.fromisoformat(body["at"]), body["code"]
            case "course_end":
                return kind, body["course"]
            case "plan":
                return kind, body["drug"]
            case _:
                return kind, on, tuple(sorted(body.items()))

    def _is_double(
        self, kind: str, on: date, body: dict[str, str], sender: str | None, *, skip_equal: bool
    ) -> bool:
        key = self._key(kind, on, body)
        entries = self._known.get(key, [])
        content = _comparable(body)
        if kind in ("waiver", "patient_change", "close", "reopen", "course_pause", "course_resume"):
            return False
        if kind == "plan":
            newest = entries[-1] if entries else None
            if newest is not None and newest.row.on == on and newest.counts:
                raise Refused(f"{on} is already booked, as event {newest.row.event}")
            return False
        for entry in entries:
            ids_differ = sender and entry.row.sender_id and sender != entry.row.sender_id
            same = entry.content == content and entry.row.on == on and not ids_differ
            if same and skip_equal:
                return True
            if same and entry.counts:
                second = "" if kind in ("patient", "course", "course_end") else (
                    "; a second one takes --second"
                )
                raise Refused(f"already recorded, as event {entry.row.event}{second}")
        counting = [entry for entry in entries if entry.counts]
        if sender and self._senders.get(sender, key) != key:
            raise Refused(f"id: '{sender}' stands for another fact already")
        if not counting or body.get("second") == "true":
            return False
        if kind == "result" and body.get("status") == "corrected":
            return False
        event = counting[-1].row.event
        if kind == "patient":
            raise Refused(
                f"{self.who} is already registered otherwise; type: "
                f"monitor patient change {self.who} --on DATE …"
            )
        if kind == "course_end":
            raise Refused(f"the course has ended already, on {counting[-1].row.on}")
        raise Refused(
            f"event {event} says otherwise for that day; correct it (monitor correct {event} "
            "--reason WHY …), or add --second (in a file \"second\":true) if both are true"
        )

    def _meaning(self, kind: str, on: date, body: dict[str, str]) -> list[str]:
        """Check names and values; returns what must be confirmed."""
        match kind:
            case "patient" | "patient_change":
                self._check_birth(body)
            case "fact":
                self._check_answer(body)
            case "symptom":
                self._check_symptom(body)
            case "infusion":
                route = body.get("route", "iv")
                if route not in self.catalogue.routes:
                    known = ", ".join(self.catalogue.routes)
                    raise Refused(f"route: '{route}' is not one of {known}")
                return plausible.doubtful_dose(body, self.catalogue.dose)
            case "result":
                return self._check_result(body, on)
            case "course_pause" | "course_resume":
                self._check_pause(kind, on, int(body["course"]))
            case _:
                pass
        return []

    def _check_birth(self, body: dict[str, str]) -> None:
        if "born" not in body:
            return
        born = date.fromisoformat(body["born"])
        if not EARLIEST_BIRTH <= born <= self.today:
            raise Refused(f"born: {born} cannot be; it lies in the future or before 1880")
        earliest = min(
            (r.on for r in self.rows if r.kind not in ("patient", "patient_change")), default=born
        )
        if earliest < born:
            raise Refused(f"born: {born} is later than a fact on record, of {earliest}")

    def _check_answer(self, body: dict[str, str]) -> None:
        name, value = body["fact"], body["value"]
        if name not in self.catalogue.facts:
            raise Refused(f"fact: {_unknown('fact', name, self.catalogue.facts)}")
        code = self.catalogue.facts[name]
        match code.kind:
            case FactKind.YES_NO:
                allowed: tuple[str, ...] = ("yes", "no", "unknown")
            case FactKind.WORD:
                allowed = code.words
            case FactKind.NUMBER:
                try:
                    lines.number(value)
                except ValueError as fault:
                    raise Refused(f"value: {name}: {fault}") from fault
                return
            case FactKind.TEXT:
                return
        if value not in allowed:
            raise Refused(f"value: {name} is {', '.join(allowed)}, not '{value}'")

    def _check_symptom(self, body: dict[str, str]) -> None:
        name = body["code"]
        if name not in self.catalogue.symptoms:
            raise Refused(f"code: {_unknown('symptom', name, self.catalogue.symptoms)}")
        if datetime.fromisoformat(body["at"]) > self.now:
            raise Refused(f"at: {body['at']} is in the future")
        measured_as = self.catalogue.symptoms[name].measured_as
        if ("value" in body) != ("unit" in body):
            raise Refused("unit: a value and its unit go together")
        if "value" not in body:
            return
        if measured_as is None:
            raise Refused(f"value: {name} has none")
        code = self.catalogue.results[measured_as]
        number = plausible.parse_value(code, body["value"], body["unit"])
        assert isinstance(number, Decimal)
        if name == "fever":
            plausible.refuse_impossible(code, number, f"{body['value']} {body['unit']}")

    def _check_result(self, body: dict[str, str], on: date) -> list[str]:
        name = body["code"]
        if name not in self.catalogue.results:
            raise Refused(f"code: {_unknown('result code', name, self.catalogue.results)}")
        code = self.catalogue.results[name]
        value = plausible.parse_value(code, body["value"], body.get("unit"))
        if isinstance(value, Decimal):
            plausible.refuse_impossible(code, value, f"{body['value']} {body['unit']}")
        for key in ("uln", "lln"):
            if key in body:
                if not code.units:
                    raise Refused(f"{key}: {name} has no limits; leave it out")
                bound = plausible.parse_value(code, body[key], body.get("unit"))
                assert isinstance(bound, Decimal)
                plausible.refuse_impossible(code, bound, f"{body[key]} {body['unit']}", key)
        if "uln" in body and "lln" in body and Decimal(body["lln"]) >= Decimal(body["uln"]):
            raise Refused("lln: must be below uln")
        result = self._result(body, on, 0)
        same_day = [r for r in self._results if r.on == on and r.status in COUNTING]
        if result.status in COUNTING:
            beyond = plausible.exceeds_partner(self.catalogue, result, same_day)
            if beyond is not None:
                raise Refused(f"value: {beyond}")
        return plausible.doubtful(code, result, self._results)

    def _check_pause(self, kind: str, on: date, course: int) -> None:
        past = [paused for day, paused in self._pauses.get(course, []) if day <= on]
        is_paused = bool(past and past[-1])
        if kind == "course_pause" and is_paused:
            raise Refused("the course is paused already")
        if kind == "course_resume" and not is_paused:
            raise Refused("the course is not paused")

    def _result(self, body: dict[str, str], on: date, event: int) -> Result:
        code = self.catalogue.results[body["code"]]
        return Result(
            event=event,
            on=on,
            recorded_on=self.today,
            code=code.name,
            value=plausible.parse_value(code, body["value"], body.get("unit")),
            shown=" ".join(filter(None, (body["value"], body.get("unit")))),
            method=body.get("method"),
            status=Status(body.get("status", "final")),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    row: Recorded
    content: dict[str, str]
    counts: bool  # in force; otherwise corrected or retracted


# What is derived from the record, or says how to store, is no part of what a line says.
_DERIVED = ("drug", "version", "digest", "course", "confirm")
_DEFAULTS = {"route": "iv", "status": "final", "bsa_formula": "mosteller", "second": "false"}


def _comparable(body: dict[str, str]) -> dict[str, str]:
    """Write a body so that equal contents are equal texts."""
    content = {}
    for key, value in body.items():
        if key in _DERIVED or _DEFAULTS.get(key) == value:
            continue
        if key == "at":
            value = datetime.fromisoformat(value).astimezone(ZoneInfo("UTC")).isoformat()
        elif _is_number(value):
            value = f"{Decimal(value).normalize():f}"
        content[key] = value
    return content


def _is_number(value: str) -> bool:
    try:
        lines.number(value)
    except ValueError:
        return False
    return True


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(names)}"
    return f"no {what} '{name}'; {hint}"
