"""A patient who moves west, or whose zone was wrong: what was recorded of today still counts."""

import pytest

LOW = "result log P-1 platelets 12 10*9/L --confirm --on"


@pytest.fixture
def early(ward, at, http_sink):
    """A patient for whom the 30th has begun, and a ward that is told about it."""
    at("11-29T17:33")
    ward.type("patient add P-1 --sex female --born 1990-01-01 --timezone Pacific/Kiritimati")
    ward.contact(http_sink.url, private=True)
    return ward


MOVES = [
    "patient change P-1 --timezone Pacific/Honolulu --on 2026-11-29",
    "patient change P-1 --timezone Etc/GMT+12 --on 2026-11-28",
]


def standing(ward) -> list[str]:
    return [found["rule"] for found in ward.ask("warnings P-1")["warnings"]]


@pytest.mark.parametrize("move", MOVES)
def test_an_emergency_stands_and_is_told_though_its_day_has_not_begun_where_the_patient_went(
    early, at, http_sink, move
):
    early.type(f"{LOW} 2026-11-30")
    at("11-29T17:40")

    early.type(move)

    assert standing(early) == ["critical-result"]
    assert early.tick("2026-11-29T17:40:00+00:00")["sent"] == 1
    assert [taken["body"]["urgency"] for taken in http_sink.requests] == ["emergency"]


@pytest.mark.parametrize("move", MOVES)
def test_one_that_was_told_is_not_taken_back_and_its_hour_without_an_answer_runs_on(
    early, at, move
):
    early.contact("console:", role="prescriber", name="Dr")
    early.type(f"{LOW} 2026-11-30")
    early.tick("2026-11-29T17:33:00+00:00")
    at("11-29T17:40")
    early.type(move)

    told = [early.tick(f"2026-11-29T{time}:00+00:00") for time in ("17:40", "18:20", "18:40")]

    assert [(each["owed"], each["withdrawn"]) for each in told[:2]] == [(0, 0), (0, 0)]
    assert told[2]["owed"] > 0
    assert {one["stage"] for one in early.outbox()} == {"warning", "escalated"}


def test_it_can_be_acknowledged_and_corrected_meanwhile(early, at):
    early.type(f"{LOW} 2026-11-30")
    early.tick("2026-11-29T17:33:00+00:00")
    at("11-29T17:40")
    early.type(MOVES[0])

    early.type(f"acknowledge {early.outbox()[0]['ref']} --by Ann")
    early.type(f"correct {early.event('platelets')} --value 120 --reason misread --by Ann")

    assert standing(early) == []


def test_what_was_taken_back_makes_no_day(early, at):
    early.type(f"{LOW} 2026-11-30")
    early.type(MOVES[0])

    early.type(f"retract {early.event('platelets')} --reason 'other patient' --by Ann")

    assert early.ask("warnings P-1")["as_of"] == "2026-11-29"


def test_the_gate_of_the_day_that_comes_twice_counts_what_is_known(early, at):
    early.type("course start P-1 --protocol example --on 2026-11-20")
    early.type(f"{LOW} 2026-11-30")
    early.type(MOVES[0])
    early.type("infusion plan P-1 --on 2026-11-29")

    gates = [early.ask("gate P-1 --on 2026-11-29"), *early.ask("gate --on 2026-11-29")["gates"]]

    for gate in gates:
        assert gate["on"] == "2026-11-29"
        found = {one["rule"]: one["state"] for one in gate["requirements"]}
        assert found["critical-result"] == "not_met"


def test_a_day_that_is_named_is_answered_as_of_that_day(early, at):
    early.type(f"{LOW} 2026-11-30")
    early.type(MOVES[0])

    assert early.ask("warnings P-1 --as-of 2026-11-29")["warnings"] == []
    assert early.ask("warnings P-1 --as-of 2026-11-30")["warnings"] != []


def test_a_booking_of_tomorrow_makes_it_no_earlier_tomorrow(early, at):
    early.type("course start P-1 --protocol example --on 2026-11-20")
    early.type(MOVES[0])
    early.type("infusion plan P-1 --on 2026-11-30")

    assert early.ask("warnings P-1")["as_of"] == "2026-11-29"


def test_a_pass_with_a_clock_before_the_recording_counts_facts_by_their_day(early, at):
    early.type(f"{LOW} 2026-11-30")
    at("11-29T17:40")
    early.type(MOVES[0])

    assert early.tick("2026-11-29T17:00:00+00:00")["sent"] == 0  # the 29th, there
    assert early.tick("2026-11-29T17:32:00+00:00")["sent"] == 0
    assert early.tick("2026-11-29T17:33:00+00:00")["sent"] == 1  # it had been recorded


def test_a_value_of_the_day_that_comes_twice_is_asked_about(early, at, monitor):
    early.type("result log P-1 platelets 150 10*9/L --on 2026-11-30")
    at("11-29T17:40")
    early.type(MOVES[0])

    code, _, err = monitor("result log P-1 platelets 12 10*9/L --on 2026-11-29")
    assert code == 2
    assert "what happens now is of 2026-11-30: if it is right, confirm with --confirm" in err
    early.type("result log P-1 platelets 12 10*9/L --on 2026-11-30 --second")

    assert standing(early) == ["critical-result"]


GIVEN = (
    "course start P-1 --protocol example --on 2026-11-30",
    "infusion log P-1 --on 2026-11-30 --dose-mg 21 --height-cm 175 --weight-kg 63",
)


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("arrives", ["11-29T17:55", "12-01T17:55"])
def test_a_fever_after_an_infusion_of_the_day_that_has_begun_is_after_it(early, at, move, arrives):
    for typed in GIVEN:
        early.type(typed)
    at("11-29T17:40")
    early.type(move)
    at(arrives)

    early.type("symptom log P-1 fever 39 Cel --at 2026-11-29T17:50:00+00:00")

    assert "febrile-neutropenia" in standing(early)


def test_a_fever_between_an_infusion_and_its_being_written_down_is_after_it(early, at):
    at("11-29T17:40")
    for typed in GIVEN:
        early.type(typed)
    early.type(MOVES[0])

    early.type("symptom log P-1 fever 39 Cel --at 2026-11-29T17:30:00+00:00")

    assert "febrile-neutropenia" in standing(early)


def test_a_fever_before_that_day_had_begun_where_the_patient_was_is_of_its_own_day(early, at):
    at("11-29T17:40")
    early.type(f"{LOW} 2026-11-30")
    early.type(MOVES[0])

    early.type("symptom log P-1 fever 39 Cel --at 2026-11-29T09:59:00+00:00")

    (entry,) = [one for one in early.ask("history P-1")["entries"] if one["kind"] == "symptom"]
    assert entry["on"] == "2026-11-28"


def test_a_fever_a_minute_before_midnight_is_of_the_day_that_ends(ward, at):
    at("11-30T00:01")
    ward.type("patient add P-1 --sex female --born 1990-01-01 --timezone UTC")
    ward.type(f"{LOW} 2026-11-30")

    ward.type("symptom log P-1 fever 39 Cel --at 2026-11-29T23:59:30+00:00")

    (entry,) = [one for one in ward.ask("history P-1")["entries"] if one["kind"] == "symptom"]
    assert entry["on"] == "2026-11-29"
