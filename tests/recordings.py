"""Random recordings: a small clinic in which all kinds of facts come in as time goes on.

The same seed gives the same clinic. Everything goes through the functions that the commands
call; what they refuse is tried again with other values.
"""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitor import protocols
from monitor.domain.corrections import Recorded, in_force
from monitor.domain.facts import Kind
from monitor.domain.rules.question import Proposal
from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, Case
from monitor.service.asking.proposed_dose import proposal
from monitor.service.recording import corrections, waivers
from monitor.store import engine as database
from monitor.store import facts, schema
from monitor.store.tables import metadata
from tests import documents as answers
from tests import postgresql, typed

BEGIN = datetime(2024, 1, 8, 9, 0, tzinfo=UTC)
ZONES = ("UTC", "Europe/London", "Pacific/Auckland", "America/Los_Angeles", "Pacific/Kiritimati")
PROFILES = ("us", "eu", "fr")
WORDS = ("lvef", "ecg", "cardiac_exam", "liver_tests", "hcg", "urinalysis", "blasts")
NUMBERS = {  # code -> unit, values; the first ones are good
    "lvef": ("%", ("62", "58", "52", "48")),
    "neutrophils": ("10*9/L", ("3.2", "2.4", "1.7", "1.2", "0.7", "0.3")),
    "leucocytes": ("10*9/L", ("7.0", "5.0", "2.5")),
    "lymphocytes": ("10*9/L", ("1.8", "0.7")),
    "platelets": ("10*9/L", ("240", "150", "80")),
    "haemoglobin": ("g/L", ("130", "95")),
    "alt": ("U/L", ("30", "90")),
    "ast": ("U/L", ("25", "80")),
    "bilirubin": ("umol/L", ("9", "40")),
    "height": ("cm", ("162", "170")),
    "weight": ("kg", ("50", "58", "65")),
    "temperature": ("Cel", ("36.8", "38.4")),
}
SAID = {
    "ecg": ("normal", "normal", "abnormal"),
    "cardiac_exam": ("normal", "normal", "abnormal"),
    "liver_tests": ("normal", "normal", "abnormal"),
    "hcg": ("negative", "negative", "negative", "indeterminate", "positive"),
    "urinalysis": ("normal", "normal", "infection"),
    "blasts": ("absent", "absent", "present"),
}
ANSWERS = {
    "ms_type": ("secondary_progressive", "highly_active_relapsing", "primary_progressive"),
    "alternatives": ("none serves",),
    "prior_mitoxantrone_mg_m2": ("0", "0", "24.5"),
    **dict.fromkeys(
        ("hepatic_impairment", "hypersensitivity", "cardiac_disease", "breast_feeding"),
        ("no", "no", "unknown", "yes"),
    ),
    **dict.fromkeys(
        ("prior_anthracycline", "mediastinal_radiotherapy", "cardiotoxic_drug"), ("no", "yes")
    ),
    "active_infection": ("no", "yes"),
    "treatment_agreement": ("yes", "no"),
}
SYMPTOMS = ("fever", "fever", "cough", "breathlessness", "bleeding", "fatigue", "chills")
KINDS = {  # how often each kind is tried
    "result": 34,
    "infusion": 12,
    "fact": 9,
    "symptom": 8,
    "plan": 5,
    "correct": 10,
    "retract": 6,
    "waive": 7,
    "change": 3,
    "pause": 3,
    "resume": 6,
    "end": 2,
    "course": 12,
    "close": 1,
    "reopen": 1,
}
REFUSED_IN_A_ROW = 400

Answer = dict[str, Any]


