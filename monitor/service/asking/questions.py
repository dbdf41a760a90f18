"""The questions about patients, each answered for one patient or for everybody."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from monitor.domain.outcome import CheckState, Severity
from monitor.domain.rules.question import Proposal
from monitor.service.asking import cases
from monitor.service.asking.answers import (
    ChecksAnswer,
    ExposureAnswer,
    GateAnswer,
    GatesAnswer,
    ListedCheck,
    ListedWarning,
    Unknown,
    WarningsAnswer,
    exposure_answer,
    gate_answer,
)
from monitor.service.asking.cases import Asked, Case
from monitor.service.asking.explain import Explanation, explain, refuse_no_warning
from monitor.service.asking.history import HistoryAnswer, history
from monitor.service.asking.identity import person_of, persons
from monitor.service.asking.out_of_sight import not_come_words, out_of_sight
from monitor.service.asking.patients import PatientAnswer, PatientsAnswer, patient_answer
from monitor.service.asking.proposed_dose import refuse_other_body, refuse_other_dose
from monitor.service.asking.report import ReportAnswer, make_report
from monitor.service.asking.results_list import ResultsAnswer, list_results
from monitor.service.asking.search import search
from monitor.service.asking.worklist import can_be_read, in_order, worklist
from monitor.service.input.sizes import Body

if TYPE_CHECKING:
    from monitor.service.asking.today import Notice, TodayAnswer


@dataclass(frozen=True, kw_only=True, slots=True)
class Inquiry:
    """Answers questions as of a day, and says beside the answers what they leave out."""

    connection: Connection
    asked: Asked
    remark: Callable[[str], None]  # takes what is said beside an answer
    show: cases.Show = cases.unseen
    _unknown: dict[str, str] = field(default_factory=dict)  # by patient, why

    def gate(
        self,
        patient: str,
        day: date,
        proposed: Proposal,
        *,
        named: str | None = None,
        body: Body | None = None,
        confirmed: bool = False,
    ) -> GateAnswer:
        """Ask the gate of one patient; raises Unconfirmed for an unlikely dose or body."""
        case = self._case(patient)
        if body is not None and not confirmed:
            refuse_other_body(case, body)
        if not confirmed:
            refuse_other_dose(case, day, proposed, named)
        gate = cases.ask_gate(case, on=day, proposal=proposed, named=named)
        return gate_answer(case, case.treatment(named), gate)

    def gates(self, day: date, proposed: Proposal) -> GatesAnswer:
        """Ask the gate of everybody whose next infusion is booked for a day."""
        gates = [
            gate_answer(case, one, cases.ask_for(case, one, on=day, proposal=proposed))
            for case in self._everybody()
            for one in cases.planned_on(case, day)
        ]
        return GatesAnswer(on=day, gates=tuple(gates), unknown=self.left_out())

    def checks(
        self,
        patient: str | None,
        *,
        until: date | None,
        states: tuple[CheckState, ...] = (),
        limit: int | None = None,
    ) -> ChecksAnswer:
        """List checks by due day: those that are ahead, open or overdue, or in the states named."""
        day = self._day_of_everybody()
        end = until or day + timedelta(days=cases.HORIZON_DAYS)
        if patient is None and not states and can_be_read(self.asked, end):
            listed, who = self._stored_checks(end, limit), self.left_out()
            return ChecksAnswer(person=None, as_of=day, until=end, checks=listed, unknown=who)
        found, day = self._cases(patient)
        end = until or day + timedelta(days=cases.HORIZON_DAYS)
        checks = [
            ListedCheck(person=person_of(case), check=check, today=case.today)
            for case in found
            for check in cases.upcoming(case, until=end, states=states)
        ]
        timelines = [treatment.timeline for case in found for treatment in case.treatments]
        return ChecksAnswer(
            has_course=patient is None or any(one.course_on(day) for one in timelines),
            person=person_of(found[0]) if patient is not None else None,
            as_of=day,
            until=end,
            checks=tuple(in_order(checks)[:limit]),
            unknown=self.left_out(),
        )

    def warnings(
        self, patient: str | None, *, least: Severity, rule: str | None = None
    ) -> WarningsAnswer:
        """List warnings that are grave enough, or of one rule, the gravest first."""
        found, day = self._cases(patient)
        if rule is not None:
            refuse_no_warning(rule, found)
        usual = Severity.CAUTION if patient is None else Severity.INFO
        is_narrow = least.rank > usual.rank
        warnings = [
            ListedWarning(person=person_of(case), warning=warning)
            for case in found
            for warning in cases.warnings(case, least=least)
            if rule in (None, warning.rule)
        ]
        warnings.sort(key=lambda w: (-w.warning.severity.rank, w.warning.since, w.person.id))
        return WarningsAnswer(
            person=person_of(found[0]) if patient is not None else None,
            as_of=day,
            warnings=tuple(warnings),
            unknown=self.left_out(),
            only=f" of {rule}" * (rule is not None) + f" that are {least} or graver" * is_narrow,
        )

    def looked_at(self, patient: str | None) -> list[Case]:
        """Read one patient, or everybody."""
        return self._cases(patient)[0]

    def exposure(self, patient: str, *, named: str | None = None) -> ExposureAnswer:
        """Sum what one patient was given."""
        return exposure_answer(self._case(patient), named)

    def explanation(
        self, patient: str, rule: str, *, occurrence: int | None, named: str | None
    ) -> Explanation:
        """Explain one rule for one patient."""
        return explain(self._case(patient), rule, occurrence=occurrence, named=named)

    def history(self, patient: str) -> HistoryAnswer:
        """List everything on record for one patient."""
        person = person_of(self._case(patient))
        entries = tuple(history(self.connection, patient, self.asked))
        return HistoryAnswer(person=person, entries=entries)

    def results(self, patient: str, code: str | None) -> ResultsAnswer:
        """List one patient's results, perhaps of one code."""
        return list_results(self.connection, self._case(patient), self.asked, code)

    def patient(self, patient: str) -> PatientAnswer:
        """Say what is known of one patient."""
        return patient_answer(cases.get_case(self.connection, patient, self.asked))

    def patients(self, sought: str | None = None) -> PatientsAnswer:
        """Say what is known of everybody, or of those whom a text may mean."""
        only = None
        if sought is not None:
            only = sorted(search(self.connection, sought, known_at=self.asked.known_at))
        found = tuple(patient_answer(case) for case in self._read(only))
        return PatientsAnswer(patients=found, unknown=self.left_out(), sought=sought)

    def report(self, since: date, until: date) -> ReportAnswer:
        """Count what came due within two days, and what became of it."""
        return make_report(
            self.connection,
            self._everybody(),
            self.asked,
            leave_out=self._leave_out,
            left_out=self.left_out,
            period=(since, until, self._day_of_everybody()),
        )

    def today(self, on: date | None, service: "Iterable[Notice]") -> "TodayAnswer":
        """List the clinic's day; facts count up to it, and to the day as of which is asked."""
        from monitor.service.asking.clinic_day import clinic_day  # no other question needs it

        answer = clinic_day(
            self._everybody(),
            on=on,
            otherwise=self._day_of_everybody(),
            seen=lambda case: (
                case if on is None else cases.seen_on(self.connection, case, on, self.asked)
            ),
            leave_out=self._leave_out,
            service=service,
        )
        answer.unknown = self.left_out()
        return answer

    def _stored_checks(self, until: date, limit: int | None) -> tuple[ListedCheck, ...]:
        found = worklist(self.connection, self.asked, until=until, limit=limit)
        for who, why in sorted(found.damaged.items()):
            self._leave_out(who, why)
        for words in out_of_sight(self.connection, self.asked.now).values():
            self.remark(words)
        whose = persons(self.connection, [one.person.id for one in found.checks])
        return tuple(replace(one, person=whose[one.person.id]) for one in found.checks)

    def _day_of_everybody(self) -> date:
        """Give the day that an answer about everybody names: today in UTC.

        Each patient is judged by the day in their own zone.
        """
        return self.asked.as_of or self.asked.now.astimezone(UTC).date()

    def _cases(self, patient: str | None) -> tuple[list[Case], date]:
        if patient is None:
            return list(self._everybody()), self._day_of_everybody()
        case = self._case(patient)
        closed = cases.closed_words(case)
        if closed is not None:
            self.remark(closed)
        return [case], case.today

    def _case(self, patient: str) -> Case:
        case = cases.get_case(self.connection, patient, self.asked)
        self._remark_hidden(case)
        return case

    def _everybody(self) -> Iterator[Case]:
        for case in self._read():
            self._remark_hidden(case)
            yield case

    def _read(self, only: Collection[str] | None = None) -> Iterator[Case]:
        return cases.all_cases(
            self.connection, self.asked, report=self._leave_out, show=self.show, only=only
        )

    def _remark_hidden(self, case: Case) -> None:
        words = not_come_words(case)
        if words is not None:
            self.remark(words)

    def _leave_out(self, who: str, why: str) -> None:
        self.remark(why)
        self._unknown[who] = why

    def left_out(self) -> tuple[Unknown, ...]:
        """Name those who could not be looked at so far."""
        return tuple(Unknown(patient=who, why=why) for who, why in self._unknown.items())
