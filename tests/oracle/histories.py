"""Histories as Hypothesis draws them: what happens to a patient, and when it becomes known.

Infusions come early, late, at equal distances, on month ends and leap days; results are fresh,
stale, missing, corrected, preliminary, in every accepted unit; symptoms lie at the edges of
days; facts are unknown, or learned late. Values lie around every limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.oracle.clinic import NOW, Clinic

STARTS = [
    date(2019, 8, 31), date(2020, 2, 29), date(2021, 1, 31), date(2021, 11, 30),
    date(2020, 11, 29), date(2022, 3, 15), date(2019, 12, 1), date(2023, 5, 28), date(2022, 12, 30),
]  # fmt: skip
GAPS = {
    "us": [90, 91, 92, 84, 85, 83, 93, 100, 120, 150, 20, 21, 61, 365],
    "eu": [90, 91, 92, 31, 30, 29, 28, 27, 35, 61, 120, 5, 200],
    "fr": [31, 30, 29, 28, 27, 30, 31, 35, 61, 92, 3, 150],
}
AGES = [0, 1, 2, 3, 5, 6, 7, 8, 13, 14, 15, 27, 28, 29, 41, 42, 43, 89, 90, 91, 200]
GOOD_FACTS = {
    "alternatives": "relapses on two other drugs",
    "prior_mitoxantrone_mg_m2": "0",
    "cardiac_disease": "no",
    "prior_anthracycline": "no",
    "mediastinal_radiotherapy": "no",
    "cardiotoxic_drug": "no",
    "hypersensitivity": "no",
    "breast_feeding": "no",
    "hepatic_impairment": "no",
    "treatment_agreement": "yes",
    "active_infection": "no",
}
YES_NO = [fact for fact, value in GOOD_FACTS.items() if value in ("yes", "no")]
BESIDE = ["pregnancy", "malignancy"]  # which no requirement asks for
KINDS = [
    "relapsing_remitting", "worsening_relapsing_remitting", "highly_active_relapsing",
    "secondary_progressive", "progressive_relapsing", "primary_progressive",
]  # fmt: skip
GOOD = {
    "lvef": ["60", "62", "55", "58.5", "52.1"],
    "neutrophils": ["3.2", "2.0", "1.6", "1.5"],
    "platelets": ["210", "100", "150"],
    "lymphocytes": ["1.5", "1.0"],
    "leucocytes": ["6", "4.0"],
    "haemoglobin": ["130", "100"],
    "temperature": ["36.8", "37.9"],
    "alt": ["30", "40"], "ast": ["30", "40"], "alp": ["80", "120"], "bilirubin": ["10", "17.104"],
    "creatinine": ["80", "90", "60", "50"],
}  # fmt: skip
BAD = {
    "lvef": ["49.9", "50", "45", "51", "52", "50.1"],
    "neutrophils": ["1.499", "1.4", "0.9", "0.4", "0.7", "1.0", "0.5", "0.499", "1.9"],
    "platelets": ["99", "99.9", "60", "49", "50", "20", "19", "8"],
    "lymphocytes": ["0.9", "0.999"],
    "leucocytes": ["3.9", "2.5", "1.5", "0.9", "1.0", "105", "30", "31", "0.4", "0.5"],
    "haemoglobin": ["99", "80", "79", "69", "70", "110", "111", "60"],
    "temperature": ["38.0", "39.1"],
    "alt": ["40.1", "90", "400", "401", "501"], "ast": ["41", "401", "500"], "alp": ["121"],
    "bilirubin": ["17.105", "40", "171", "172"],
    "creatinine": ["160", "161", "120", "354", "355", "181"],
}  # fmt: skip
WORDS = {
    "ecg": ("normal", ["abnormal"]),
    "cardiac_exam": ("normal", ["abnormal"]),
    "liver_tests": ("normal", ["abnormal"]),
    "hcg": ("negative", ["positive", "indeterminate", "indeterminate"]),
    "urinalysis": ("normal", ["infection"]),
    "blasts": ("absent", ["present"]),
}
CELLS = ["10*9/L", "10*3/uL", "/uL", "cells/uL", "/mm3", "10^9/L", "G/L", "K/uL"]
IN_FIRST = {"10*9/L", "10*3/uL", "10^9/L", "G/L", "K/uL"}  # the others count single cells
UNITS = {
    "lvef": ["%"], "neutrophils": CELLS, "platelets": CELLS, "lymphocytes": CELLS,
    "leucocytes": CELLS, "haemoglobin": ["g/L", "g/dL", "g/dl"], "temperature": ["Cel"],
    "alt": ["U/L"], "ast": ["U/L"], "alp": ["U/L"], "bilirubin": ["umol/L"],
    "creatinine": ["umol/L"], "height": ["cm"], "weight": ["kg"],
}  # fmt: skip
OWN_LIMITS = {"alt": "40", "ast": "40", "alp": "120", "bilirubin": "17.104"}
BEFORE = ["lvef", "ecg", "cardiac_exam", "neutrophils", "platelets", "lymphocytes", "hcg"]
SYMPTOMS = [
    "fever", "fever", "fever", "fever", "fever", "chills", "cough", "painful_urination",
    "breathlessness", "ankle_swelling", "palpitations", "bleeding", "bruising", "fatigue",
    "infusion_site_pain",
]  # fmt: skip
WAIVED = [
    "lvef", "pregnancy-test", "ecg", "cardiac-exam", "infection-screen", "liver-tests",
    "neutrophils", "platelets", "lymphocytes", "dose-interval", "hypersensitivity", "cardiac-risk",
    "liver-disease", "indication", "breast-feeding", "prior-mitoxantrone", "next-infusion",
    "cbc-nadir", "cbc-follow-up", "lvef-follow-up", "cbc-now", "lvef-now", "suspected-leukaemia",
    "positive-pregnancy-test", "given-against-gate", "lifetime-dose", "body-surface",
    "unexplained-cytopenia", "critical-result", "dose-size", "route", "overdose-or-wrong-route",
    "recovery-count", "cbc-weekly",
]  # fmt: skip
DOSES = [
    "21.0", "21", "18.5", "20", "20.1", "22.05", "22.06", "14", "25", "12", "21.525", "21.53",
    "31.5", "31.51", "42", "42.01", "60", "18", "18.01", "18.45", "18.46", "18.9", "18.91",
]  # fmt: skip
SURFACES = ["1.75", "1.5", "1.6667", "1.9"]
TIDY_DOSE = {"us": "21.0", "eu": "21.0", "fr": "20"}  # at most 12 mg/m² of 1.75 m²
PRIOR = [
    "36", "12", "70", "72", "140", "71.95", "71.9", "66", "66.1", "139.95", "134", "134.5", "110",
    "54.5",
]  # fmt: skip
ROLLED = 1200  # bytes; what lies beyond them is ordinary
ASKED = 120  # of them, for the questions


@dataclass(frozen=True)
class Ask:
    """One day's questions: as of it, for an infusion on another, with what was known."""

    as_of: date
    on: date
    known: datetime
    dose: dict[str, str]


