"""Histories under the protocols that are not those of `facts.py`, in the same words."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from monitor.domain.assessment import evaluate
from monitor.domain.checks import Check
from monitor.domain.facts import Event, Infusion, Result
from tests.facts import FIRST, answer, infusion, result, started, treatment, woman

TESTS = FIRST - timedelta(5)  # the day of all tests before the first infusion


@dataclass(frozen=True, kw_only=True)
class Other:
    """What is needed under one protocol, harmless throughout, and what speaks against."""

    protocol: str
    drug: str
    answers: dict[str, str]
    normal: dict[str, str]
    bad: dict[str, str]
    lln: dict[str, str] = field(default_factory=dict)
    mg: str
    bsa: str | None
    steps: tuple[int, ...]  # days between infusions, as they are given and as they are not

    def beginning(self) -> list[Event]:
        """Begin a course with everything asked."""
        given = [answer(fact, value, on=TESTS) for fact, value in self.answers.items()]
        return [woman(), started(self.protocol, on=TESTS), *given]

    def measured(self, code: str, value: str, on: date, status: str = "final") -> Result:
        """Record one result."""
        return result(code, value, on=on, status=status, lln=self.lln.get(code))

    def all_results(self, on: date, **other: str | None) -> list[Event]:
        """Do every test, normal unless told otherwise; None leaves one out."""
        values = {**self.normal, **other}
        return [self.measured(code, value, on) for code, value in values.items() if value]

    def dose(self, on: date, *, bsa: str | None = "as usual") -> Infusion:
        """Give the usual dose."""
        return infusion(self.mg, on=on, drug=self.drug, bsa=self.bsa if bsa == "as usual" else bsa)

    def history(self, *days: int) -> list[Event]:
        """Begin a course in order and give a dose on some days after the first."""
        doses = [self.dose(given_on(self, day)) for day in days]
        return [*self.beginning(), *self.all_results(TESTS), *doses]


COUNTS = {
    "haemoglobin": "130",
    "leucocytes": "6.0",
    "neutrophils": "3.2",
    "lymphocytes": "1.8",
    "platelets": "240",
}
OTHERS = {
    "alemtuzumab-ms-us": Other(
        protocol="alemtuzumab-ms-us",
        drug="alemtuzumab",
        answers={
            "hiv": "no",
            "active_infection": "no",
            "hypersensitivity": "no",
            "rems_enrolled": "yes",
        },
        normal={
            **COUNTS,
            "creatinine": "70",
            "urine_cells": "normal",
            "urine_protein": "8",
            "thyroid_tests": "normal",
            "liver_tests": "normal",
            "skin_exam": "normal",
        },
        bad={
            "urine_cells": "red_cells",
            "thyroid_tests": "abnormal",
            "liver_tests": "abnormal",
            "skin_exam": "abnormal",
        },
        mg="12",
        bsa=None,
        steps=(1, 1, 1, 40, 366, 400),
    ),
    "cladribine-ms-us": Other(
        protocol="cladribine-ms-us",
        drug="cladribine",
        answers={
            "hiv": "no",
            "tuberculosis": "no",
            "hepatitis_b": "no",
            "hepatitis_c": "no",
            "baseline_mri": "yes",
            "malignancy": "no",
            "hypersensitivity": "no",
            "pregnancy": "no",
            "breast_feeding": "no",
            "active_infection": "no",
        },
        normal={"lymphocytes": "1.8", "hcg": "negative", "liver_tests": "normal"},
        bad={"lymphocytes": "0.15", "hcg": "positive", "liver_tests": "abnormal"},
        lln={"lymphocytes": "1.0"},
        mg="20",
        bsa=None,
        steps=(1, 1, 25, 40, 310, 330),
    ),
    "doxorubicin-us": Other(
        protocol="doxorubicin-us",
        drug="doxorubicin",
        answers={
            "prior_doxorubicin_mg_m2": "0",
            "prior_related_converted_mg_m2": "0",
            "cardiotoxic_drug": "no",
            "mediastinal_radiotherapy": "no",
            "hypersensitivity": "no",
        },
        normal={"lvef": "62", "neutrophils": "3.2", "platelets": "240", "bilirubin": "9"},
        bad={"lvef": "45", "neutrophils": "0.9", "platelets": "99", "bilirubin": "60"},
        mg="153",
        bsa="2",
        steps=(21, 21, 42, 200),
    ),
}


def given_on(other: Other, day: int) -> date:
    """Give the day so many days after the first infusion's day."""
    return FIRST + timedelta(day)


def checks_of(other: Other, *facts: Event, on: date, until: date | None = None) -> list[Check]:
    """List every check as it stands on a day."""
    return list(evaluate(treatment(*facts), on, until=until).checks)