class Diary:
    """A clinic, the day it is in, and the random facts that come in."""

    def __init__(self, seed: object, *, file: Path | None = None, patients: int = 3) -> None:
        self.random = random.Random(str(seed))
        self.now = BEGIN
        self.patients = [f"P-{number}" for number in range(1, patients + 1)]
        self.kinds: list[str] = []  # of what was recorded, in order
        url = "sqlite://" if file is None else f"sqlite:///{file}"
        if file is None and postgresql.URL:
            url = postgresql.clone("schema", postgresql.with_schema)
        self.engine = database.open_engine(database.parse_url(url))
        if file is None and not postgresql.URL:
            with database.writing(self.engine) as connection:
                metadata.create_all(connection)
        elif file is not None:
            schema.upgrade(self.engine)  # with the triggers
        self._profiles = dict(zip(self.patients, PROFILES * patients, strict=False))
        for who in self.patients:
            self._register(who)

    def close(self) -> None:
        self.engine.dispose()

    def record_one(self) -> str:
        """Let some time pass and record one thing, of whichever patient; gives whose."""
        self.now += timedelta(
            hours=self.random.choice((1, 5, 26, 26, 80, 190)), minutes=self.random.randint(1, 59)
        )
        for _ in range(REFUSED_IN_A_ROW):
            who = self.random.choice(self.patients)
            (kind,) = self.random.choices(list(KINDS), list(KINDS.values()))
            try:
                with database.writing(self.engine) as connection:
                    getattr(self, f"_{kind}")(connection, who)
            except Refused:
                continue
            self.kinds.append(kind)
            return who
        raise AssertionError("nothing that was tried could be recorded")

    def record(self, **line: Any) -> list[Recorded]:
        """Record one line now."""
        with database.writing(self.engine) as connection:
            return typed.record(connection, line, now=self.now).stored

    def today(self, who: str) -> date:
        """Give the day in a patient's zone."""
        with database.reading(self.engine) as connection:
            return cases.get_case(connection, who, Asked(now=self.now)).today

    def _register(self, who: str) -> None:
        choose = self.random.choice
        self.record(
            kind="patient",
            id=who,
            sex=choose(("female", "female", "male")),
            born=choose(("1993-04-02", "1980-01-01", "2007-05-05")),
            timezone=choose(ZONES),
            can_conceive=choose((True, False)),
        )
        profile = self._profiles[who]
        on = (self.now - timedelta(days=30)).date().isoformat()
        self.record(kind="course", patient=who, protocol=f"mitoxantrone-ms-{profile}", on=on)
        for fact, values in ANSWERS.items():
            if self.random.random() < 0.8:
                self.record(kind="fact", patient=who, fact=fact, value=values[0], on=on)

    def _result(self, connection: Any, who: str) -> None:
        line = {"kind": "result", "patient": who, "on": self._day(who), **self._value()}
        line |= self.random.choice(({}, {}, {}, {"second": True}))
        line |= self.random.choice(({}, {}, {"status": "preliminary"}, {"status": "corrected"}))
        typed.record(connection, {**line, "confirm": True}, now=self.now)

    def _value(self) -> dict[str, Any]:
        choose = self.random.choice
        if self.random.random() < 0.35:
            code = choose(list(SAID))
            return {"code": code, "value": choose(SAID[code])}
        code = choose(list(NUMBERS))
        unit, values = NUMBERS[code]
        value = choose((values[0], choose(values)))
        limits = {"lvef": {"lln": "53"}, "alt": {"uln": "40"}, "ast": {"uln": "40"}}
        limits["bilirubin"] = {"uln": "21"}
        return {"code": code, "value": value, "unit": unit, **choose((limits.get(code, {}), {}))}

    def _infusion(self, connection: Any, who: str) -> None:
        line = {"kind": "infusion", "patient": who, "on": self._day(who, usually=2)}
        typed.record(connection, {**line, **self._dose(), "confirm": True}, now=self.now)

    def _dose(self) -> dict[str, Any]:
        choose = self.random.choice
        surface = choose(({"bsa_m2": "1.5"}, {"height_cm": "162", "weight_kg": "50"}, {}))
        return {"dose_mg": choose(("18.0", "12", "9.0", "21")), **surface}

    def _symptom(self, connection: Any, who: str) -> None:
        at = self.now - timedelta(hours=self.random.choice((0, 3, 20, 100)))
        line = {"kind": "symptom", "patient": who, "code": self.random.choice(SYMPTOMS)}
        typed.record(connection, {**line, "at": at.isoformat()}, now=self.now)

    def _fact(self, connection: Any, who: str) -> None:
        fact = self.random.choice([*ANSWERS, "active_infection", "active_infection"])
        value = self.random.choice((ANSWERS[fact][0], self.random.choice(ANSWERS[fact])))
        line = {"kind": "fact", "patient": who, "fact": fact, "value": value, "on": self._day(who)}
        typed.record(connection, line, now=self.now)

    def _plan(self, connection: Any, who: str) -> None:
        on = (self.now + timedelta(days=self.random.randint(-3, 100))).date().isoformat()
        typed.record(connection, {"kind": "plan", "patient": who, "on": on}, now=self.now)

    def _change(self, connection: Any, who: str) -> None:
        new = self.random.choice(
            ({"timezone": self.random.choice(ZONES)}, {"can_conceive": False}, {"sex": "female"})
        )
        line = {"kind": "patient_change", "patient": who, "on": self._day(who, usually=0), **new}
        typed.record(connection, line, now=self.now)

    def _pause(self, connection: Any, who: str) -> None:
        line = {"kind": "course_pause", "patient": who, "on": self._day(who, usually=1)}
        typed.record(connection, line, now=self.now)

    def _resume(self, connection: Any, who: str) -> None:
        line = {"kind": "course_resume", "patient": who, "on": self._day(who, usually=0)}
        typed.record(connection, line, now=self.now)

    def _end(self, connection: Any, who: str) -> None:
        line = {"kind": "course_end", "patient": who, "on": self._day(who), "reason": "moved on"}
        typed.record(connection, line, now=self.now)

    def _course(self, connection: Any, who: str) -> None:
        named = f"mitoxantrone-ms-{self.random.choice(PROFILES)}"
        line = {"kind": "course", "patient": who, "protocol": named, "on": self._day(who)}
        typed.record(connection, line, now=self.now)

    def _close(self, connection: Any, who: str) -> None:
        line = {"kind": "close", "patient": who, "on": self._day(who), "reason": "transferred"}
        typed.record(connection, line, now=self.now)

    def _reopen(self, connection: Any, who: str) -> None:
        line = {"kind": "reopen", "patient": who, "on": self._day(who, usually=0)}
        typed.record(connection, line, now=self.now)

    def _correct(self, connection: Any, who: str) -> None:
        row = self._some_fact(connection, who)
        new: dict[str, Any] = {"on": self._day(who)}
        match row.kind:
            case "result":
                value = self._value()
                if value["code"] == row.body["code"]:
                    new = {"value": value["value"], "confirm": True}
            case "infusion":
                new = self.random.choice((new, self._dose())) | {"confirm": True}
            case "fact":
                new = {"value": self.random.choice(ANSWERS[row.body["fact"]])}
            case "symptom":
                at = self.now - timedelta(hours=self.random.randint(0, 200))
                new = {"at": at.isoformat()}
            case _:
                pass
        corrections.correct(connection, row.event, new, reason="misread", by="Dr B", now=self.now)

    def _retract(self, connection: Any, who: str) -> None:
        event = self._some_fact(connection, who).event
        corrections.retract(connection, event, reason="wrong patient", by="Dr B", now=self.now)

    def _waive(self, connection: Any, who: str) -> None:
        protocol = protocols.load(f"mitoxantrone-ms-{self._profiles[who]}")
        rule = self.random.choice([rule.name for rule in protocol.rules()])
        waivers.waive(connection, who, rule, reason="seen by a doctor", by="Dr A", now=self.now)

    def _some_fact(self, connection: Any, who: str) -> Recorded:
        counting = [fact.row for fact in in_force(facts.read(connection, who))]
        newer = [row for row in counting if row.kind not in ("patient", Kind.RETRACTION)][-25:]
        return self.random.choice(newer)

    def _day(self, who: str, *, usually: int = 10) -> str:
        back = self.random.choice((0, 0, self.random.randint(0, usually), 40))
        # In the zones farthest ahead it is tomorrow already.
        hours = self.random.choice((12, 12, 0, -14))
        return (self.now - timedelta(days=back, hours=hours)).date().isoformat()


