"""Corrections and retractions: nothing is edited, everything that follows is worked out anew."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import example as example_of
from hypothesis import strategies as st

from monitor import protocols
from monitor.domain.corrections import Recorded, in_force
from monitor.domain.facts import Kind
from monitor.domain.outcome import Severity
from monitor.errors import NotFound, Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.asking.history import HistoryEntry, history
from monitor.service.asking.projection import projected
from monitor.service.operating.verify import verify
from monitor.service.recording import corrections, waivers
from monitor.store import engine as database
from monitor.store import projection
from monitor.store.appender import Appender, Draft
from tests import example, typed
from tests.factories import NOW
from tests.faults.tracing import EVERYTHING
from tests.recordings import case_documents

WHO = "P-1"
TODAY = NOW.date()
WHY = {"reason": "misread", "by": "Dr B", "now": NOW}
PROTOCOL = example.NAME
PINNED = f"course under {PROTOCOL} {example.protocol().version}"


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


PATIENT = {"kind": "patient", "id": WHO, "sex": "female", "born": "1993-04-02", "timezone": "UTC"}
COURSE = {"kind": "course", "patient": WHO, "protocol": PROTOCOL, "on": ago(100)}
INFUSION = {
    "kind": "infusion",
    "patient": WHO,
    "on": ago(60),
    "dose_mg": "18.0",
    "height_cm": "162",
    "weight_kg": "50",
}
LVEF = {"kind": "result", "patient": WHO, "code": "lvef", "value": "45", "unit": "%", "on": ago(5)}
FEVER = {"kind": "symptom", "patient": WHO, "code": "fever", "at": f"{ago(4)}T20:00:00+00:00"}
FEVER |= {"value": "38.4", "unit": "Cel"}
ANSWER = {"kind": "fact", "patient": WHO, "fact": "cardiac_disease", "value": "no", "on": ago(99)}
PLAN = {"kind": "plan", "patient": WHO, "on": (TODAY + timedelta(days=20)).isoformat()}
PAUSE = {"kind": "course_pause", "patient": WHO, "on": ago(9)}
RESUME = {"kind": "course_resume", "patient": WHO, "on": ago(6)}
END = {"kind": "course_end", "patient": WHO, "on": ago(3), "reason": "done"}
CLOSE = {"kind": "close", "patient": WHO, "on": ago(2), "reason": "transferred"}
REOPEN = {"kind": "reopen", "patient": WHO, "on": ago(1)}
CHANGE = {"kind": "patient_change", "patient": WHO, "on": ago(50), "can_conceive": "true"}
# kind -> what was recorded before it, the fact, its new values, and what history then says
CORRECTED: dict[str, tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any], str]] = {
    "result": ([], LVEF, {"value": "54"}, "lvef 54 %"),
    "infusion": ([], INFUSION, {"dose_mg": "15"}, "infusion of 15 mg (BSA 1.5000 m2)"),
    "symptom": ([], FEVER, {"value": "38.9"}, "fever 38.9 Cel"),
    "fact": ([], ANSWER, {"value": "yes"}, "cardiac_disease yes"),
    "plan": ([], PLAN, {"on": ago(-30)}, f"next infusion booked for {ago(-30)}"),
    "course": (
        [INFUSION],
        COURSE,
        {"on": ago(101)},
        f"course under {PROTOCOL} {example.protocol().version}",
    ),
    "course_pause": ([], PAUSE, {"on": ago(10)}, "course paused"),
    "course_resume": ([PAUSE], RESUME, {"on": ago(5)}, "course resumed"),
    "course_end": ([], END, {"on": ago(4)}, "course ended: done"),
    "close": ([], CLOSE, {"on": ago(3)}, "patient closed: transferred"),
    "reopen": ([CLOSE], REOPEN, {"on": ago(0)}, "patient reopened"),
}
NOT_CORRECTED = {
    "patient": (PATIENT, "monitor patient change P-1 --on DATE"),
    "patient_change": (CHANGE, "retract it and type: monitor patient change P-1"),
}


class Ward:
    """One patient on a course, and what is said of her."""

    def __init__(self, clinic) -> None:
        self.clinic = clinic
        self.engine = clinic.engine
        self.events = {kind: self.record(line) for kind, line in (("p", PATIENT), ("c", COURSE))}

    def record(self, line: dict[str, Any]) -> int:
        with database.writing(self.engine) as connection:
            return typed.record(connection, line, now=NOW).first.event

    def correct(self, event: int, new: dict[str, Any], **more: Any) -> Recorded:
        with database.writing(self.engine) as connection:
            (row,) = corrections.correct(connection, event, new, **{**WHY, **more}).stored
        return row

    def retract(self, event: int, **more: Any) -> Recorded:
        with database.writing(self.engine) as connection:
            (row,) = corrections.retract(connection, event, **{**WHY, **more}).stored
        return row

    def history(self) -> list[HistoryEntry]:
        with database.reading(self.engine) as connection:
            return history(connection, WHO, Asked(now=NOW))

    def answers(self) -> dict[str, Any]:
        with database.reading(self.engine) as connection:
            return case_documents(cases.get_case(connection, WHO, Asked(now=NOW)))

    def warned(self) -> list[str]:
        with database.reading(self.engine) as connection:
            case = cases.get_case(connection, WHO, Asked(now=NOW))
        return [warning.rule for warning in cases.warnings(case, least=Severity.CAUTION)]

    def assert_sound(self) -> None:
        """Nothing is wrong with the chain, and what is stored follows from the facts."""
        with database.reading(self.engine) as connection:
            case = cases.get_case(connection, WHO, Asked(now=NOW))
            assert projection.read(connection, WHO) == projected(case)
            found = verify(connection, now=NOW).faults
            assert [fault for fault in found if "trigger" not in fault] == []


@pytest.fixture
def ward(clinic):
    return Ward(clinic)


@pytest.mark.parametrize("line", [LVEF, INFUSION, FEVER, ANSWER], ids=lambda line: line["kind"])
def test_a_fact_that_says_what_the_corrected_one_says_is_the_same_fact(ward, line):
    event, new = ward.record(line), CORRECTED[line["kind"]][2]
    corrected = ward.correct(event, new).event

    with pytest.raises(Refused, match=f"already recorded as event {corrected}"):
        ward.record(line | new)


@pytest.mark.parametrize("kind", CORRECTED)
def test_every_kind_of_fact_is_corrected_by_another_fact_and_both_stay_in_the_history(ward, kind):
    before, line, new, said = CORRECTED[kind]
    for earlier in before:
        ward.record(earlier)
    event = ward.events["c"] if kind == "course" else ward.record(line)
    rows = ward.clinic.rows()

    correction = ward.correct(event, new)

    assert ward.clinic.rows() == [*rows, correction]  # nothing was edited
    assert (correction.kind, correction.corrects, correction.by) == (kind, event, "Dr B")
    entries = {entry.event: entry for entry in ward.history() if entry.kind == kind}
    assert event in entries
    entry = entries[correction.event]
    assert entry.what == f"{said} (corrects event {event}: misread)"
    assert entry.corrects == event
    ward.assert_sound()


@pytest.mark.parametrize("kind", CORRECTED)
def test_a_corrected_fact_counts_as_if_the_right_values_had_been_recorded(fresh_clinic, ward, kind):
    before, line, new, _ = CORRECTED[kind]
    for earlier in before:
        ward.record(earlier)
    event = ward.events["c"] if kind == "course" else ward.record(line)
    ward.correct(event, new)

    right = Ward.__new__(Ward)
    right.clinic = fresh_clinic()
    right.engine = right.clinic.engine
    course = {**COURSE, **new} if kind == "course" else COURSE
    lines = [PATIENT, course, *before, *([{**line, **new}] if kind != "course" else [])]
    for line in lines:
        right.record(line)

    assert without_numbers(ward.answers()) == without_numbers(right.answers())


@pytest.mark.parametrize("kind", [*(k for k in CORRECTED if k != "course"), "patient_change"])
def test_every_kind_of_fact_is_taken_back_and_counts_no_more(ward, kind):
    before, line = CORRECTED.get(kind, ([], CHANGE))[:2]
    for earlier in before:
        ward.record(earlier)
    without = without_numbers(ward.answers())
    event = ward.record(line)
    rows = ward.clinic.rows()

    retraction = ward.retract(event)

    assert ward.clinic.rows() == [*rows, retraction]
    assert (retraction.kind, retraction.corrects) == (Kind.RETRACTION, event)
    assert without_numbers(ward.answers()) == without
    told = {entry.event: entry.what for entry in ward.history()}
    assert told[retraction.event] == f"event {event} is taken back: misread"
    assert event in told
    ward.assert_sound()


def without_numbers(found: Any) -> Any:
    """Leave the numbers of events out of answers."""
    if isinstance(found, dict):
        return {
            key: re.sub(r":\d+$", "", value) if key == "key" else without_numbers(value)
            for key, value in found.items()
            if key != "event"
        }
    return [without_numbers(item) for item in found] if isinstance(found, list) else found


def test_a_booking_that_was_taken_back_is_shown_with_its_retraction_as_of_earlier_days_too(ward):
    event = ward.record(PLAN)
    retraction = ward.retract(event)

    with database.reading(ward.engine) as connection:
        entries = history(connection, WHO, Asked(now=NOW, as_of=TODAY - timedelta(days=9)))

    assert [e.event for e in entries if e.event >= event] == [event, retraction.event]


def test_a_course_that_nothing_leans_on_is_taken_back(ward):
    ward.retract(ward.events["c"])

    with pytest.raises(Refused, match="P-1 has no course"):
        ward.record(INFUSION)


@pytest.mark.parametrize("line", [INFUSION, PLAN])
def test_a_course_that_an_infusion_or_a_booking_leans_on_is_not_taken_back(ward, line):
    event = ward.record(line)

    with pytest.raises(Refused, match=f"the only course that event {event} belongs to"):
        ward.retract(ward.events["c"])


def test_a_course_is_taken_back_once_what_leaned_on_it_was(ward):
    ward.retract(ward.record(INFUSION))

    assert ward.retract(ward.events["c"]).kind == Kind.RETRACTION
    ward.assert_sound()


def test_the_later_of_two_courses_is_taken_back_though_infusions_were_given(ward):
    ward.record(INFUSION)
    ward.record(END)
    second = ward.record({**COURSE, "on": ago(2)})

    assert ward.retract(second).kind == Kind.RETRACTION
    ward.assert_sound()


def test_what_was_corrected_is_refused_with_the_number_that_counts(ward):
    event = ward.record(LVEF)
    newer = ward.correct(event, {"value": "54"}).event

    for refused in (
        lambda: ward.correct(event, {"value": "55"}),
        lambda: ward.retract(event),
    ):
        with pytest.raises(Refused, match=f"event {event} of P-1 was corrected by event {newer}"):
            refused()


def test_a_correction_is_corrected_and_taken_back_like_any_fact(ward):
    event = ward.record(LVEF)
    newer = ward.correct(event, {"value": "54"}).event

    newest = ward.correct(newer, {"value": "56"})
    ward.retract(newest.event)

    assert "low-lvef" not in ward.warned()
    assert [row.corrects for row in ward.clinic.rows()[-3:]] == [event, newer, newest.event]
    ward.assert_sound()


def test_what_was_taken_back_is_neither_corrected_nor_taken_back_again(ward):
    event = ward.record(LVEF)
    ward.retract(event)

    for refused in (
        lambda: ward.correct(event, {"value": "55"}),
        lambda: ward.retract(event),
    ):
        with pytest.raises(Refused, match=f"event {event} of P-1 was retracted"):
            refused()


def test_a_retraction_is_not_itself_taken_back(ward):
    retraction = ward.retract(ward.record(LVEF))

    with pytest.raises(Refused, match="a retraction cannot be retracted; record the fact again"):
        ward.retract(retraction.event)


def test_an_event_that_there_is_not_is_not_found(ward):
    for refused in (lambda: ward.correct(99, {"value": "55"}), lambda: ward.retract(99)):
        with pytest.raises(NotFound, match="no event 99; see: monitor history PATIENT"):
            refused()


@pytest.mark.parametrize("new", [{"value": "45"}, {"unit": "%"}, {"on": ago(5)}])
def test_a_correction_that_says_nothing_new_is_refused(ward, new):
    event = ward.record(LVEF)

    with pytest.raises(Refused, match="of P-1 already says this"):
        ward.correct(event, new)


def test_a_value_that_the_kind_does_not_have_is_refused(ward):
    with pytest.raises(Refused, match="--dose-mg: a result has no such value"):
        ward.correct(ward.record(LVEF), {"dose_mg": "18"})


@pytest.mark.parametrize("kind", NOT_CORRECTED)
def test_who_the_patient_is_has_a_command_of_its_own(ward, kind):
    line, hint = NOT_CORRECTED[kind]
    event = ward.events["p"] if kind == "patient" else ward.record(line)

    with pytest.raises(Refused, match=re.escape(hint)):
        ward.correct(event, {"on": ago(1)})


def test_the_registration_is_not_taken_back(ward):
    with pytest.raises(Refused, match="type: monitor patient close"):
        ward.retract(ward.events["p"])


def test_a_value_that_cannot_be_is_refused_in_a_correction_too(ward):
    event = ward.record(LVEF)

    with pytest.raises(Refused, match="cannot be"):
        ward.correct(event, {"value": "0.55"})

    assert "low-lvef" in ward.warned()


def test_a_corrected_value_is_not_held_against_the_one_it_replaces(ward):
    event = ward.record({**LVEF, "value": "85"})

    assert ward.correct(event, {"value": "55"}).body["value"] == "55"  # no change of 30 points


def test_a_body_surface_replaces_height_and_weight_and_the_other_way_round(ward):
    event = ward.record(INFUSION)

    once = ward.correct(event, {"bsa_m2": "1.6"})
    again = ward.correct(once.event, {"height_cm": "170", "weight_kg": "60"})

    assert {"height_cm", "weight_kg"}.isdisjoint(once.body)
    assert "bsa_m2" not in again.body


def test_what_follows_from_a_fact_follows_from_its_correction(ward):
    event = ward.record(LVEF)
    assert "low-lvef" in ward.warned()

    newer = ward.correct(event, {"value": "54"}).event
    assert "low-lvef" not in ward.warned()

    ward.correct(newer, {"value": "44"})
    assert "low-lvef" in ward.warned()


def test_checks_count_anew_from_an_infusion_whose_day_is_corrected(ward):
    event = ward.record(INFUSION)
    before = due(ward, "lvef-follow-up")

    ward.correct(event, {"on": ago(61)})

    assert due(ward, "lvef-follow-up") == before - timedelta(days=1)
    ward.assert_sound()


def due(ward: Ward, rule: str) -> date:
    with database.reading(ward.engine) as connection:
        found = projection.read(connection, WHO)
    return next(date.fromisoformat(c.due) for one in found for c in one.checks if c.rule == rule)


def test_a_corrected_infusion_was_recorded_when_it_was_first_recorded(ward):
    """Of infusions recorded long after their day no missing tests are asked for."""
    event = ward.record({**INFUSION, "on": ago(20)})
    assert "given-against-gate" in ward.warned()

    later = NOW + timedelta(days=40)
    newer = ward.correct(event, {"dose_mg": "17"}, now=later).event

    with database.reading(ward.engine) as connection:
        case = cases.get_case(connection, WHO, Asked(now=later))
    (infusion,) = case.treatments[0].timeline.infusions
    assert (infusion.event, infusion.origin, infusion.recorded_on) == (newer, event, TODAY)
    found = [w.rule for w in cases.warnings(case, least=Severity.CAUTION)]
    assert "given-against-gate" in found


def test_a_waiver_keeps_its_anchor_when_the_infusion_is_corrected(ward):
    event = ward.record({**INFUSION, "on": ago(20)})
    with database.writing(ward.engine) as connection:
        waivers.waive(connection, WHO, "cbc-nadir", reason="x", by="Dr A", now=NOW)

    ward.correct(event, {"dose_mg": "17"})

    upcoming = ward.answers()["upcoming"]
    assert [c["state"] for c in upcoming if c["rule"] == "cbc-nadir"] == ["waived"]


def test_a_refused_correction_stores_nothing(ward):
    event = ward.record(LVEF)
    before = ward.clinic.rows()

    for new in ({"value": "45"}, {"value": "x"}, {"on": "2030-01-01"}, {"nothing": "1"}):
        with pytest.raises(Refused):
            ward.correct(event, new)

    assert ward.clinic.rows() == before
    ward.assert_sound()


# Random sequences. Beside the record a plain list of what is true is kept: a correction takes
# the old line out and puts the new one at the end, a retraction takes it out. What remains is
# written into an empty record as if nothing had ever been wrong.

DAYS = st.integers(0, 120).map(ago)
NUMBERS = {"lvef": "%", "neutrophils": "10*9/L", "platelets": "10*9/L", "temperature": "Cel"}
VALUES = {
    "lvef": ("62", "48"),
    "neutrophils": ("3.2", "1.2", "0.3"),
    "platelets": ("240", "80"),
    "temperature": ("36.8", "38.4"),
    "hcg": ("negative", "positive"),
    "urinalysis": ("normal", "infection"),
    "liver_tests": ("normal", "abnormal"),
    "ecg": ("normal", "abnormal"),
}
RESULTS = st.sampled_from([(code, value) for code, values in VALUES.items() for value in values])
DOSES = st.sampled_from([("18.0", "1.5"), ("9", "1.5"), ("30", "1.6"), ("18", None)])


@st.composite
def lines(draw) -> dict[str, str]:
    """Make up one line that may be recorded."""
    kind = draw(st.sampled_from(["result"] * 4 + ["infusion"] * 3 + ["fact", "symptom", "plan"]))
    line = {"kind": kind, "on": draw(DAYS)}
    match kind:
        case "result":
            code, value = draw(RESULTS)
            line |= {"code": code, "value": value}
            line |= {"unit": NUMBERS[code]} if code in NUMBERS else {}
        case "infusion":
            mg, surface = draw(DOSES)
            line |= {"dose_mg": mg} | ({} if surface is None else {"bsa_m2": surface})
        case "fact":
            line |= {"fact": draw(st.sampled_from(["cardiac_disease", "active_infection"]))}
            line |= {"value": draw(st.sampled_from(["yes", "no"]))}
        case "symptom":
            line = {"kind": kind, "code": draw(st.sampled_from(["fever", "cough", "bleeding"]))}
            line |= {"at": f"{draw(DAYS)}T08:00:00+00:00"}
    return line


ACTIONS = st.lists(
    st.tuples(st.just("record"), lines(), st.none())
    | st.tuples(st.just("correct"), lines(), st.integers(0, 30))
    | st.tuples(st.just("retract"), st.none(), st.integers(0, 30))
    | st.tuples(st.just("waive"), st.sampled_from(["ecg", "cbc-nadir", "given-against-gate"]),
                st.none()),
    min_size=3,
    max_size=22,
)  # fmt: skip


# The fever was first known before the temperature: so it is still, once it is of an earlier day.
FEVER_LINE = {"kind": "symptom", "code": "fever", "at": f"{ago(0)}T08:00:00+00:00"}
HOT = {"kind": "result", "code": "temperature", "value": "38.4", "unit": "Cel", "on": ago(0)}
FEVERS_APART = [
    ("record", FEVER_LINE, None),
    ("record", HOT, None),
    ("correct", {**FEVER_LINE, "at": f"{ago(1)}T08:00:00+00:00"}, 0),
]


@pytest.mark.parametrize("profile", ["us", "eu", "fr"])
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@example_of(actions=FEVERS_APART)
@given(actions=ACTIONS)
def test_a_corrected_record_answers_as_one_in_which_nothing_was_ever_wrong(
    fresh_clinic, profile, actions
):
    assert_equal_to_the_final_facts(fresh_clinic, profile, actions)


@pytest.mark.faults
@pytest.mark.parametrize("profile", ["us", "eu", "fr"])
@settings(
    max_examples=200 if EVERYTHING else 100, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(actions=ACTIONS)
def test_so_it_does_after_very_many_sequences(fresh_clinic, profile, actions):
    assert_equal_to_the_final_facts(fresh_clinic, profile, actions)


def assert_equal_to_the_final_facts(fresh_clinic, profile, actions):
    clinic = fresh_clinic()
    course = {**COURSE, "protocol": f"mitoxantrone-ms-{profile}"}
    ward = Ward.__new__(Ward)
    ward.clinic, ward.engine = clinic, clinic.engine
    ward.record(PATIENT)
    ward.record(course)
    true: list[True_] = []
    for what, line, which in actions:
        try:
            _act(ward, true, what, line, which)
        except Refused:
            continue

    ward.assert_sound()
    with database.reading(clinic.engine) as connection:
        found = case_documents(cases.get_case(connection, WHO, Asked(now=NOW)))
    right = fresh_clinic()  # held by a name: it goes when nobody has it any more
    with database.writing(right.engine) as connection:
        numbers = _write_afresh(connection, course, true)
        expected = case_documents(cases.get_case(connection, WHO, Asked(now=NOW)))
    assert renumbered(found, numbers) == expected
    assert [f.row.event for f in in_force(clinic.rows())] == [1, 2, *(fact.event for fact in true)]


class True_:  # noqa: N801  # a line that is true, and the events that said so
    def __init__(self, event: int, identity: int, line: dict[str, str], by: str | None) -> None:
        self.event, self.identity, self.line, self.by = event, identity, line, by


def _act(ward: Ward, true: list[True_], what: str, line: Any, which: int | None) -> None:
    if what == "record":
        event = ward.record({**line, "patient": WHO, "confirm": True})
        true.append(True_(event, event, line, None))
    elif what == "waive":
        with database.writing(ward.engine) as connection:
            (row,) = waivers.waive(connection, WHO, line, reason="x", by="Dr A", now=NOW).stored
        said = {"kind": "waiver", "on": ago(0), **row.body}
        true.append(True_(row.event, row.event, said, "Dr A"))
    elif true:
        old = true[which % len(true)]
        if what == "retract":
            ward.retract(old.event)
        else:
            new = {k: v for k, v in line.items() if k not in ("kind", "code", "fact", "unit")}
            if line["kind"] != old.line["kind"] or line.get("code") != old.line.get("code"):
                new = {"on": line["on"]} if "on" in line and "on" in old.line else new
            event = ward.correct(old.event, {**new, "confirm": True}).event
            true.append(True_(event, old.identity, {**old.line, **new}, "Dr B"))
        true.remove(old)


def _write_afresh(connection: Any, course: dict[str, str], true: list[True_]) -> dict[int, int]:
    """Write what is true into an empty record; gives the new number of every old one.

    Signs and critical values are numbered in the order in which they were first known, and a
    correction makes nothing newer. Where that is not the order of what counts now, each fact that
    was corrected is written twice, right from the first, at the places of its two versions.
    """
    typed.record(connection, PATIENT, now=NOW)
    typed.record(connection, course, now=NOW)
    appender = Appender(connection, now=NOW)
    first_known = [fact.identity for fact in true]
    is_in_order = first_known == sorted(first_known)
    places = {fact.event: fact for fact in true}
    if not is_in_order:
        places |= {fact.identity: fact for fact in true}
    numbers = {1: 1, 2: 2}
    for place, fact in sorted(places.items()):
        body = {k: v for k, v in fact.line.items() if k not in ("kind", "on")}
        if fact.line["kind"] in ("infusion", "plan"):
            body["drug"] = protocols.load(course["protocol"]).drug
        if "anchor" in body:
            body["anchor"] = str(numbers.get(int(body["anchor"]), 0))
        on = date.fromisoformat(fact.line.get("on") or fact.line["at"][:10])
        kind, corrects = fact.line["kind"], numbers.get(fact.identity)
        draft = Draft(kind=kind, on=on, body=body, by=fact.by, corrects=corrects)
        numbers[place] = appender.add(WHO, draft).event
        numbers.setdefault(fact.identity, numbers[place])
    appender.flush()
    return numbers


def renumbered(found: Any, numbers: dict[int, int]) -> Any:
    """Write the new numbers of events in the place of the old ones."""
    if isinstance(found, list):
        return [renumbered(item, numbers) for item in found]
    if not isinstance(found, dict):
        return found
    new = {key: renumbered(value, numbers) for key, value in found.items()}
    if "event" in new:
        new["event"] = numbers[new["event"]]
    if "key" in new:
        who, rule, event = new["key"].rsplit(":", 2)
        new["key"] = f"{who}:{rule}:{numbers[int(event)]}"
    return new