@dataclass(frozen=True)
class History:
    """A record and what is asked about it."""

    clinic: Clinic
    asks: list[Ask]

    def __repr__(self) -> str:
        told = [f"  {t.seq} {t.at:%Y-%m-%d} {t.corrects or ''} {t.line}" for t in self.clinic.told]
        return "\n".join([f"{self.clinic.profile}:", *told, *(f"  ask {ask}" for ask in self.asks)])


class Dice:
    """Reads numbers off bytes that Hypothesis drew; no bytes, or zeros, are the ordinary story.

    One draw of a history's every number by itself would take longer than to compare it.
    """

    def __init__(self, rolled: bytes) -> None:
        self._rolled = rolled
        self.used = 0

    def number(self, first: int, last: int) -> int:
        """Roll a number, both ends included."""
        width = 1 if last - first < 100 else 2
        rolled = self._rolled[self.used : self.used + width]
        self.used += width
        return first + int.from_bytes(rolled, "big") % (last - first + 1)

    def pick(self, options: Sequence[Any]) -> Any:
        """Roll one of several, the first being the ordinary one."""
        return options[self.number(0, len(options) - 1)]

    def once_in(self, times: int) -> bool:
        """Roll whether something rare happens."""
        return self.number(0, times - 1) == times - 1


class Story:
    """What happens, collected before it is recorded in the order in which it becomes known."""

    def __init__(self, dice: Dice, profile: str) -> None:
        self.dice = dice
        self.profile = profile
        self.start = dice.pick(STARTS)
        # A tidy story goes as it should until one thing happens: what is said of it stands alone.
        self.tidy = dice.once_in(2)
        # How facts become known: at once, a little late, or as old records long afterwards.
        self.delays = dice.pick([[0], [0, 0, 0, 1, 3], [0, 0, 30, 31, 90], [1500]])
        self.trouble = dice.pick([40, 15, 6, 1000])  # something is wrong once in so many
        if self.tidy:
            self.delays, self.trouble = dice.pick([[0], [0, 0, 0, 1, 3]]), 1000
        self.lines: list[tuple[datetime, str, dict[str, Any]]] = []

    def day(self, number: int) -> date:
        """Give the day so many days after the first."""
        return self.start + timedelta(days=number)

    def add(self, number: int, line: dict[str, Any], kind: str = "line") -> None:
        """Let something happen on a day."""
        on = self.day(number)
        if on > NOW.date() and kind != "plan":
            return
        learned = on + timedelta(self.dice.pick(self.delays)) if kind != "waive" else on
        at = min(datetime.combine(learned, time(12), UTC), NOW)
        self.lines.append((at, kind, {**line, "on": on.isoformat()}))

    def result(self, code: str, number: int, *, bad: bool | None = None) -> None:
        """Let a test be done: on a day, good or bad, in one of its units."""
        dice = self.dice
        if bad is None:
            bad = dice.once_in(self.trouble)
        line: dict[str, Any] = {"kind": "result", "patient": "P", "code": code, "confirm": True}
        if code in WORDS:
            normal, wrong = WORDS[code]
            line["value"] = dice.pick(wrong) if bad else normal
        else:
            value = Decimal(dice.pick(BAD[code] if bad else GOOD[code]))
            unit = dice.pick(UNITS[code]) if dice.once_in(3) else UNITS[code][0]
            if unit in CELLS and unit not in IN_FIRST:
                value *= 1000
            line |= {"value": f"{value:f}", "unit": unit}
            if unit in ("g/dL", "g/dl"):
                line["value"] = f"{value / 10:f}"
            if code in OWN_LIMITS and not dice.once_in(15):
                line["uln"] = OWN_LIMITS[code]
            if code == "bilirubin" and dice.once_in(4):
                line |= {"unit": "mg/dL", "value": dice.pick(["0.5", "1", "1.01"])}
                line |= {"uln": "1"} if "uln" in line else {}
            if code == "lvef" and dice.once_in(10):
                line["lln"] = dice.pick(["48", "52", "55"])
        if dice.once_in(25):
            line["status"] = dice.pick(["corrected", "preliminary", "unsuitable"])
        if dice.once_in(30):
            line["second"] = True
        self.add(number, line)
        if line.get("status") == "corrected" and dice.once_in(2):
            other = [*GOOD.get(code, []), *BAD.get(code, [])]
            again = WORDS[code][0] if code in WORDS else dice.pick(other)
            unit = {} if code in WORDS else {"unit": UNITS[code][0]}
            self.add(number, {**line, "value": again, **unit})

    def panel(self, number: int, share: int = 20, stale: int = 10) -> None:
        """Let all tests be done before a day; once in so many one is left out, or is old."""
        dice = self.dice
        for code in [*BEFORE, "urinalysis", "liver"]:
            if dice.once_in(share):
                continue
            age = dice.pick(AGES) if dice.once_in(stale) else dice.number(0, 5)
            if code != "liver":
                self.result(code, number - age)
            elif not dice.once_in(3):
                self.result("liver_tests", number - age)
            else:
                for part in ("alt", "ast", "bilirubin"):
                    if not dice.once_in(15):
                        self.result(part, number - age - dice.pick([0, 0, 1, 20]))

    def infusion(self, number: int) -> None:
        """Let a dose be given."""
        dice = self.dice
        drug = f"mitoxantrone-ms-{self.profile}"
        line: dict[str, Any] = {"kind": "infusion", "patient": "P", "protocol": drug}
        line["confirm"] = True
        line["dose_mg"] = TIDY_DOSE[self.profile] if self.tidy else dice.pick(DOSES)
        how = 0 if self.tidy else dice.number(0, 9)
        if self.tidy:
            line |= {"height_cm": "175", "weight_kg": "63"}
        elif how < 5:
            line |= {"height_cm": "175", "weight_kg": dice.pick(["63", "63", "70", "58"])}
            if how == 4:
                line["bsa_formula"] = "dubois"
        elif how < 9:
            line["bsa_m2"] = dice.pick(SURFACES)
        if dice.once_in(200 if self.tidy else 50):
            line["route"] = dice.pick(["im", "intrathecal"])
        self.add(number, line)
        if not self.tidy and dice.once_in(15):
            rest = {**line, "dose_mg": dice.pick(["5", "9", "2"]), "part_of": None}
            self.add(number + dice.pick([0, 1]), rest)
        if not self.tidy and dice.once_in(30):
            self.add(number, {**line, "dose_mg": dice.pick(["2", "9", "21"]), "second": True})

    def symptom(self, number: int) -> None:
        """Let the patient notice something, at any hour; the day is that of the patient's zone."""
        dice = self.dice
        line = {"kind": "symptom", "patient": "P", "code": dice.pick(SYMPTOMS), "confirm": True}
        clock = dice.pick(["12:00:00+00:00", "23:30:00+00:00", "00:30:00+00:00", "06:00:00-08:00"])
        at = f"{self.day(number)}T{clock}"
        on = self.day(number)
        if on >= NOW.date() - timedelta(2):
            return
        learned = min(datetime.combine(on + timedelta(2), time(12), UTC), NOW)
        self.lines.append((learned, "line", {**line, "at": at}))
        if dice.once_in(2):
            self.result("neutrophils", number + dice.number(-8, 3), bad=dice.once_in(2))
        if dice.once_in(3):
            self.result("platelets", number + dice.number(-2, 5))
        if dice.once_in(3):
            self.result("neutrophils", number + dice.number(-8, 3), bad=True)
        if dice.once_in(6):
            self.result("neutrophils", number - dice.number(9, 40), bad=True)
        if dice.once_in(6):
            self.result("leucocytes", number - dice.number(0, 8), bad=True)

    def something(self, number: int) -> None:
        """Let one thing more happen about a day."""
        dice = self.dice
        kind = dice.pick(
            ["count", "symptom", "symptom", "symptom", "symptom", "temperature", "leucocytes",
             "haemoglobin", "blasts",
             "answer", "size", "alp", "low lines", "count", "answer", "waived", "creatinine",
             "one line", "change", "liver"]
        )  # fmt: skip
        on = number + (dice.number(1, 15) if self.tidy else dice.number(1, 60))
        match kind:
            case "count":
                on = number + dice.pick([7, 10, 14, 6, 15, 20, 21, 22, 28, 29])
                self.result("neutrophils", on)
                self.result("platelets", on)
            case "symptom":
                self.symptom(on)
            case "answer":
                fact = dice.pick(["active_infection", *YES_NO, *BESIDE, "active_infection"])
                said = dice.pick(["yes", "no", "unknown"])
                line = {"kind": "fact", "patient": "P", "fact": fact, "value": said}
                self.add(on, {**line, "second": True})
            case "size":
                for code, value in (("height", "175"), ("weight", dice.pick(["63", "70"]))):
                    line = {"kind": "result", "patient": "P", "code": code, "value": value}
                    self.add(on + dice.pick([0, 0, 5]), {**line, "unit": UNITS[code][0]})
            case "waived":
                self.add(number + dice.number(0, 90), {"rule": dice.pick(WAIVED)}, "waive")
            case "one line":
                code = dice.pick(["platelets", "neutrophils", "haemoglobin"])
                for later in (0, dice.pick([13, 14, 30]), dice.pick([7, 40])):
                    self.result(code, on + later, bad=not dice.once_in(6))
            case "change":
                able = [{"can_conceive": can} for can in (True, False)]
                sexes = [{"sex": sex} for sex in ("male", "female")]
                self.add(on, dice.pick([*sexes, *able]), "change")
            case "liver":
                for code in ("alt", "ast", "bilirubin"):
                    self.result(code, on, bad=dice.once_in(3))
            case "low lines":
                self.result("neutrophils", on, bad=True)
                self.result("platelets", on + dice.pick([0, 7, 8]), bad=True)
                self.result("haemoglobin", on - dice.pick([0, 7, 8]), bad=True)
            case _:
                self.result(kind, on, bad=dice.once_in(2))