def documents(connection: Any, who: str, asked: Asked) -> Answer:
    """Answer every question about a patient: gate, upcoming, warnings, exposure, as answers."""
    case = cases.get_case(connection, who, asked)
    return case_documents(case)


def case_documents(case: Case) -> Answer:
    """Answer every question about a patient whose facts have been read."""
    until = case.today + timedelta(days=cases.HORIZON_DAYS)
    found: Answer = {"upcoming": [], "warnings": []}
    for _, assessment in cases.assess(case, until=until):  # every check, whatever its state
        found["upcoming"] += [answers.check_answer(case.patient, c) for c in assessment.checks]
        found["warnings"] += [answers.warning_answer(case.patient, w) for w in assessment.warnings]
    for named in sorted(treatment.timeline.drug for treatment in case.treatments):
        found[f"exposure {named}"] = answers.exposure_answer(case, named)
        for days, dose in ((0, "18.0"), (0, None), (40, None)):
            on = case.today + timedelta(days=days)
            found[f"gate {named} {days} {dose}"] = _gate(case, on, dose, named)
    return found


def _gate(case: Case, on: date, dose: str | None, named: str) -> Answer | str:
    proposed = Proposal()
    if dose is not None:
        proposed = proposal(
            on=on,
            dose_mg=dose,
            height_cm=None,
            weight_kg=None,
            bsa_m2="1.5",
            bsa_formula=None,
            route="iv",
        )
    try:
        gate = cases.ask_gate(case, on=on, proposal=proposed, named=named)
    except Refused as fault:
        return str(fault)
    treatment = case.treatment(named)
    course = treatment.timeline.course_on(min(on, case.today)) or treatment.timeline.courses[0]
    return answers.gate_answer(treatment, gate, treatment.protocol_of(course))


def local_day(moment: datetime, zone: str) -> date:
    """Give the day of a moment in a zone."""
    return moment.astimezone(ZoneInfo(zone)).date()
