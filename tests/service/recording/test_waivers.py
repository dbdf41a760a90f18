"""What can be waived and what cannot, for how long, and that a waiver is a caution, never met."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from monitor.domain.corrections import Recorded
from monitor.domain.outcome import CheckState, Severity
from monitor.domain.rules.question import Proposal
from monitor.domain.surface import Surface
from monitor.errors import NotFound, Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, Case
from monitor.service.asking.history import history
from monitor.service.recording import corrections, waivers
from monitor.store import engine as database
from tests.factories import NOW
from tests.facts import HARMLESS, INDICATION, NORMAL

TODAY = NOW.date()
LAST = TODAY - timedelta(days=80)  # the day of the infusion before
BY = {"reason": "seen by cardiology", "by": "Dr A"}
UNITS = {"lvef": "%", "neutrophils": "10*9/L", "lymphocytes": "10*9/L", "platelets": "10*9/L"}
CEILINGS = ("lifetime-dose", "lifetime-mg", "infusion-count")


def result(code: str, value: str, on: date = TODAY, **more: str) -> dict[str, str]:
    unit = {"unit": UNITS.get(code, "g/L")} if value[0].isdecimal() else {}
    line = {"kind": "result", "patient": "P-1", "code": code, "value": value, **unit}
    return {**line, "on": on.isoformat(), "confirm": True, **more}


def infusion(on: date, mg: str = "18.0", **more: str) -> dict[str, str]:
    line = {"kind": "infusion", "patient": "P-1", "on": on.isoformat(), "dose_mg": mg}
    return {**line, "bsa_m2": "1.5", **more}


def course(profile: str = "us", **answers: str) -> list[dict[str, str]]:
    on = (LAST - timedelta(days=7)).isoformat()
    told = {**HARMLESS, "ms_type": INDICATION[profile], **answers}
    return [
        {"kind": "patient", "id": "P-1", "sex": "female", "born": "1993-04-02", "timezone": "UTC"},
        {"kind": "course", "patient": "P-1", "protocol": f"mitoxantrone-ms-{profile}", "on": on},
        *({"kind": "fact", "patient": "P-1", "fact": f, "value": v, "on": on}
          for f, v in told.items()),
        *(result(code, value, LAST - timedelta(days=3)) for code, value in NORMAL.items()),
    ]  # fmt: skip


class Record:
    """One patient, and what a waiver makes of the answers."""

    def __init__(self, clinic, *lines: dict[str, str]) -> None:
        self.clinic = clinic
        self.engine = clinic.engine
        clinic.load(*lines)

    def waive(self, rule: str, **more) -> Recorded:
        with database.writing(self.engine) as connection:
            (row,) = waivers.waive(connection, "P-1", rule, **{**BY, "now": NOW, **more}).stored
        return row

    def case(self, on: date = TODAY) -> Case:
        with database.reading(self.engine) as connection:
            return cases.get_case(connection, "P-1", Asked(now=NOW, as_of=on))

    def gate(self, rule: str, on: date = TODAY) -> tuple[str, str, str]:
        gate = cases.ask_gate(self.case(on), on=on, proposal=Proposal())
        (found,) = [r for r in gate.requirements if r.rule == rule]
        return found.state.value, found.verdict.value, found.message

    def states(self, rule: str, on: date = TODAY) -> dict[int, str]:
        checks = cases.upcoming(
            self.case(on), until=on + timedelta(days=400), states=tuple(CheckState)
        )
        return {check.occurrence: check.state.value for check in checks if check.rule == rule}

    def warned(self, on: date = TODAY) -> list[str]:
        return [w.rule for w in cases.warnings(self.case(on), least=Severity.CAUTION)]


@pytest.fixture
def record(clinic):
    return Record(clinic, *course(), infusion(LAST))


@pytest.mark.parametrize(
    "rule", ["lvef", "ecg", "cardiac-exam", "neutrophils", "liver-tests", "pregnancy-test"]
)
def test_a_missing_test_that_is_waived_is_a_caution_that_names_who_and_why(record, rule):
    assert record.gate(rule)[:2] == ("unknown", "hold")

    record.waive(rule)

    state, verdict, message = record.gate(rule)
    assert (state, verdict) == ("caution", "caution")
    assert f"waived by Dr A on {TODAY} (seen by cardiology)" in message


def test_a_waiver_typed_after_the_infusion_of_the_day_is_not_for_the_next_one(record):
    record.clinic.load(infusion(TODAY))
    record.waive("neutrophils")
    later = TODAY + timedelta(days=92)

    gate = record.case(later).treatments[0].ask(on=later, today=later, proposal=Proposal())

    (counts,) = [r for r in gate.requirements if r.rule == "neutrophils"]
    assert (counts.state.value, counts.verdict.value) == ("unknown", "hold")
    assert record.gate("neutrophils")[:2] == ("caution", "caution")  # that of the day


def test_a_waiver_of_the_day_after_an_infusion_is_for_the_next_one(record):
    yesterday = TODAY - timedelta(days=1)
    record.clinic.load(infusion(yesterday))
    record.waive("neutrophils")

    later = TODAY + timedelta(days=92)
    gate = record.case(later).treatments[0].ask(on=later, today=later, proposal=Proposal())

    (counts,) = [r for r in gate.requirements if r.rule == "neutrophils"]
    assert (counts.state.value, counts.verdict.value) == ("caution", "caution")


@pytest.mark.parametrize(
    ("profile", "rule", "facts"),
    [
        ("us", "hypersensitivity", {"hypersensitivity": "yes"}),
        ("eu", "prior-mitoxantrone", {"prior_mitoxantrone_mg_m2": "1"}),
        ("fr", "prior-mitoxantrone", {"prior_mitoxantrone_mg_m2": "1"}),
    ],
)
def test_an_answer_that_no_clinician_could_defend_cannot_be_waived(clinic, profile, rule, facts):
    record = Record(clinic, *course(profile, **facts), infusion(LAST))

    with pytest.raises(Refused, match=f"{rule} cannot be waived"):
        record.waive(rule)


@pytest.mark.parametrize(("value", "can_be"), [("0.49", False), ("0.5", True), ("0.51", True)])
def test_neutrophils_below_a_half_cannot_be_waived(record, value, can_be):
    record.clinic.load(result("neutrophils", value, TODAY - timedelta(days=1)))

    if can_be:
        record.waive("neutrophils")
    else:
        with pytest.raises(Refused, match="neutrophils cannot be waived"):
            record.waive("neutrophils")


@pytest.mark.parametrize(
    ("rule", "dose"),
    # the largest is 18 mg: less than one and a half of it, exactly that, and more
    [("route", "18"), *(("dose-size", mg) for mg in ("19", "27", "27.01", "28"))],
)
def test_a_waiver_of_what_is_given_with_the_question_has_no_effect_and_the_answer_says_so(
    record, rule, dose
):
    record.waive(rule)

    surface = Surface(m2=Fraction(3, 2), on=TODAY, facts=())
    route = "intrathecal" if rule == "route" else "iv"
    proposal = Proposal(mg=Decimal(dose), surface=surface, route=route)
    gate = cases.ask_gate(record.case(), on=TODAY, proposal=proposal)

    (found,) = [r for r in gate.requirements if r.rule == rule]
    assert found.state.value == "not_met"
    assert f"the waiver of {TODAY} by Dr A has no effect" in found.message


def test_a_requirement_that_is_met_stays_met_when_it_is_waived(record):
    record.clinic.load(result("ecg", "normal", TODAY - timedelta(days=1)))
    record.waive("ecg")

    assert record.gate("ecg")[0] == "met"


def test_a_waiver_says_nothing_of_days_before_it(record):
    record.waive("ecg")

    assert record.gate("ecg", TODAY - timedelta(days=1))[:2] == ("unknown", "hold")


def test_a_waiver_lapses_at_the_next_infusion(record):
    record.waive("ecg", on=TODAY - timedelta(days=2))
    assert record.gate("ecg")[0] == "caution"

    record.clinic.load(infusion(TODAY - timedelta(days=1)))

    assert record.gate("ecg")[:2] == ("unknown", "hold")


@pytest.mark.parametrize("another", [(), (infusion(TODAY - timedelta(days=9)),)])
def test_a_waiver_ends_with_its_infusion_and_goes_over_to_none_in_its_place(record, another):
    record.clinic.load(infusion(TODAY - timedelta(days=10)))
    record.waive("ecg")
    event = record.clinic.rows()[-2].event

    with database.writing(record.engine) as connection:
        corrections.retract(connection, event, reason="not given", by="Dr A", now=NOW)
    record.clinic.load(*another)

    assert record.gate("ecg")[:2] == ("unknown", "hold")


def test_a_waiver_does_not_go_over_to_another_occurrence_from_the_same_anchor(record):
    record.waive("ecg")

    record.clinic.load(infusion(LAST - timedelta(days=60)))  # it makes the coming one the third

    assert record.gate("ecg")[:2] == ("unknown", "hold")


def test_a_waiver_never_covers_a_fact_newer_than_itself(record):
    record.clinic.load(result("ecg", "abnormal", TODAY - timedelta(days=2)))
    record.waive("ecg", on=TODAY - timedelta(days=2))
    assert record.gate("ecg")[0] == "caution"

    record.clinic.load(result("ecg", "abnormal"))

    assert record.gate("ecg")[:2] == ("not_met", "hold")


def test_a_waiver_of_an_earlier_day_does_not_cover_what_happened_after_that_day(record):
    record.clinic.load(result("ecg", "abnormal", TODAY - timedelta(days=2)))

    record.waive("ecg", on=TODAY - timedelta(days=5))

    assert record.gate("ecg", TODAY - timedelta(days=3))[0] == "caution"
    assert record.gate("ecg")[:2] == ("not_met", "hold")


def test_a_waiver_does_not_cover_an_older_day_that_became_known_after_it(record):
    record.waive("ecg")
    record.clinic.load(result("ecg", "abnormal", TODAY - timedelta(days=5)))

    assert record.gate("ecg")[:2] == ("not_met", "hold")


def test_a_waiver_does_not_cover_a_correction_that_came_after_it(record):
    record.clinic.load(result("ecg", "abnormal", TODAY - timedelta(days=2)))
    record.waive("ecg")
    event = record.clinic.rows()[-2].event

    with database.writing(record.engine) as connection:
        new = {"on": (TODAY - timedelta(days=3)).isoformat()}
        corrections.correct(connection, event, new, reason="day", by="Dr A", now=NOW)

    assert record.gate("ecg")[:2] == ("not_met", "hold")


@pytest.mark.parametrize(
    ("rule", "newest"),
    [("lvef", result("lvef", "45")), ("pregnancy-test", result("hcg", "positive"))],
)
def test_the_newest_value_that_stops_cannot_be_waived(record, rule, newest):
    record.clinic.load(newest)

    with pytest.raises(Refused, match=f"{rule} cannot be waived"):
        record.waive(rule)

    assert record.gate(rule)[:2] == ("not_met", "stop")


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("lvef", result("lvef", "45", TODAY - timedelta(days=9)), result("lvef", "60")),
        (
            "pregnancy-test",
            result("hcg", "positive", TODAY - timedelta(days=9)),
            result("hcg", "negative"),
        ),
    ],
)
def test_a_stop_that_outlives_a_better_result_holds_until_it_is_waived(record, rule, bad, good):
    record.clinic.load(bad, good)
    assert record.gate(rule)[:2] == ("not_met", "hold")

    record.waive(rule)

    assert record.gate(rule)[:2] == ("caution", "caution")


@pytest.mark.parametrize("profile", ["us", "eu", "fr"])
def test_the_ceilings_cannot_be_waived(clinic, profile):
    record = Record(clinic, *course(profile), {**infusion(LAST, mg="240"), "confirm": True})
    gate = cases.ask_gate(record.case(), on=TODAY, proposal=Proposal())
    reached = [r.rule for r in gate.requirements if r.rule in CEILINGS and r.verdict == "stop"]
    assert "lifetime-dose" in reached

    for rule in reached:
        with pytest.raises(Refused, match="cannot be waived"):
            record.waive(rule)


def test_an_unknown_lifetime_dose_can_be_waived_where_it_is_below_the_ceiling_in_any_case(clinic):
    record = Record(clinic, *course(), {**infusion(LAST), "bsa_m2": None})
    assert record.gate("lifetime-dose")[:2] == ("unknown", "hold")

    record.waive("lifetime-dose")

    assert record.gate("lifetime-dose")[:2] == ("caution", "caution")


def test_an_unknown_lifetime_dose_that_may_have_reached_the_ceiling_cannot_be_waived(clinic):
    # 128 known and 12 for the dose of unknown size are the 140 of the ceiling: not below it.
    given = {"prior_mitoxantrone_mg_m2": "128"}
    record = Record(clinic, *course(**given), {**infusion(LAST), "bsa_m2": None})
    assert record.gate("lifetime-dose")[:2] == ("unknown", "hold")

    with pytest.raises(Refused, match="cannot be waived"):
        record.waive("lifetime-dose")


def test_waiving_the_pregnancy_test_does_not_end_the_warning_of_a_positive_one(record):
    record.clinic.load(
        result("hcg", "positive", TODAY - timedelta(days=9)), result("hcg", "negative")
    )
    record.waive("pregnancy-test")
    assert "positive-pregnancy-test" in record.warned()

    record.waive("positive-pregnancy-test")

    assert "positive-pregnancy-test" not in record.warned()


def test_waiving_a_warning_ends_it_from_that_day_until_a_newer_fact_raises_it(record):
    record.clinic.load(result("blasts", "present", TODAY - timedelta(days=5)))
    assert record.gate("suspected-leukaemia")[:2] == ("not_met", "stop")

    record.waive("suspected-leukaemia", on=TODAY - timedelta(days=2))

    assert "suspected-leukaemia" in record.warned(TODAY - timedelta(days=3))
    assert "suspected-leukaemia" not in record.warned()
    record.clinic.load(result("blasts", "present", TODAY - timedelta(days=1)))
    assert "suspected-leukaemia" in record.warned()


def test_waiving_an_infusion_given_against_the_gate_ends_that_one_only(record):
    given = [TODAY - timedelta(days=20), TODAY - timedelta(days=10)]
    record.clinic.load(*(infusion(on) for on in given))
    standing = [w for w in record.warned() if w == "given-against-gate"]
    assert len(standing) == 2

    row = record.waive("given-against-gate", occurrence=2)

    assert record.warned().count("given-against-gate") == 1
    assert row.body["anchor"] == str(record.clinic.rows()[-3].event)


def test_without_an_occurrence_the_newest_is_meant(record):
    given = [TODAY - timedelta(days=20), TODAY - timedelta(days=10)]
    record.clinic.load(*(infusion(on) for on in given))

    assert record.waive("given-against-gate").body["occurrence"] == "3"


@pytest.mark.parametrize(
    "rule", ["severe-neutropenia", "infection-watch", "urine-colour", "leukaemia-watch"]
)
def test_a_warning_that_ends_by_itself_cannot_be_waived(record, rule):
    record.clinic.load(result("neutrophils", "0.4"))

    with pytest.raises(Refused, match="ends by itself or by a newer result"):
        record.waive(rule)


def test_a_warning_that_does_not_stand_cannot_be_waived(record):
    with pytest.raises(Refused, match=f"no warning suspected-leukaemia stands for P-1 on {TODAY}"):
        record.waive("suspected-leukaemia")


def test_a_check_that_is_waived_is_waived_for_that_occurrence_and_anchor(record):
    assert record.states("cbc-nadir") == {1: "overdue"}

    row = record.waive("cbc-nadir")
    assert record.states("cbc-nadir") == {1: "waived"}
    assert row.body["anchor"] == str(anchor_of(record))
    record.clinic.load(infusion(TODAY - timedelta(days=20)))

    assert record.states("cbc-nadir") == {1: "waived", 2: "overdue"}


def anchor_of(record: Record) -> int:
    return next(row.event for row in record.clinic.rows() if row.kind == "infusion")


def test_the_newest_check_that_was_not_done_is_meant_and_not_one_that_is_far_ahead(clinic):
    begun = TODAY - timedelta(days=400)
    record = Record(clinic, *(line | ({"on": begun.isoformat()} if "on" in line else {})
                              for line in course()), infusion(begun))  # fmt: skip
    assert record.states("lvef-follow-up")[1] == "overdue"

    assert record.waive("cbc-follow-up").body["occurrence"] == "4"
    assert record.waive("lvef-follow-up").body["occurrence"] == "1"
    assert record.states("lvef-follow-up")[1] == "waived"


def test_a_check_that_was_done_or_waived_is_not_waived_again(record):
    record.waive("cbc-nadir")

    with pytest.raises(Refused, match="cbc-nadir 1 is waived already"):
        record.waive("cbc-nadir")


def test_the_same_words_typed_twice_waive_nothing_that_is_still_ahead(record):
    assert record.waive("cbc-follow-up").body["occurrence"] == "1"

    with pytest.raises(Refused, match=r"cbc-follow-up 1 is waived already; the next, due .* 2$"):
        record.waive("cbc-follow-up")
    assert record.waive("cbc-follow-up", occurrence=2).body["occurrence"] == "2"


def test_a_check_that_does_not_exist_cannot_be_waived(record):
    with pytest.raises(Refused, match="P-1 has no check cbc-nadir 7"):
        record.waive("cbc-nadir", occurrence=7)
    with pytest.raises(Refused, match="P-1 has no check lvef-now"):
        record.waive("lvef-now")


def test_a_requirement_is_waived_for_the_coming_infusion_only(record):
    assert record.waive("ecg", occurrence=2).body["occurrence"] == "2"
    with pytest.raises(Refused, match="coming infusion only, --occurrence 2"):
        record.waive("ecg", occurrence=1)


def test_a_rule_that_there_is_not_is_refused_with_the_nearest(record):
    with pytest.raises(NotFound, match="no rule 'lvfe'; there is lvef"):
        record.waive("lvfe")


def test_without_a_course_that_runs_no_requirement_can_be_waived(record):
    end = {"kind": "course_end", "patient": "P-1", "on": TODAY.isoformat(), "reason": "done"}
    record.clinic.load(end)

    with pytest.raises(Refused, match=f"P-1 has no course that runs on {TODAY}"):
        record.waive("ecg")


def test_a_waiver_of_a_future_day_is_refused(record):
    with pytest.raises(Refused, match="future"):
        record.waive("ecg", on=TODAY + timedelta(days=1))


def test_a_refused_waiver_stores_nothing(record):
    before = record.clinic.size
    record.clinic.load(result("lvef", "45"))

    with pytest.raises(Refused):
        record.waive("lvef")

    assert record.clinic.size == (before[0] + 1, before[1])


def test_a_waiver_that_is_taken_back_no_longer_counts(record):
    event = record.waive("ecg").event

    with database.writing(record.engine) as connection:
        corrections.retract(connection, event, reason="hasty", by="Dr B", now=NOW)

    assert record.gate("ecg")[:2] == ("unknown", "hold")


def test_a_waiver_cannot_be_corrected(record):
    event = record.waive("ecg").event

    with (
        database.writing(record.engine) as connection,
        pytest.raises(Refused, match="retract it and waive again"),
    ):
        corrections.correct(
            connection, event, {"on": "2026-01-01"}, reason="day", by="Dr B", now=NOW
        )


def test_the_history_names_the_waiver_who_and_why(record):
    event = record.waive("ecg").event

    with database.reading(record.engine) as connection:
        entries = history(connection, "P-1", Asked(now=NOW))

    (entry,) = [entry for entry in entries if entry.event == event]
    assert entry.kind == "waiver"
    assert entry.what == "ecg 2 waived by Dr A: seen by cardiology"
    assert entry.by == "Dr A"