def histories(profile: str, days: int) -> st.SearchStrategy[History]:
    """Draw a record under a profile, and so many days on which it is asked about."""
    rolled = st.binary(min_size=ROLLED, max_size=ROLLED)
    return rolled.map(lambda numbers: tell(profile, days, numbers))


def tell(profile: str, days: int, rolled: bytes) -> History:
    """Tell the history that stands in some bytes."""
    dice, asker = Dice(rolled[:-ASKED]), Dice(rolled[-ASKED:])
    story = Story(dice, profile)
    last = _happen(story)
    clinic = Clinic(profile)
    _record(story, clinic, dice, last)
    asks = [_ask(story, asker, last) for _ in range(days)]
    return History(clinic, [ask for ask in asks if ask is not None])


def _happen(story: Story) -> int:
    """Tell the course from its infusions; gives the number of its last day."""
    dice, day = story.dice, 0
    given = dice.pick([2, 0, 1, 3, 4, 5, 6, 7])
    equal = dice.once_in(3)
    if not story.tidy and dice.once_in(15):
        story.add(dice.pick([-300, 10, 100]), {}, "related")
    if not story.tidy and dice.once_in(10):  # before the course began
        story.infusion(-dice.pick([15, 14, 21, 22, 54, 55, 300]))
    gap = dice.pick(GAPS[story.profile])
    if story.tidy:
        return _tidy(story, given % 5)
    for _ in range(given):
        if not dice.once_in(12):
            story.panel(day)
        story.infusion(day)
        for _ in range(dice.pick([0, 1, 1, 2])):
            story.something(day)
        day += gap if equal else dice.pick(GAPS[story.profile])
    for _ in range(dice.pick([1, 0, 2])):
        story.panel(day + dice.pick([0, 0, 3, 40]), *dice.pick([(150, 60), (30, 20), (6, 4)]))
    for _ in range(dice.pick([0, 0, 1, 3])):
        story.something(day + dice.pick([-60, -30, 0, 60, 300, 700]))
    if dice.once_in(3):
        story.result("lvef", day + dice.pick([200, 330, 365, 395, 700]))
        story.result("neutrophils", day + (late := dice.pick([70, 91, 160, 200, 900])))
        story.result("platelets", day + late)
    return day


