"""The kinds of rules, by the word that protocols use for them.

A new kind is one class, one line here, and its cases.
"""

from monitor.domain.after_infusions import AfterLowNadir, AtCourseEnd
from monitor.domain.after_rounds import AfterEachRound, AfterLowResult
from monitor.domain.answers import Age, Asked, PriorExposure
from monitor.domain.baseline import AgainstBaseline
from monitor.domain.ceiling import Ceiling
from monitor.domain.clause import Rule
from monitor.domain.combined import Prophylaxis, RisingWith
from monitor.domain.critical import CriticalResult
from monitor.domain.dosing import BodySurface, DoseSize, Interval, Route
from monitor.domain.early_signs import SignsAfterStart
from monitor.domain.expectations import AfterEachInfusion, AtSymptom, NextInfusion, Series
from monitor.domain.febrile import FeverWithLowCount
from monitor.domain.fever import AtFever
from monitor.domain.findings import (
    ExposureUnknown,
    FoundInFacts,
    GivenAgainstGate,
    LowResult,
    ResultWord,
    SymptomReported,
    TotalAbove,
)
from monitor.domain.given_wrong import OverdoseOrWrongRoute
from monitor.domain.lasting import Recurring, SeriesAbove
from monitor.domain.levels import CountLevel, OnSchedule
from monitor.domain.low_lines import LowAgain, LowLines
from monitor.domain.phased import PhasedCount
from monitor.domain.recorded_against import RecordedAgainst
from monitor.domain.repeats import CriticalRepeat, SampleRepeat
from monitor.domain.restarting import RestartDose
from monitor.domain.results import ResultRequired
from monitor.domain.rounds import Rounds
from monitor.domain.warning import Window

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
