"""Count the alarms of an invented clinic: warnings and messages a patient-year, by rule and role.

    python -m tests.alarms well --patients 1000 --years 3      does each check in its time
    python -m tests.alarms badly --patients 1000 --years 3     forgets some, is late with others

The clinic does what the program asks for, and nothing else: whatever check is open is done by
results of that day, so that a new protocol needs no word here. A pass of reminding is made each
morning, over a channel that keeps nothing. The table it prints stands in docs/alarms.md.
"""

import argparse
import contextlib
import heapq
import json
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from monitor import policy, protocols
from monitor.delivery.tick import tick
from monitor.domain.checks import codes_of
from monitor.domain.question import Proposal
from monitor.errors import Refused
from monitor.service import contacts, queries, records
from monitor.service.lives import courses
from monitor.service.queries import Asked, Case
from monitor.store import engine as database
from monitor.store import schema

END = date(2026, 11, 1)
MORNING, NOON = time(9, 30, tzinfo=UTC), time(12, tzinfo=UTC)
A_WARD = 40  # patients of one nurse
STAFF = ("nurse", "prescriber", "pharmacist")
NORMAL = {  # code -> unit, least, most; what is not here is a word of the catalogue
    "lvef": ("%", "55", "66"), "neutrophils": ("10*9/L", "1.80", "6.00"),
    "leucocytes": ("10*9/L", "4.5", "9.5"), "lymphocytes": ("10*9/L", "1.2", "2.8"),
    "platelets": ("10*9/L", "160", "350"), "haemoglobin": ("g/L", "120", "150"),
    "alt": ("U/L", "12", "38"), "ast": ("U/L", "12", "36"), "alp": ("U/L", "45", "110"),
    "bilirubin": ("umol/L", "5", "16"), "creatinine": ("umol/L", "60", "80"),
    "height": ("cm", "170", "170"), "weight": ("kg", "65.0", "67.0"),
    "cd4": ("10*9/L", "0.5", "1.2"), "temperature": ("Cel", "36.4", "37.1"),
    "urine_protein": ("mg/mmol", "4", "15"),
}  # fmt: skip
NADIR = {"neutrophils": ("10*9/L", "0.60", "2.00"), "platelets": ("10*9/L", "90", "200")}
LIMITS = {"alt": "40", "ast": "40", "alp": "120", "bilirubin": "20"}
SYMPTOMS = ({"code": "sore_throat"}, {"code": "fever", "value": "38.3", "unit": "Cel"})


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """How a clinic keeps its calendar, and how well its patients are."""

    forgotten: float  # of the checks
    late: float
    unusual: float  # of the values
    symptoms: float  # a patient-year


KEPT = {
    "well": Keeping(forgotten=0, late=0, unusual=0, symptoms=0.2),
    "badly": Keeping(forgotten=0.15, late=0.3, unusual=0.04, symptoms=0.4),
}


@dataclass(kw_only=True)
class Patient:
    """A patient of the invented clinic, and what is to happen to them."""

    id: str
    course: dict[str, Any]
    chance: random.Random
    start: date
    agenda: list[tuple[date, int, str, Any]] = field(default_factory=list)
    seen: set[tuple[str, int, int]] = field(default_factory=set)
    rounds: int = 0
    postponed: int = 0

    def later(self, day: date, what: str, detail: Any = None) -> None:
        heapq.heappush(self.agenda, (day, len(self.seen) + len(self.agenda), what, detail))


