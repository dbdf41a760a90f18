"""Steps of a drug that is taken daily, on the record: what fits, what is refused, what stays."""

from datetime import date, timedelta

import pytest

from monitor import protocols
from monitor.domain.facts import DoseAction, Dosing
from monitor.domain.rules.question import Proposal
from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.operating import verify
from monitor.service.recording import corrections
from monitor.store import codec
from monitor.store import engine as database
from tests.factories import NOW

PATIENT = {"kind": "patient", "id": "P-1", "sex": "female", "timezone": "UTC"}
COURSE = {"kind": "course", "patient": "P-1", "protocol": "clozapine-us", "on": "2025-01-02"}
OTHER = {"kind": "course", "patient": "P-1", "protocol": "example", "on": "2025-01-02"}


def step(action: str, on: str, **given: str) -> dict[str, str]:
    return {"kind": "dose", "patient": "P-1", "action": action, "on": on, **given}


def steps(clinic) -> list[tuple[str, str, str | None]]:
    found = codec.facts(clinic.rows(), protocols.catalogue())
    return [
        (f.action.value, f.on.isoformat(), None if f.mg is None else str(f.mg))
        for f in found
        if isinstance(f, Dosing)
    ]


@pytest.fixture
def taking(clinic):
    clinic.load(PATIENT, COURSE, step("start", "2025-01-06", dose_mg="12.5", reason="first"))
    return clinic


def test_an_import_takes_steps_in_any_order_and_the_same_file_twice_stores_nothing_new(clinic):
    file = [
        step("stop", "2025-03-01", reason="switched"),
        step("resume", "2025-02-10"),
        step("interrupt", "2025-02-01"),
        step("change", "2025-01-20", dose_mg="25"),
        step("start", "2025-01-06", dose_mg="12.5", by="Dr H", id="x-1"),
        COURSE,
        PATIENT,
    ]

    first, again = clinic.load(*file), clinic.load(*reversed(file))

    assert (first.stored, again.stored, again.skipped) == (7, 0, 7)
    assert sorted(steps(clinic), key=lambda s: s[1]) == [
        ("start", "2025-01-06", "12.5"),
        ("change", "2025-01-20", "25"),
        ("interrupt", "2025-02-01", None),
        ("resume", "2025-02-10", None),
        ("stop", "2025-03-01", None),
    ]


