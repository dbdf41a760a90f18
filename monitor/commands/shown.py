"""Answers about patients in words and tables."""

from collections.abc import Iterable
from functools import partial, singledispatch

from monitor.commands.check_table import COLUMNS, Row, by_patient, check_rows
from monitor.commands.gate_words import (
    NOT_REVIEWED,
    lifetime_words,
    show_gate,
    show_gates,
    show_unknown,
)
from monitor.commands.render import columns, say, table, values
from monitor.commands.result_table import show_results
from monitor.domain.rules.answer import NO_COURSE
from monitor.service.asking.answers import (
    ChecksAnswer,
    ExposureAnswer,
    GateAnswer,
    GatesAnswer,
    WarningsAnswer,
)
from monitor.service.asking.cases import LISTED
from monitor.service.asking.explain import Explanation
from monitor.service.asking.history import HistoryAnswer
from monitor.service.asking.identity import Person
from monitor.service.asking.patients import PatientAnswer, PatientsAnswer
from monitor.service.asking.results_list import ResultsAnswer

LISTS = (
    ChecksAnswer,
    GatesAnswer,
    HistoryAnswer,
    PatientsAnswer,
    ResultsAnswer,
    WarningsAnswer,
)


@singledispatch
def in_words(answer: object) -> None:
    """Show an answer; each class of answers has its own way."""
    raise NotImplementedError(type(answer))


@singledispatch
def in_full(answer: object) -> None:
    """Show an answer and leave nothing to another option."""
    in_words(answer)


in_full.register(GateAnswer, partial(show_gate, full=True))
in_words.register(GateAnswer, show_gate)
in_words.register(GatesAnswer, show_gates)
in_words.register(ResultsAnswer, show_results)


@in_words.register
def _show_patient(answer: PatientAnswer) -> None:
    known = [
        (key.replace("_", " "), _word(getattr(answer, key)))
        for key in ("id", "name", "sex", "born", "can_conceive", "timezone", "language")
    ]
    if answer.closed_on is not None:
        known.append(("closed", f"{answer.closed_on} ({answer.closed_reason})"))
    for course in answer.courses:
        ended = f" on {course.ended_on}" if course.ended_on else ""
        since = f"{course.protocol} {course.version} since {course.on}, {course.state}{ended}"
        known.append(("course", since))
    values(known)


@in_words.register
def _show_patients(answer: PatientsAnswer) -> None:
    show_unknown(answer.unknown)
    if answer.patients:
        rows = [
            (one.id, one.name or "", one.sex or "", str(one.born or ""), _standing(one))
            for one in answer.patients
        ]
        table(("patient", "name", "sex", "born", "courses"), rows)
    elif not answer.unknown:
        fits = f" fits '{answer.sought}'" if answer.sought else ""
        say(f"no patient in the record{fits}")


@in_words.register
def _show_checks(answer: ChecksAnswer) -> None:
    is_to_do = bool(answer.checks) and {one.check.state for one in answer.checks} <= {*LISTED}
    if answer.person is not None or columns() is None or not is_to_do:
        _show_flat(answer)
        return
    show_unknown(answer.unknown)
    for person, lines in by_patient(answer.checks):
        say(person.shown)
        for line in lines:
            say(f"  {line}")


@in_full.register
def _show_flat(answer: ChecksAnswer) -> None:
    of = show_unknown(answer.unknown)
    if not answer.checks:
        when = f"until {answer.until} (as of {answer.as_of})"
        why = "" if answer.has_course else f": {NO_COURSE}"
        say(f"{of}nothing is due {when}{about(answer.person)}{why}")
        return
    table(COLUMNS, check_rows(answer.checks))


@in_words.register
def _show_warnings(answer: WarningsAnswer) -> None:
    of = show_unknown(answer.unknown)
    if not answer.warnings:
        say(f"{of}no warnings{answer.only} (as of {answer.as_of}){about(answer.person)}")
        return
    rows = [
        (w.severity.value, one.person.shown, w.rule, str(w.since), str(w.until or ""), w.message)
        for one in answer.warnings
        for w in (one.warning,)
    ]
    table(("severity", "patient", "rule", "since", "until", "what"), rows)


@in_words.register
def _show_exposure(answer: ExposureAnswer) -> None:
    say(f"{answer.person.shown}: {lifetime_words(answer.lifetime)}")
    rows: list[Row] = [
        (str(fact.on), "", "", mg_per_m2 or "not added", "", str(fact))
        for fact, mg_per_m2 in answer.prior()
    ]
    rows += [
        (
            str(infusion.on),
            size.mg,
            size.bsa_m2 or "not recorded",
            size.mg_per_m2 or "unknown",
            sum_after or "unknown",
            "",
        )
        for infusion, size, sum_after in answer.doses()
    ]
    if rows:
        table(("day", "mg", "BSA m2", "mg/m2", "sum", ""), rows)
    else:
        say("no infusion on record")


@in_words.register
def _show_explanation(answer: Explanation) -> None:
    protocol = answer.protocol
    say(
        f"{answer.rule}: {answer.answer.replace('_', ' ')}  ({answer.title}, "
        f"{answer.person.shown} as of {answer.as_of})"
    )
    _list("", answer.because)
    _list("arithmetic", answer.arithmetic)
    _list("facts used", (f"event {f.event}: {f} on {f.on}" for f in answer.facts))
    draft = "" if protocol.reviewed else f"; {NOT_REVIEWED}"
    say(f"sources  ({protocol.name} {protocol.version}{draft})")
    _list("", (f"[{c.kind}] {c.source}, {c.title}: {c.where}" for c in answer.sources()))


@in_words.register
def _show_history(answer: HistoryAnswer) -> None:
    say(answer.person.shown)
    rows = [
        (str(e.event), e.on, e.recorded_at[:19], e.by or "", e.kind, e.what) for e in answer.entries
    ]
    table(("event", "day", "recorded (UTC)", "by", "kind", "what"), rows)


def _list(heading: str, lines: Iterable[str]) -> None:
    for line in lines:
        if heading:
            say(heading)
            heading = ""
        say(f"  {line}")


def about(person: Person | None) -> str:
    """Say whom an empty answer is about."""
    return f" for {person.shown}" if person else ""


def _standing(patient: PatientAnswer) -> str:
    """Say where a patient's courses stand; first that a closed patient is not watched."""
    courses = [f"{course.protocol}: {course.state}" for course in patient.courses]
    closed = f"closed since {patient.closed_on} ({patient.closed_reason}): nothing is watched"
    return "; ".join(
        [*([closed] if patient.closed_on else []), *(courses or ["no course"])],
    )


def _word(value: object) -> str:
    if value is None:
        return "not recorded"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