def _tidy(story: Story, given: int) -> int:
    """Tell a course without a fault up to the tests of the next infusion, and something besides."""
    gap = 92 if story.profile != "fr" else 31
    for number in range(given):
        story.panel(number * gap, 1000, 1000)
        story.infusion(number * gap)
        if number == given - 1:
            for _ in range(story.dice.pick([1, 0, 2])):
                story.something(number * gap)
    story.panel(given * gap, 1000, 1000)
    if story.dice.once_in(3):
        story.symptom(given * gap - story.dice.number(0, gap - 1))
    for _ in range(story.dice.pick([1, 1, 0, 2])):
        story.something(given * gap - story.dice.pick([15, 8, 3, 1, 30]))
    return given * gap


def _record(story: Story, clinic: Clinic, dice: Dice, last: int) -> None:
    """Record what happened as it becomes known, with mistakes, bookings, pauses and waivers."""
    begin = story.day(-dice.pick([7, 40, 0, 1]))
    patient: dict[str, Any] = {"kind": "patient", "id": "P"}
    patient["timezone"] = dice.pick(["Europe/London", "America/Los_Angeles", "Asia/Tokyo"])
    sex = dice.pick(["female", "female", "female", "male", None])
    able = dice.pick([True, True, None, False])
    born = dice.pick(
        ["1980-05-05"]
        if story.tidy
        else ["1980-05-05", "1980-05-05", "2004-02-29", "2003-02-28", "2002-06-30", None]
    )
    known = {"sex": sex, "can_conceive": able, "born": born}
    patient |= {key: value for key, value in known.items() if value is not None}
    clean = story.tidy or not dice.once_in(3)
    kind = {"eu": "highly_active_relapsing"}.get(story.profile, "secondary_progressive")
    facts = {"ms_type": kind, **GOOD_FACTS}
    for fact in list(facts):
        if dice.once_in(250 if clean else 8):
            del facts[fact]
        elif not clean and dice.once_in(8):
            other = {"ms_type": KINDS, "prior_mitoxantrone_mg_m2": PRIOR}
            facts[fact] = dice.pick(other.get(fact, ["yes", "unknown", "no"]))
    learned = min(datetime.combine(begin, time(12), UTC), NOW)
    protocol = f"mitoxantrone-ms-{story.profile}"
    course = {"kind": "course", "patient": "P", "protocol": protocol}
    assert clinic.record(patient, learned)
    assert clinic.record({**course, "on": begin.isoformat(), "facts": facts}, learned)

    for kind, times in (
        ("plan", 3),
        ("cancel", 8),
        ("pause", 8),
        ("end", 4),
        ("close", 25),
        ("waive", 2),
    ):
        if dice.once_in(times * 8 if story.tidy and kind != "waive" else times):
            for _ in range(dice.pick([1, 2, 3]) if kind in ("plan", "waive") else 1):
                on = dice.pick([last, last - 1, last + 1, dice.number(-5, last + 60)])
                story.add(on, {"rule": dice.pick(WAIVED)} if kind == "waive" else {}, kind)
                if kind in ("pause", "end", "close") and dice.once_in(2):
                    back = {"pause": "resume", "end": "again", "close": "reopen"}[kind]
                    story.add(on + dice.pick([0, 1, 20, 90]), {}, back)
    mistakes = 0 if story.tidy and not dice.once_in(4) else dice.pick([0, 0, 1, 2])
    for at, kind, line in sorted(story.lines, key=lambda known: known[0]):
        at = max(at, learned)
        _record_one(clinic, dice, kind, line, at, course)
    for _ in range(mistakes):
        _mistake(clinic, dice)