class Clinic:
    """A database with invented patients, lived through day by day."""

    def __init__(self, engine: Engine, keeping: Keeping, patients: list[Patient]) -> None:
        self.engine, self.keeping, self.patients = engine, keeping, patients
        self.refused: Counter[str] = Counter()

    def live(self, first: date, last: date) -> None:
        day = first
        while day <= last:
            for patient in self.patients:
                while patient.agenda and patient.agenda[0][0] <= day:
                    _, _, what, detail = heapq.heappop(patient.agenda)
                    getattr(self, f"_{what}")(patient, day, detail)
            now = datetime.combine(day, MORNING)
            tick(self.engine, policy.load(None), partial(_is_now, now))
            day += timedelta(days=1)

    def _record(self, day: date, **line: Any) -> bool:
        with database.writing(self.engine) as connection:
            try:
                now = datetime.combine(day, NOON)
                records.record(connection, {"confirm": True, **line}, now=now)
            except Refused as fault:
                self.refused[f"{line['kind']}: {str(fault)[:60]}"] += 1
                return False
        return True

    def _case(self, patient: Patient, day: date) -> Case:
        with database.reading(self.engine) as connection:
            asked = Asked(now=datetime.combine(day, NOON))
            return queries.get_case(connection, patient.id, asked)

    def _register(self, patient: Patient, day: date, _: Any) -> None:
        sex = patient.chance.choice(("female", "male"))
        about = {"kind": "patient", "id": patient.id, "sex": sex, "born": "1984-05-05"}
        self._record(day, **about, can_conceive=sex == "female", timezone="Europe/London")
        number = self.patients.index(patient)
        with database.writing(self.engine) as connection:
            for role in ("patient", *STAFF):
                contacts.add_contact(
                    connection, patient=patient.id, role=role, channel="console:", is_private=False,
                    name=patient.id if role == "patient" else f"{role} {number // A_WARD}",
                    timezone=None, by="demo", now=datetime.combine(day, NOON),
                )  # fmt: skip
        course = {"kind": "course", "patient": patient.id, "on": day.isoformat()}
        self._record(
            day, **course, protocol=patient.course["protocol"], facts=patient.course["facts"]
        )
        first = day + timedelta(days=21)
        if "daily" in patient.course:
            patient.later(first, "dose", 0)
            self._bloods(patient, first - timedelta(days=2))
        else:
            self._book(patient, day, first)
        patient.later(day + timedelta(days=1), "look")
        for _ in range(int(self.keeping.symptoms * 3 + patient.chance.random())):
            patient.later(day + timedelta(days=patient.chance.randint(30, 1000)), "symptom")

    def _book(self, patient: Patient, day: date, on: date) -> None:
        self._record(day, kind="plan", patient=patient.id, on=on.isoformat())
        patient.later(on, "infusion")

    def _infusion(self, patient: Patient, day: date, _: Any) -> None:
        case = self._case(patient, day)
        dose = patient.course["dose"]
        gate = queries.ask_gate(case, on=day, proposal=Proposal(mg=Decimal(dose["dose_mg"])))
        if gate.verdict in ("hold", "stop"):
            patient.postponed += 1
            if gate.verdict == "stop" or patient.postponed > 4:
                self._end(patient, day, None)
            else:
                self._book(patient, day, day + timedelta(days=7))
            return
        offsets = patient.course["rounds"]
        for offset in offsets[min(patient.rounds, len(offsets) - 1)]:
            patient.later(day + timedelta(days=offset), "give", dose)
        patient.rounds += 1
        patient.later(day + timedelta(days=offset + 1), "after")

    def _give(self, patient: Patient, day: date, dose: dict[str, str]) -> None:
        self._record(day, kind="infusion", patient=patient.id, on=day.isoformat(), **dose)

    def _after(self, patient: Patient, day: date, _: Any) -> None:
        if patient.rounds >= patient.course["most_rounds"]:
            self._end(patient, day, None)
        else:
            least = patient.course["apart"][0]
            self._book(patient, day, day + timedelta(days=max(least, 91 if least > 80 else 0)))
        self._look(patient, day, None)

    def _dose(self, patient: Patient, day: date, number: int) -> None:
        step = patient.course["daily"][number]
        action = "change" if number else "start"
        about = {"kind": "dose", "patient": patient.id, "on": day.isoformat()}
        self._record(day, **about, action=action, dose_mg=step["dose_mg"])
        if number + 1 < len(patient.course["daily"]):
            after = patient.course["daily"][number + 1]["after"] - step["after"]
            patient.later(day + timedelta(days=after), "dose", number + 1)

    def _end(self, patient: Patient, day: date, _: Any) -> None:
        about = {"kind": "course_end", "patient": patient.id, "on": day.isoformat()}
        self._record(day, **about, reason="all of it was given")

    def _symptom(self, patient: Patient, day: date, _: Any) -> None:
        about = {"kind": "symptom", "patient": patient.id}
        at = datetime.combine(day, MORNING).isoformat()
        self._record(day, **about, at=at, **patient.chance.choice(SYMPTOMS))
        patient.later(day, "look")

    def _look(self, patient: Patient, day: date, _: Any) -> None:
        """Take up every check that is open, or opens within the week."""
        case = self._case(patient, day)
        week = day + timedelta(days=7)
        for check in queries.upcoming(case, until=day + timedelta(days=60), states=()):
            key = (check.rule, check.occurrence, check.anchor.identity)
            if key in patient.seen or check.opens > week:
                continue
            codes = self._codes(check.protocol, check.rule)
            if not codes:
                continue
            patient.seen.add(key)
            if patient.chance.random() < self.keeping.forgotten:
                continue
            on = max(check.opens, check.due - timedelta(days=patient.chance.randint(0, 3)), day)
            if patient.chance.random() < self.keeping.late:
                on += timedelta(days=patient.chance.randint(4, 40))
            is_nadir = (check.due - check.anchor.on).days == 10
            patient.later(on, "test", (sorted(codes), is_nadir))
        patient.later(week, "look")

    @staticmethod
    def _codes(digest: str, rule: str) -> frozenset[str]:
        for name in protocols.names():
            protocol = protocols.load(name)
            if protocol.digest == digest:
                return next(codes_of(r) for r in protocol.rules() if r.name == rule)
        raise AssertionError(f"no protocol {digest}")

    def _bloods(self, patient: Patient, day: date) -> None:
        patient.later(day, "test", (["leucocytes", "neutrophils"], False))

    def _test(self, patient: Patient, day: date, what: tuple[list[str], bool]) -> None:
        codes, is_nadir = what
        for code in codes:
            self._record(day, kind="result", patient=patient.id, on=day.isoformat(), code=code,
                         **self._value(patient, code, is_nadir))  # fmt: skip
        patient.later(day + timedelta(days=1), "look")

    def _value(self, patient: Patient, code: str, is_nadir: bool) -> dict[str, str]:
        known = protocols.catalogue().results[code]
        unusual = patient.chance.random() < self.keeping.unusual
        if code not in NORMAL:
            return {"value": known.words[-1 if unusual else 0]}
        unit, low, high = (NADIR if is_nadir and code in NADIR else NORMAL)[code]
        least, most = Decimal(low), Decimal(high)
        if unusual:
            least, most = least * Decimal("0.6"), least
        steps = patient.chance.randint(0, 100)
        value = (least + (most - least) * steps / 100).quantize(Decimal(low))
        limit = {"uln": LIMITS[code]} if code in LIMITS else {}
        return {"value": str(value), "unit": unit, **limit}


