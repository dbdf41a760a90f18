"""Days and moments as people type them are of the patient's zone; an echo says what was meant."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.commands import options

# 25 hours apart: at every moment the one is in the middle of a later day than the other.
EAST, WEST = "Pacific/Kiritimati", "Pacific/Pago_Pago"


def there(zone: str, ahead: int = 0) -> date:
    return options.now().astimezone(ZoneInfo(zone)).date() + timedelta(days=ahead)


@pytest.fixture
def far(monitor):
    """A patient at each end of the calendar, each with a course."""
    for who, zone in (("E-1", EAST), ("W-1", WEST)):
        monitor(f"patient add {who} --timezone {zone} --born 1985-05-05")
        monitor(f"course start {who} --protocol example --on -3w")
    return monitor


@pytest.mark.parametrize(("who", "zone"), [("E-1", EAST), ("W-1", WEST)])
@pytest.mark.parametrize(
    ("typed", "said", "ahead"),
    [
        ("result log {} ecg normal", "recorded ecg normal on {} for", 0),
        ("result log {} ecg normal --on yesterday", "recorded ecg normal on {} for", -1),
        ("fact set {} active_infection=no", "recorded active_infection no on {} for", 0),
        ("infusion log {} --dose-mg 21 --bsa-m2 1.75", "recorded 21 mg on {} for", 0),
        ("infusion plan {} --on +1w", "booked the next infusion on {} for", 7),
        ("course pause {}", "paused on {} the course of", 0),
        ("patient close {} --reason died --by N", "closed on {}:", 0),
        ("waive {} ecg --reason R --by N", "waived ecg 1 on {} for", 0),
    ],
)
def test_a_day_is_the_patients_and_today_where_none_is_said(who, zone, typed, said, ahead, far):
    code, out, _ = far(typed.format(who))

    assert code == 0
    assert out.startswith(said.format(there(zone, ahead)) + f" {who} (born 1985-05-05), as event")


def test_a_moment_without_an_offset_is_of_the_patients_zone(far):
    assert (
        f"at {there(EAST, -1)}T22:30:00+14:00 for E-1"
        in far("symptom log E-1 cough --at 'yesterday 22:30'")[1]
    )
    assert (
        f"at {there(WEST, -1)}T22:30:00-11:00 for W-1"
        in far("symptom log W-1 cough --at 'yesterday 22:30'")[1]
    )


def test_a_moment_of_nobodys_needs_an_offset_or_the_clinics_zone(far, monkeypatch):
    code, _, err = far("warnings --known-at 07:00")
    monkeypatch.setenv("MONITOR_CLINIC_ZONE", EAST)

    assert code == 2
    assert "--known-at: '" in err
    assert "has no offset; write for instance" in err
    assert far("warnings --known-at 07:00")[0] == 0


def test_questions_count_from_the_day_that_they_are_asked_as_of(far, ask):
    assert ask("upcoming E-1 --as-of 2026-03-01 --until +2w")[1]["until"] == "2026-03-15"
    assert ask("gate E-1 --on -1d --as-of yesterday")[1]["on"] == str(there(EAST, -2))
    assert ask("upcoming W-1 --as-of today --until yesterday")[1]["until"] == str(there(WEST, -1))
    assert ask("upcoming W-1 --as-of today")[1] == ask("upcoming W-1")[1]


def test_of_everybody_days_are_of_the_clinics_zone(far, ask, monkeypatch):
    monkeypatch.setenv("MONITOR_CLINIC_ZONE", EAST)
    assert ask("gate --on today")[1]["on"] == str(there(EAST))
    monkeypatch.setenv("MONITOR_CLINIC_ZONE", WEST)
    assert ask("gate --on today")[1]["on"] == str(there(WEST))


def test_a_correction_may_say_its_day_as_people_do(far):
    far("result log E-1 ecg normal")

    assert (
        f"on {there(EAST)} → {there(EAST, -1)}, for E-1"
        in far("correct 5 --on yesterday --reason typo")[1]
    )


def test_the_day_of_a_birth_and_of_a_gate_is_said(far):
    assert "born: 'today' is not a date; write YYYY-MM-DD" in far("patient add N-1 --born today")[2]
    assert far("gate E-1")[0] == 2
    assert "in the future" in far("result log E-1 ecg normal --on tomorrow")[2]


def test_a_patient_who_is_not_on_record_is_named_as_always(far):
    assert "no patient 'X-100000' in the record" in far("result log X-100000 ecg normal")[2]
