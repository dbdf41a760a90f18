"""Facts that were recorded while the clock was ahead are out of sight once it is put right."""

import pytest

from tests.delivery.ward import fever, patient_lines

LOW = "result log P-1 platelets 12 10*9/L --confirm --on 2026-12-01"
FOR_ONE = ["warnings P-1", "upcoming P-1", "history P-1", "gate P-1 --on 2026-11-29"]
CALM = {"name": "clock", "well": True, "message": "no fact is of a later day"}
HIDDEN = "1 fact of P-1 is out of sight until 2026-12-01"


@pytest.fixture
def ahead(ward, at):
    """A clinic whose clock was two days ahead for a moment, and is right again."""
    at("11-29T12:00")
    ward.load(patient_lines(), patient_lines("P-2"))
    at("12-01T12:00")
    ward.type(LOW)
    at("11-29T12:05")
    return ward


def clock_of(ward) -> dict:
    return next(one for one in ward.ask("doctor")["checks"] if one["name"] == "clock")


@pytest.mark.parametrize("question", [*FOR_ONE, "warnings", "exposure P-1"])
def test_who_asks_about_the_patient_is_told(ahead, question):
    assert HIDDEN in ahead.monitor(question)[2]


def test_the_history_shows_it_so_that_it_can_be_corrected(ahead):
    assert "platelets 12" in ahead.type("history P-1")
    assert "platelets 12" not in ahead.type("history P-1 --as-of 2026-11-29")


@pytest.mark.parametrize("question", FOR_ONE)
def test_a_program_that_asks_is_told_too(ahead, question):
    (fact,) = ahead.ask(question)["not_come"]

    assert (fact["what"], fact["on"]) == ("platelets 12 10*9/L", "2026-12-01")


def test_doctor_is_unwell_and_says_what_to_do_and_no_more(ahead):
    found = clock_of(ahead)

    assert not found["well"]
    assert HIDDEN in found["message"]
    assert "monitor correct" in found["message"]
    assert "platelets" not in found["message"]


def test_what_doctor_says_is_a_remedy(ahead, at, http_sink):
    ahead.contact(http_sink.url)
    command = clock_of(ahead)["message"].partition(": monitor correct ")[2].partition(";")[0]

    ahead.type(f"correct {command.replace('DATE', '2026-11-29').replace(' R', ' clock')} --confirm")

    assert clock_of(ahead)["well"]
    rules = [one["rule"] for one in ahead.ask("warnings P-1")["warnings"]]
    assert "critical-result" in rules
    assert "not_come" not in ahead.ask("warnings P-1")


def test_it_ends_by_itself_when_the_day_comes(ahead, at):
    at("12-01T00:01")

    assert "out of sight" not in clock_of(ahead)["message"]
    assert HIDDEN not in ahead.monitor("warnings P-1")[2]


def test_several_facts_are_counted(ahead, at):
    at("12-03T12:00")
    ahead.add("P-1", fever("2026-12-03T08:00:00+00:00"))
    at("11-29T12:05")

    assert (
        "2 facts of P-1 are out of sight until 2026-12-01 to 2026-12-03"
        in (clock_of(ahead)["message"])
    )


@pytest.fixture
def of_today(ward, at):
    """A weight of today, recorded by a clock that was two days ahead and is right again."""
    at("11-29T12:00")
    ward.load(patient_lines())
    at("12-01T12:00")
    ward.type("result log P-1 weight 63 kg --on 2026-11-29")
    at("11-29T12:05")
    return ward


def test_what_was_recorded_of_the_true_day_is_in_sight(of_today):
    of_today.type("infusion plan P-1 --on 2026-12-24")

    assert clock_of(of_today)["well"]
    assert "out of sight" not in of_today.monitor("warnings P-1")[2]


def test_its_moment_is_named_all_the_same_with_what_follows(of_today):
    of_today.type("result log P-1 height 162 cm --on 2026-11-29")

    said = clock_of(of_today)["message"]

    assert "2 facts of P-1 are recorded as of moments to come, until 2026-12-01 12:00 UTC" in said
    assert "later facts of P-1 get the moment after that" in said
    assert "nothing is lost" in said


def test_until_anything_else_is_recorded_the_clock_may_be_behind_now(of_today):
    found = clock_of(of_today)

    assert not found["well"]
    assert "the newest fact was recorded by a clock ahead of this one" in found["message"]


def test_once_that_moment_has_come_nothing_is_said_of_it(of_today, at):
    at("12-01T12:01")

    assert clock_of(of_today) == {
        "name": "clock",
        "well": True,
        "message": "no fact is of a later day",
    }


def test_two_clocks_of_one_server_are_no_matter(ward, at):
    at("11-29T12:01")
    ward.load(patient_lines())
    at("11-29T12:00")

    assert clock_of(ward) == CALM


def test_an_emergency_after_a_clock_a_month_ahead_is_told_at_once(ward, at, http_sink):
    at("11-29T12:00")
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    at("12-31T12:00")
    ward.type("result log P-1 weight 63 kg --on 2026-11-29")
    at("11-29T12:05")
    ward.type(LOW.replace("2026-12-01", "2026-11-29"))

    ward.tick("2026-11-29T12:06:00+00:00")

    assert "emergency" in [r["body"]["urgency"] for r in http_sink.requests]


def test_that_nobody_sends_is_said_where_who_is_told_was_added_by_such_a_clock(ward, at, http_sink):
    at("11-29T12:00")
    ward.load(patient_lines())
    at("12-01T12:00")
    ward.contact(http_sink.url)
    at("11-29T12:05")

    assert "nobody has sent reminders" in ward.monitor("warnings P-1")[2]


def test_what_no_look_has_seen_is_missed_behind_such_a_clock_too(of_today, at, http_sink):
    of_today.contact(http_sink.url)
    of_today.tick("2026-11-29T12:06:00+00:00")
    at("11-29T12:07")
    of_today.type("result log P-1 height 162 cm --on 2026-11-29")
    at("11-29T12:19")

    beat = next(one for one in of_today.ask("doctor")["checks"] if one["name"] == "beat")

    assert "what was recorded since is told to nobody" in beat["message"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_a_day_that_has_begun_for_the_patient_alone_is_none(ward, at, zone):
    """The machine's clock is right: it is another day there."""
    at("11-29T10:30")
    ward.load(patient_lines(timezone=zone))
    day = "2026-11-30" if zone.startswith("P") else "2026-11-28"
    ward.type(f"result log P-1 platelets 12 10*9/L --confirm --on {day}")
    ward.type("patient change P-1 --timezone Etc/GMT+12 --on 2026-11-28")

    assert clock_of(ward)["well"]
    assert "out of sight" not in ward.monitor("warnings P-1")[2]


def test_as_of_a_day_that_is_named_nothing_is_said(ahead):
    assert HIDDEN not in ahead.monitor("warnings P-1 --as-of 2026-11-29")[2]


def test_a_damaged_record_is_named_as_damaged(ahead, database):
    from sqlalchemy import text

    from tests.behind import behind, drop_triggers

    with behind(database) as connection:
        drop_triggers(connection)
        connection.execute(text("UPDATE fact SET body = '{}' WHERE patient = 'P-1'"))

    assert "out of sight" not in clock_of(ahead)["message"]
    assert not ahead.ask("doctor")["well"]