def live(kept: str, numbers: range, years: int, named: str | None) -> dict[str, Any]:
    """Live through part of a clinic, and count what was raised and sent."""
    some = [course for course in courses() if named in (None, course["protocol"])]
    patients = []
    for number in numbers:
        chance = random.Random(1_000_003 + number)
        (course,) = chance.choices(some, [c.get("share", 1) for c in some])
        start = END - timedelta(days=int(years * 365 * chance.random()))
        patient = Patient(id=f"A-{number:05d}", course=course, chance=chance, start=start)
        patient.later(start, "register")
        patients.append(patient)
    with tempfile.TemporaryDirectory() as folder, _quiet():
        engine = database.open_engine(database.parse_url(f"sqlite:///{folder}/clinic.db"))
        schema.create_if_empty(engine)
        clinic = Clinic(engine, KEPT[kept], patients)
        clinic.live(END - timedelta(days=365 * years), END)
        counts = count(engine)
        engine.dispose()
    lived = sum((END - patient.start).days for patient in patients) / 365.25
    return {"years": lived, "counts": counts, "refused": dict(clinic.refused)}


def count(engine: Engine) -> dict[str, int]:
    """Count warnings raised by rule, and messages by role, urgency and stage."""
    with database.reading(engine) as connection:
        rows = connection.execute(
            text(
                "SELECT r.rule, m.role, m.urgency, r.stage, r.key, r.identity, m.key AS message,"
                " r.patient, r.occurrence, r.anchor FROM reminder r JOIN message m"
                " ON m.key = r.message WHERE m.state = 'sent'"
            )
        ).all()
    found: Counter[str] = Counter()
    messages: dict[str, tuple[str, str]] = {}
    raised: set[tuple[Any, ...]] = set()
    for row in rows:
        messages[row.message] = (row.role, row.urgency)
        if row.stage in ("warning", "escalated") and row.urgency != "routine":
            raised.add((row.rule, row.urgency, row.patient, row.anchor, row.occurrence))
        found[f"line {row.rule} {row.stage}"] += row.role == "nurse"
    for role, urgency in messages.values():
        found[f"messages {role} {urgency}"] += 1
    for rule, urgency, *_ in raised:
        found[f"warning {rule} {urgency}"] += 1
    return dict(found)


def _is_now(now: datetime) -> datetime:
    return now


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("kept", choices=KEPT)
    asked.add_argument("--patients", type=int, default=100)
    asked.add_argument("--years", type=int, default=3)
    asked.add_argument("--protocol")
    asked.add_argument("--processes", type=int, default=2)
    given = asked.parse_args()
    numbers = [range(n, given.patients, given.processes) for n in range(given.processes)]
    with ProcessPoolExecutor(given.processes) as pool:
        started = [
            pool.submit(live, given.kept, some, given.years, given.protocol) for some in numbers
        ]
        done = [part.result() for part in started]
    years = sum(part["years"] for part in done)
    total: Counter[str] = sum((Counter(part["counts"]) for part in done), Counter())
    refused: Counter[str] = sum((Counter(part["refused"]) for part in done), Counter())
    print(f"{given.patients} patients, {years:.0f} patient-years, {given.kept} kept")
    print("| what | a patient-year | in all |\n|---|---|---|")
    for what, number in sorted(total.items()):
        print(f"| {what} | {number / years:.3f} | {number} |")
    if refused:
        print(json.dumps(refused, indent=1))


if __name__ == "__main__":
    main()
