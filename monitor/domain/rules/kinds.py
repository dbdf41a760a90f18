"""The kinds of rules: a new kind is one class, one name here, and its cases."""

import inspect
from collections.abc import Iterable, Mapping

from monitor.domain.keys import keys
from monitor.domain.rule import ALWAYS, DAILY, INFUSED, Rule
from monitor.domain.rules.against_baseline import AgainstBaseline
from monitor.domain.rules.age import Age
from monitor.domain.rules.asked import PriorExposure, QuestionsAsked
from monitor.domain.rules.ceiling import Ceiling
from monitor.domain.rules.combined import Prophylaxis, RisingWith
from monitor.domain.rules.compared import Compared
from monitor.domain.rules.count_level import CountLevel
from monitor.domain.rules.critical_result import CriticalResult
from monitor.domain.rules.dosing import BodySurface, DoseSize, Interval, Route
from monitor.domain.rules.early_symptoms import SignsAfterStart
from monitor.domain.rules.expectations import NextInfusion
from monitor.domain.rules.fever_with_low_count import FeverWithLowCount
from monitor.domain.rules.found_in_facts import (
    LowResult,
    ResultWord,
    SymptomReported,
)
from monitor.domain.rules.given_against_gate import GivenAgainstGate
from monitor.domain.rules.low_again import LowAgain
from monitor.domain.rules.low_lines import LowLines
from monitor.domain.rules.on_schedule import OnSchedule
from monitor.domain.rules.overdose import OverdoseOrWrongRoute
from monitor.domain.rules.phased_count import PhasedCount
from monitor.domain.rules.recorded_against import RecordedAgainst
from monitor.domain.rules.repeats import CriticalRepeat, SampleRepeat
from monitor.domain.rules.restart_dose import RestartDose
from monitor.domain.rules.result import ResultRequired
from monitor.domain.rules.rounds import Rounds
from monitor.domain.rules.scheduled import Scheduled
from monitor.domain.rules.series import Recurring, Series, SeriesAbove
from monitor.domain.rules.short_forms import (
    AfterEachInfusion,
    AfterEachRound,
    AfterLowNadir,
    AfterLowResult,
    AtCourseEnd,
    AtFever,
    AtSymptom,
)
from monitor.domain.rules.totals import ExposureUnknown, TotalAbove
from monitor.domain.rules.window import Window

_KINDS: tuple[type[Rule], ...] = (
    QuestionsAsked,
    PriorExposure,
    Age,
    ResultRequired,
    Ceiling,
    Interval,
    DoseSize,
    Route,
    BodySurface,
    Rounds,
    CountLevel,
    OnSchedule,
    RestartDose,
    Compared,
    NextInfusion,
    Scheduled,
    AfterEachInfusion,
    Series,
    AtSymptom,
    Recurring,
    AfterEachRound,
    AfterLowResult,
    SeriesAbove,
    PhasedCount,
    AtFever,
    CriticalRepeat,
    SampleRepeat,
    AfterLowNadir,
    AtCourseEnd,
    Window,
    LowResult,
    ResultWord,
    SymptomReported,
    FeverWithLowCount,
    LowLines,
    TotalAbove,
    ExposureUnknown,
    GivenAgainstGate,
    Prophylaxis,
    RisingWith,
    AgainstBaseline,
    SignsAfterStart,
    CriticalResult,
    LowAgain,
    OverdoseOrWrongRoute,
)


def registered(kinds: Iterable[type[Rule]]) -> Mapping[str, Mapping[str, type[Rule]]]:
    """Give the kinds of each section by their word; raises TypeError where one lacks something."""
    sections: dict[str, dict[str, type[Rule]]] = {"requirements": {}, "checks": {}, "warnings": {}}
    for cls in kinds:
        missing = sorted(cls.__abstractmethods__)
        missing += [name for name in ("section", "kind") if not getattr(cls, name, "")]
        missing += ["acts_where"] if not hasattr(cls, "acts_where") else []
        kind = f"the kind of rule {cls.__name__}"
        if missing or inspect.isabstract(cls):
            raise TypeError(f"{kind} does not say: {', '.join(missing)}")
        if cls.acts_where not in (ALWAYS, INFUSED, DAILY):
            raise TypeError(f"{kind}: write in `acts_where` ALWAYS, INFUSED or DAILY")
        unknown = [key for key in (*cls.means, *cls.of_infusions) if key not in keys(cls)]
        if unknown:
            raise TypeError(f"{kind}: it has no key {', '.join(unknown)}")
        if any(cls.kind in known for known in sections.values()):
            raise TypeError(f"{kind}: '{cls.kind}' is taken")
        sections[cls.section][cls.kind] = cls
    return sections


SECTIONS = registered(_KINDS)
OF_EVERY_GATE = registered((RecordedAgainst, OverdoseOrWrongRoute))
