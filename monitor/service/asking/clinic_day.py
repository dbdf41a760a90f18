"""Who needs a person now, who is booked, what is overdue, due, or has no day: worked out.

A patient is one entry of a group, with all reasons in it, the worst first.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from monitor.domain.checks import Check, find_booking
from monitor.domain.facts import Acknowledgement
from monitor.domain.outcome import CheckState, Severity, Urgency, Verdict
from monitor.domain.reminders.subject import is_graver, subject_of
from monitor.domain.rules.question import Proposal
from monitor.domain.rules.warning import SafetyWarning
from monitor.errors import MonitorError
from monitor.service.asking import cases
from monitor.service.asking.answers import GateAnswer, gate_answer
from monitor.service.asking.cases import Case
from monitor.service.asking.identity import person_of
from monitor.service.asking.today import DayEntry, Notice, Reason, TodayAnswer
from monitor.store.engine import outage

PLANNED_DAYS, DUE_DAYS = 7, 14  # how far ahead the day looks


def clinic_day(
    every: Iterable[Case],
    *,
    on: date | None,
    otherwise: date,
    seen: Callable[[Case], Case],
    leave_out: Callable[[str, str], None],
    service: Iterable[Notice] = (),
) -> TodayAnswer:
    """List the day of everybody; who cannot be worked out is named, and hides nobody else.

    `seen` gives a patient's case as of the day that is meant. Where no day is named, each has
    their own, and the answer that of the most, or another where there is nobody.
    """
    answer = TodayAnswer(on=on or otherwise, service=tuple(service))
    days: Counter[date] = Counter()
    for case in every:
        try:
            on_day = seen(case)
            _add(answer, on_day)
            days[on_day.today] += 1
        except Exception as fault:
            if outage(fault) is not None:
                raise
            why = str(fault) if isinstance(fault, MonitorError) else type(fault).__name__
            leave_out(
                case.patient, f"{case.patient} cannot be worked out: {why}; see: monitor doctor"
            )
    if on is None and days:
        answer.on = max(days, key=lambda day: (days[day], day))
    for group in answer.groups().values():
        group.sort(key=_gravest_first)
    return answer


def _gravest_first(entry: DayEntry) -> tuple[int, date, str]:
    grave = entry.severity.rank if entry.severity else 0
    return -grave, entry.due or min(reason.on for reason in entry.reasons), entry.person.id


def _add(answer: TodayAnswer, case: Case) -> None:
    if case.closed is not None:
        answer.closed += 1
        return
    until = case.today + timedelta(days=DUE_DAYS)
    checks = sorted(cases.upcoming(case, until=until, states=()), key=_by_day)
    warnings = cases.warnings(case, least=Severity.CAUTION)
    urgent = [one for one in warnings if one.severity.rank >= Severity.URGENT.rank]
    late = [check for check in checks if check.state is CheckState.OVERDUE]
    found = {
        "now": _now(case, urgent),
        "planned": _planned(case),
        "overdue": _overdue(case, late),
        "due": _due(case, [check for check in checks if check.state is not CheckState.OVERDUE]),
        "undated": None if checks else _undated(case),
    }
    for name, entry in found.items():
        if entry is not None:
            getattr(answer, name).append(entry)
    answer.quiet += not any(found.values())
    answer.cautions += len(urgent) < len(warnings)


def _by_day(check: Check) -> tuple[date, bool, str]:
    return check.due, bool(check.codes), check.rule  # what is no test first: the others are for it


def _now(case: Case, urgent: Sequence[SafetyWarning]) -> DayEntry | None:
    if not urgent:
        return None
    seen = [_seen(case, warning) for warning in urgent]
    return DayEntry(
        person=person_of(case),
        today=case.today,
        state="seen" if all(seen) else "not seen",
        severity=urgent[0].severity,
        reasons=tuple(
            Reason(
                rule=one.rule,
                state=one.severity.value,
                words=f"{one.message}{by and f' {by}'}",
                on=one.since,
            )
            for one, by in zip(urgent, seen, strict=True)
        ),
    )


def _seen(case: Case, warning: SafetyWarning) -> str:
    """Say who of the staff has acknowledged a warning last, as grave as it is; empty: nobody."""
    about = subject_of("", warning)
    seen = [
        fact
        for fact in case.events
        if isinstance(fact, Acknowledgement)
        and (fact.rule, fact.occurrence, fact.anchor)
        == (about.rule, about.occurrence, about.anchor)
        and not (fact.severity and is_graver(about.urgency, Urgency(fact.severity)))
        and not fact.is_patients
        and fact.on <= case.today
    ]
    return f"Seen by {seen[-1].by} on {seen[-1].on}." if seen else ""


def _planned(case: Case) -> DayEntry | None:
    last = case.today + timedelta(days=PLANNED_DAYS)
    gates: list[GateAnswer] = []
    for treatment in case.treatments:
        view = treatment.view(case.today)
        booked = (
            None if view.course is None else find_booking(treatment.protocol_of(view.course), view)
        )
        if booked is not None and case.today <= booked.on <= last:
            gate = cases.ask_for(case, treatment, on=booked.on, proposal=Proposal())
            gates.append(gate_answer(case, treatment, gate))
    if not gates:
        return None
    gates.sort(key=lambda one: one.gate.on)
    lifetime = gates[0].lifetime
    return DayEntry(
        person=person_of(case),
        today=case.today,
        left=gates[0].left,
        is_draft=not all(one.protocol.reviewed for one in gates),
        state=max((one.gate.verdict for one in gates), key=lambda verdict: verdict.rank).value,
        due=gates[0].gate.on,
        remaining_mg=lifetime.remaining_mg if lifetime else None,
        reasons=tuple(reason for one in gates for reason in _of_gate(one)),
    )


def _of_gate(answer: GateAnswer) -> list[Reason]:
    gate = answer.gate
    head = f"infusion booked for {gate.on} ({answer.protocol.name}): {gate.verdict}"
    if gate.verdict is Verdict.CLEAR:
        head += ", nothing recorded argues against it"
    head += f"; {answer.left}" if answer.left else ""
    return [
        Reason(rule="", state="", words=head, on=gate.on),
        *(
            Reason(rule=rule, state=state, words=words, on=gate.on)
            for rule, state, words in answer.against()
        ),
    ]


def _overdue(case: Case, checks: Sequence[Check]) -> DayEntry | None:
    """List the earliest of each rule: since then it has not been done."""
    first: dict[tuple[str, ...], list[Check]] = {}
    for check in checks:
        first.setdefault((check.drug, *check.folded_as), []).append(check)
    reasons = []
    for same in first.values():
        more = f", and {len(same) - 1} since" if len(same) > 1 else ""
        reasons.append(_of_check(case, same[0], f"overdue, due {same[0].due}{more}"))
    return _entry(case, "overdue", reasons)


def _due(case: Case, checks: Sequence[Check]) -> DayEntry | None:
    is_open = any(check.state is CheckState.OPEN for check in checks)
    reasons = [_of_check(case, check, f"{check.state}, due {check.due}") for check in checks]
    return _entry(case, "open" if is_open else "ahead", reasons)


def _of_check(case: Case, check: Check, words: str) -> Reason:
    about = f" ({check.about})" if check.about else ""
    return Reason(
        rule=check.rule,
        state=check.state.value,
        words=f"{check.rule}{about} {words}",
        on=check.due,
        is_for=_infusion_of(case, check),
    )


def _infusion_of(case: Case, check: Check) -> str:
    """Name the rule of the infusion that a check is needed for; none: it is for itself."""
    for treatment in case.treatments:
        protocol = treatment.protocol_at(case.today)
        asked = [rule.name for rule in protocol.requirements]
        if treatment.timeline.drug == check.drug and check.rule in asked and protocol.next_infusion:
            return protocol.next_infusion.name
    return ""


def _entry(case: Case, state: str, reasons: Sequence[Reason]) -> DayEntry | None:
    if not reasons:
        return None
    return DayEntry(
        person=person_of(case),
        today=case.today,
        state=state,
        reasons=tuple(reasons),
        due=reasons[0].on,
    )


def _undated(case: Case) -> DayEntry | None:
    """List a course that runs and waits for a person: nothing is booked, no check ever comes."""
    until = cases.far_ahead(case.today)
    reasons = []
    for treatment in case.treatments:
        view = treatment.view(case.today)
        course = view.course
        if course is None or not course.running(case.today):
            continue
        booked = find_booking(treatment.protocol_of(course), view)
        if booked is not None and booked.on >= case.today:
            continue
        state = "paused" if course.paused(case.today) else "running"
        words = (
            f"{state} since {course.start.on} ({course.pinned_by.protocol}): nothing is booked and "
            f"no check is due; type: monitor infusion plan {case.patient} --on DATE"
        )
        reasons.append(Reason(rule="", state=state, words=words, on=course.start.on))
    if not reasons or cases.upcoming(case, until=until, states=()):
        return None
    return DayEntry(
        person=person_of(case), today=case.today, state=reasons[0].state, reasons=tuple(reasons)
    )