def _record_one(
    clinic: Clinic, dice: Dice, kind: str, line: dict[str, Any], at: datetime, course: dict
) -> None:
    on = line.get("on")
    match kind:
        case "related":
            clinic.record_anthracycline(line["on"], at)
        case "line" if "part_of" in line:
            clinic.record_part(line, at)
        case "line":
            clinic.record(line, at)
        case "change":
            clinic.pause_or_close("change", line, at)
        case "waive":
            clinic.waive(line["rule"], date.fromisoformat(line["on"]), at)
        case "end":
            end = {"kind": "course_end", "patient": "P", "on": on, "reason": "enough"}
            clinic.record({**end, "protocol": course["protocol"]}, at)
        case "again":
            clinic.record({**course, "on": on, "facts": {}}, at)
        case "close":
            clinic.pause_or_close(kind, {"on": on, "reason": "transferred", "by": "Dr A"}, at)
        case "reopen":
            clinic.pause_or_close(kind, {"on": on, "by": "Dr A"}, at)
        case _:
            clinic.pause_or_close(kind, {"on": on}, at)


def _mistake(clinic: Clinic, dice: Dice) -> None:
    """Correct or take back a result, an infusion or a symptom, some days after it was recorded."""
    replaced = {told.corrects for told in clinic.told}
    wrong = [
        told
        for told in clinic.told
        if told.line is not None
        and told.line["kind"] in ("result", "infusion", "symptom")
        and "drug" not in told.line
        and told.seq not in replaced
    ]
    if not wrong:
        return
    told = dice.pick(wrong)
    at = max(clinic.told[-1].at, min(told.at + timedelta(dice.pick([0, 5, 60])), NOW))
    line: dict[str, Any] | None = None
    if not dice.once_in(3):
        assert told.line is not None
        line = dict(told.line)
        code = line.get("code")
        if line["kind"] == "infusion":
            line["dose_mg"] = dice.pick(DOSES)
        elif code in WORDS:
            line["value"] = dice.pick([WORDS[code][0], *WORDS[code][1]])
        elif code in GOOD and line["kind"] == "result":
            line |= {"value": dice.pick([*GOOD[code], *BAD[code]]), "unit": UNITS[code][0]}
            line |= {"uln": OWN_LIMITS[code]} if "uln" in line else {}
        elif "on" in line:
            line["on"] = (date.fromisoformat(line["on"]) - timedelta(1)).isoformat()
    clinic.correct(told.seq, line, at)