@pytest.mark.parametrize(
    ("action", "on", "given", "words"),
    [
        ("start", "2025-01-07", {}, "is taken, since 2025-01-06; type: monitor dose change"),
        ("resume", "2025-01-07", {}, "is taken, since 2025-01-06"),
        ("interrupt", "2025-01-05", {}, "was not started; type: monitor dose start P-1"),
        ("stop", "2025-01-05", {}, "was not started"),
        ("start", "2025-01-05", {}, "then 'start' on 2025-01-06 would no longer fit"),
        ("start", "2025-01-06", {}, "has other values for that day"),
        ("change", "2025-01-07", {}, "dose_mg: missing"),
        ("change", "2025-01-07", {"dose_mg": "0"}, "dose_mg: 0 cannot be"),
        ("stop", "2025-01-07", {"dose_mg": "25"}, "dose_mg: 'stop' takes no dose"),
        ("pause", "2025-01-07", {}, "action: 'pause' is not one of start, resume, change"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would_be_right(taking, action, on, given, words):
    before = taking.size

    with pytest.raises(Refused, match=words.replace(".", r"\.")):
        taking.record(**step(action, on, **given))

    assert taking.size == before


def course(kind: str, on: str, **given: str) -> dict[str, str]:
    return {"kind": kind, "patient": "P-1", "on": on, **given}


PAUSED = [course("course_pause", "2025-01-10")]
RESUMED = [*PAUSED, course("course_resume", "2025-01-20")]
ENDED = [course("course_end", "2025-01-10", reason="moved")]
AGAIN = {**COURSE, "on": "2025-01-20"}


@pytest.mark.parametrize(
    "changes",
    [
        RESUMED,
        [*ENDED, AGAIN],
        [*PAUSED, course("course_end", "2025-01-20", reason="moved"), AGAIN],
    ],
)
@pytest.mark.parametrize("action", ["start", "resume", "change"])
def test_what_rested_with_its_course_may_be_begun_again(taking, changes, action):
    for line in changes:
        taking.record(**line)

    taking.record(**step(action, "2025-01-20", dose_mg="12.5"))

    with pytest.raises(Refused, match="is taken, since 2025-01-20"):
        taking.record(**step("start", "2025-01-21", dose_mg="12.5"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (PAUSED, "is paused with its course, since 2025-01-10; type: monitor dose change"),
        (ENDED, "is paused with its course, since 2025-01-10"),
        ([*RESUMED, course("course_pause", "2025-01-21")], "is paused with its course, since"),
        ([*ENDED, {**COURSE, "on": "2025-01-10"}], "is taken, since 2025-01-06"),
        ([*PAUSED, course("course_resume", "2025-01-10")], "is taken, since 2025-01-06"),
    ],
)
@pytest.mark.parametrize("action", ["start", "resume"])
def test_while_it_rests_with_its_course_nothing_is_begun(taking, changes, words, action):
    for line in changes:
        taking.record(**line)

    with pytest.raises(Refused, match=words):
        taking.record(**step(action, "2025-01-22", dose_mg="12.5"))


def test_an_equal_step_is_refused_on_the_command_line(taking):
    with pytest.raises(Refused, match="already recorded as event 3"):
        taking.record(**step("start", "2025-01-06", dose_mg="12.5", reason="first"))


def test_a_second_step_of_a_day_is_taken_when_said_to_be_one(taking):
    taking.record(**step("interrupt", "2025-01-06", second="true"))

    assert [s[0] for s in steps(taking)] == ["start", "interrupt"]


def test_a_file_that_interrupts_twice_is_refused_as_a_whole(clinic):
    with pytest.raises(Refused, match=r"is interrupted, since 2025-02-01"):
        clinic.load(
            PATIENT, COURSE, step("start", "2025-01-06"), step("interrupt", "2025-02-02"),
            step("interrupt", "2025-02-01"),
        )  # fmt: skip

    assert clinic.size == (0, 0)


def test_a_step_goes_to_the_drug_that_is_taken_daily_and_an_infusion_to_the_other(clinic):
    clinic.load(PATIENT, COURSE, OTHER)

    (dose,) = clinic.record(**step("start", "2025-01-06"))
    (infusion,) = clinic.record(
        kind="infusion", patient="P-1", on="2025-01-10", dose_mg="20", bsa_m2="1.8"
    )

    assert (dose.body["drug"], infusion.body["drug"]) == ("clozapine", "exampline")


@pytest.mark.parametrize(
    ("course", "line", "words"),
    [
        (COURSE, {"kind": "infusion", "dose_mg": "20", "bsa_m2": "1.8"}, "monitor dose start P-1"),
        (COURSE, {"kind": "plan"}, "clozapine-us is taken daily"),
        (OTHER, {"kind": "dose", "action": "start"}, "example is given as infusions"),
        (None, {"kind": "dose", "action": "start"}, "monitor course start P-1"),
    ],
)
def test_the_wrong_way_of_giving_a_drug_is_refused(clinic, course, line, words):
    clinic.load(PATIENT, *([course] if course else []))

    with pytest.raises(Refused, match=words):
        clinic.record(patient="P-1", on="2025-01-10", **line)


def test_a_correction_replaces_a_step_and_a_retraction_takes_it_back(taking):
    with database.writing(taking.engine) as connection:
        entry = corrections.correct(
            connection, 3, {"dose_mg": "25", "on": "2025-01-07"}, reason="typing", by="x", now=NOW
        )
    assert steps(taking) == [("start", "2025-01-07", "25")]
    assert entry.first.body["reason"] == "first"

    with database.writing(taking.engine) as connection:
        with pytest.raises(Refused, match="the only course that event 4 belongs to"):
            corrections.retract(connection, 2, reason="wrong", by="x", now=NOW)
        corrections.retract(connection, 4, reason="wrong patient", by="x", now=NOW)

    assert steps(taking) == []
    taking.record(**step("start", "2025-01-08"))  # nothing stands against it any more


def test_a_step_that_leans_on_a_start_taken_back_blocks_no_other_one(taking):
    taking.record(**step("interrupt", "2025-02-01"))
    with database.writing(taking.engine) as connection:
        corrections.retract(connection, 3, reason="wrong day", by="x", now=NOW)

    taking.record(**step("start", "2025-01-08"))

    assert sorted(steps(taking), key=lambda s: s[1]) == [
        ("start", "2025-01-08", None),
        ("interrupt", "2025-02-01", None),
    ]


def test_what_was_known_before_a_step_was_recorded_knows_nothing_of_it(taking):
    later = NOW + timedelta(hours=1)
    taking.record(now=later, **step("stop", "2025-02-01"))

    with database.reading(taking.engine) as connection:
        before = cases.get_case(connection, "P-1", Asked(now=later, known_at=NOW))
        now = cases.get_case(connection, "P-1", Asked(now=later))

    assert [s.action for s in before.treatment().timeline.dosing] == [DoseAction.START]
    assert [s.action for s in now.treatment().timeline.dosing][-1] is DoseAction.STOP


def test_steps_are_part_of_the_chain_and_of_the_projection(taking):
    taking.record(**step("change", "2025-01-20", dose_mg="25"))

    with database.reading(taking.engine) as connection:
        faults = verify.verify(connection, now=NOW).faults
        assert [fault for fault in faults if fault.startswith("P-1")] == []
        case = cases.get_case(connection, "P-1", Asked(now=NOW, as_of=date(2025, 1, 20)))
        listed = cases.upcoming(case, until=date(2025, 1, 20), states=())

    assert [(c.rule, c.occurrence) for c in listed] == [
        ("blood-count", 1),
        ("blood-count", 2),
        ("blood-count", 3),
    ]


def test_a_patients_own_range_names_who_recorded_it(clinic):
    clinic.load(
        PATIENT,
        {**COURSE, "by": "Dr H", "facts": {"benign_ethnic_neutropenia": "yes"}},
        {"kind": "result", "patient": "P-1", "code": "neutrophils", "value": "1.1",
         "unit": "10*9/L", "on": "2025-01-03"},
    )  # fmt: skip
    with database.reading(clinic.engine) as connection:
        case = cases.get_case(connection, "P-1", Asked(now=NOW, as_of=date(2025, 1, 3)))
    gate = cases.ask_gate(case, on=date(2025, 1, 3), proposal=Proposal())

    (message,) = [r.message for r in gate.requirements if r.rule == "neutrophils"]

    assert "normal from 1 10*9/L (benign ethnic neutropenia, recorded by Dr H on" in message
