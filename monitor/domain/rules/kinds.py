"""The kinds of rules, by the word that protocols use for them.

A new kind is one class, one line here, and its cases.
"""

from monitor.domain.rule import Rule
from monitor.domain.rules.after_infusions import AfterLowNadir, AtCourseEnd
from monitor.domain.rules.after_rounds import AfterEachRound, AfterLowResult
from monitor.domain.rules.asked import Age, Asked, PriorExposure
from monitor.domain.rules.at_fever import AtFever
from monitor.domain.rules.baseline import AgainstBaseline
from monitor.domain.rules.ceiling import Ceiling
from monitor.domain.rules.combined import Prophylaxis, RisingWith
from monitor.domain.rules.count_level import CountLevel, OnSchedule
from monitor.domain.rules.critical_result import CriticalResult
from monitor.domain.rules.dosing import BodySurface, DoseSize, Interval, Route
from monitor.domain.rules.early_symptoms import SignsAfterStart
from monitor.domain.rules.expectations import AfterEachInfusion, AtSymptom, NextInfusion, Series
from monitor.domain.rules.fever_with_low_count import FeverWithLowCount
from monitor.domain.rules.found_in_facts import (
    ExposureUnknown,
    FoundInFacts,
    GivenAgainstGate,
    LowResult,
    ResultWord,
    SymptomReported,
    TotalAbove,
)
from monitor.domain.rules.lasting import Recurring, SeriesAbove
from monitor.domain.rules.low_lines import LowAgain, LowLines
from monitor.domain.rules.overdose import OverdoseOrWrongRoute
from monitor.domain.rules.phased_count import PhasedCount
from monitor.domain.rules.recorded_against import RecordedAgainst
from monitor.domain.rules.repeats import CriticalRepeat, SampleRepeat
from monitor.domain.rules.restart_dose import RestartDose
from monitor.domain.rules.result import ResultRequired
from monitor.domain.rules.rounds import Rounds
from monitor.domain.rules.warning import Window

RequirementRule = (
    Asked
    | PriorExposure
    | Age
    | ResultRequired
    | Ceiling
    | Interval
    | DoseSize
    | Route
    | BodySurface
    | Rounds
    | CountLevel
    | OnSchedule
    | RestartDose
    | RecordedAgainst
)
CheckRule = (
    NextInfusion
    | AfterEachInfusion
    | Series
    | AtSymptom
    | Recurring
    | AfterEachRound
    | AfterLowResult
    | SeriesAbove
    | PhasedCount
    | AtFever
    | CriticalRepeat
    | SampleRepeat
    | AfterLowNadir
    | AtCourseEnd
)
WarningRule = (
    Window
    | FoundInFacts
    | FeverWithLowCount
    | LowLines
    | LowAgain
    | CriticalResult
    | GivenAgainstGate
    | Prophylaxis
    | RisingWith
    | OverdoseOrWrongRoute
    | AgainstBaseline
    | SignsAfterStart
)

REQUIREMENTS: dict[str, type[Rule]] = {
    "asked": Asked,
    "prior_exposure": PriorExposure,
    "age": Age,
    "result": ResultRequired,
    "ceiling": Ceiling,
    "interval": Interval,
    "dose_size": DoseSize,
    "route": Route,
    "body_surface": BodySurface,
    "rounds": Rounds,
    "count_level": CountLevel,
    "on_schedule": OnSchedule,
    "restart_dose": RestartDose,
}
CHECKS: dict[str, type[Rule]] = {
    "next_infusion": NextInfusion,
    "after_each_infusion": AfterEachInfusion,
    "series": Series,
    "at_symptom": AtSymptom,
    "recurring": Recurring,
    "after_each_round": AfterEachRound,
    "after_low_result": AfterLowResult,
    "series_above": SeriesAbove,
    "phased_count": PhasedCount,
    "at_fever": AtFever,
    "critical_repeat": CriticalRepeat,
    "sample_repeat": SampleRepeat,
    "after_low_nadir": AfterLowNadir,
    "at_course_end": AtCourseEnd,
}
WARNINGS: dict[str, type[Rule]] = {
    "window": Window,
    "low_result": LowResult,
    "result_word": ResultWord,
    "symptom": SymptomReported,
    "fever_with_low_count": FeverWithLowCount,
    "low_lines": LowLines,
    "total_above": TotalAbove,
    "exposure_unknown": ExposureUnknown,
    "given_against_gate": GivenAgainstGate,
    "prophylaxis": Prophylaxis,
    "rising_with": RisingWith,
    "against_baseline": AgainstBaseline,
    "signs_after_start": SignsAfterStart,
    "critical_result": CriticalResult,
    "low_again": LowAgain,
    "overdose_or_wrong_route": OverdoseOrWrongRoute,
}