def _ask(story: Story, dice: Dice, last: int) -> Ask | None:
    days = [line["on"] for _, _, line in story.lines if "on" in line] or [str(story.start)]
    signs = [line["at"][:10] for _, _, line in story.lines if "at" in line]
    if signs and dice.once_in(2):
        days = signs
    after = date.fromisoformat(dice.pick(days)) + timedelta(dice.pick([0, 0, 1, 2, 7, 14, 15]))
    number = dice.pick(
        [
            last,
            last + dice.number(0, 8),
            (after - story.start).days,
            last + dice.number(-60, 60),
            (after - story.start).days,
            dice.number(-20, last + 30),
            last if story.tidy else dice.number(0, last + 900),
        ]
    )
    as_of = min(story.day(number), NOW.date())
    on = as_of + timedelta(dice.pick([0, 0, 0, 3, 10, 30, -5]))
    known = NOW if not dice.once_in(3) else datetime.combine(as_of, time(23), UTC)
    if story.tidy and dice.once_in(2):  # on the day of the next infusion, all tests being there
        as_of = on = min(story.day(last), NOW.date())
        dose = {"dose_mg": TIDY_DOSE[story.profile], "bsa_m2": "1.75"}
        return Ask(as_of=as_of, on=on, known=NOW, dose=dose)
    dose: dict[str, str] = {}
    how = dice.number(0, 5)
    if how >= 2:
        dose["dose_mg"] = dice.pick([*DOSES, "21.003"])
    if how in (2, 3):
        dose["bsa_m2"] = dice.pick(SURFACES)
    if how == 4:
        dose |= {"height_cm": "175", "weight_kg": dice.pick(["63", "70"])}
    if dice.once_in(20):
        dose["route"] = "intrathecal"
    return Ask(as_of=as_of, on=on, known=min(known, NOW), dose=dose)
