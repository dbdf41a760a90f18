"""Answers about patients in words and tables."""

from collections.abc import Iterable
from functools import singledispatch

from monitor.commands.check_table import COLUMNS, Row, check_rows
from monitor.commands.render import say, sources, table, values
from monitor.domain.outcome import State, Verdict
from monitor.domain.rules.answer import NO_COURSE
from monitor.service.asking.answers import (
    ChecksAnswer,
    ExposureAnswer,
    GateAnswer,
    GatesAnswer,
    Lifetime,
    Unknown,
    WarningsAnswer,
)
from monitor.service.asking.explain import Explanation
from monitor.service.asking.history import HistoryAnswer
from monitor.service.asking.identity import Person
from monitor.service.asking.patients import PatientAnswer, PatientsAnswer

NOT_REVIEWED = "draft protocol, not clinically reviewed"
ADVISES = "This program advises; people decide. It is not a certified medical device."


@singledispatch
def in_words(answer: object) -> None:
    """Show an answer; each class of answers has its own way."""
    raise NotImplementedError(type(answer))


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
def _show_gate(answer: GateAnswer) -> None:
    gate, lifetime, protocol = answer.gate, answer.lifetime, answer.protocol
    kind = "dose" if lifetime is None else "infusion"
    say(
        f"{gate.verdict.upper()}  {answer.person.shown}, {kind} on {gate.on}"
        f"  ({protocol.name} {protocol.version})"
    )
    if not protocol.reviewed:
        say(f"  {NOT_REVIEWED}")
    if gate.verdict is Verdict.CLEAR:
        say("  nothing recorded argues against it")
    for note in gate.notes:
        say(f"  hold: {note}")
    if answer.not_judged:
        say(f"  {answer.not_judged}")
    for fact in gate.left_out:
        what = f"{fact} of that day (event {fact.event})"
        say(f"  caution: {what} is on record and left out")
    if gate.advice is not None:
        mg_per_m2 = answer.advised
        size = f" to {mg_per_m2} mg/m2" if mg_per_m2 else ""
        say(f"  dose advice: {gate.advice.decision}{size}; {gate.advice.message}")
    dose = answer.dose
    if dose is not None:
        known = f"{dose.bsa_m2} m2 = {dose.mg_per_m2} mg/m2"
        say(f"  dose: {dose.mg} mg / {'body surface unknown' if dose.bsa_m2 is None else known}")
    if lifetime is not None:
        say("  " + _lifetime(lifetime))
    table(
        ("requirement", "state", "why", "source"),
        [
            (r.rule, r.state.replace("_", " "), r.message, sources(r.cites))
            for r in sorted(gate.requirements, key=lambda r: _GRAVEST_FIRST.index(r.state))
        ],
        indent=2,
    )
    say(f"  {ADVISES}")


_GRAVEST_FIRST = (State.NOT_MET, State.UNKNOWN, State.CAUTION, State.MET)


def show_unknown(unknown: Iterable[Unknown]) -> str:
    """Show first of whom nothing is known; gives whom the rest of the answer is about."""
    for one in unknown:
        say(f"NOT KNOWN  {one.why}")
    return "for the others: " if unknown else ""


@in_words.register
def _show_gates(answer: GatesAnswer) -> None:
    of = show_unknown(answer.unknown)
    if not answer.gates:
        say(f"{of}nobody is booked for {answer.on}")
        return
    rows = [
        (one.person.shown, one.gate.verdict.value, "; ".join(_reasons(one)), one.protocol.name)
        for one in answer.gates
    ]
    table(("patient", "verdict", "because", "protocol"), rows)
    if any(not one.protocol.reviewed for one in answer.gates):
        say(NOT_REVIEWED)


@in_words.register
def _show_checks(answer: ChecksAnswer) -> None:
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
        say(f"{of}no warnings (as of {answer.as_of}){about(answer.person)}")
        return
    rows = [
        (w.severity.value, one.person.shown, w.rule, str(w.since), str(w.until or ""), w.message)
        for one in answer.warnings
        for w in (one.warning,)
    ]
    table(("severity", "patient", "rule", "since", "until", "what"), rows)


@in_words.register
def _show_exposure(answer: ExposureAnswer) -> None:
    say(f"{answer.person.shown}: {_lifetime(answer.lifetime)}")
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


def _reasons(answer: GateAnswer) -> list[str]:
    """Say what holds; of what may go ahead with caution, each reason in full: it must be read."""
    gate = answer.gate
    if gate.verdict is Verdict.CAUTION:
        reasons = [words for _, _, words in answer.against()]
        return [*filter(None, [answer.not_judged]), *reasons]
    return [
        *gate.notes,
        *filter(None, [answer.not_judged]),
        *(f"{fact} of that day left out" for fact in gate.left_out),
        *(
            f"{r.rule} {r.state.replace('_', ' ')}"
            for r in gate.requirements
            if r.verdict in (Verdict.HOLD, Verdict.STOP)
        ),
    ]


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


def _lifetime(dose: Lifetime) -> str:
    if dose.given is None:
        return f"lifetime dose unknown, at least {dose.at_least} of {dose.ceiling} mg/m2"
    over = f", over by {dose.over_by}" if dose.over_by not in ("0.00", None) else ""
    left = f"{dose.remaining} left" + (f" ({dose.remaining_mg} mg)" if dose.remaining_mg else "")
    return f"lifetime dose {dose.given} of {dose.ceiling} mg/m2, {left}{over}"
