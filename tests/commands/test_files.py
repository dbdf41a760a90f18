"""What a file of facts says of itself: dangers it raised, or would have raised; what it skips."""

import pytest

PATIENTS = (
    '{"kind":"patient","id":"P-1","born":"1975-05-05"}',
    '{"kind":"patient","id":"P-2","born":"1980-05-05","name":"Bo Example"}',
    '{"kind":"course","patient":"P-1","protocol":"mitoxantrone-ms-us","on":"2026-01-01"}',
    '{"kind":"course","patient":"P-2","protocol":"mitoxantrone-ms-us","on":"2026-01-01"}',
)


def count(who: str, value: str, more: str = "") -> str:
    return (
        f'{{"kind":"result","patient":"{who}","code":"neutrophils","value":"{value}",'
        f'"unit":"10*9/L","on":"2026-11-20"{more}}}'
    )


@pytest.fixture
def load(monitor, tmp_path):
    """Import lines as a file."""

    def loaded(*lines: str):
        file = tmp_path / "facts.jsonl"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return monitor(f"import {file}")

    return loaded


def test_an_urgent_warning_that_a_file_raised_is_named_with_the_patient(load):
    code, out, _ = load(*PATIENTS, count("P-2", "0.3"), count("P-1", "3.2"))

    assert code == 0
    assert "URGENT  severe-neutropenia: P-2 (Bo Example, born 1980-05-05): " in out
    assert "P-1" not in out


def test_a_refused_file_names_what_it_would_have_raised(load, monitor):
    load(*PATIENTS, count("P-1", "3.2"))

    code, out, err = load(count("P-1", "3.3"), count("P-2", "0.3"))

    assert (code, out) == (2, "")
    assert "facts.jsonl:1: event 3 says otherwise for that day (value)" in err
    assert "the lines without fault would have raised:\nURGENT  severe-neutropenia: P-2 (Bo" in err
    assert "neutrophils" not in monitor("history P-2")[1]


def test_a_fact_that_was_taken_back_is_skipped_and_that_is_said(load, monitor):
    load(*PATIENTS, count("P-1", "3.2"))
    monitor("retract 3 --reason typo")

    code, out, err = load(count("P-1", "3.2"))

    assert code == 0
    assert "stored 0, skipped 1" in out
    assert "line 1 is skipped: event 3 of P-1 says the same and was taken back; " in err


def test_a_file_about_a_closed_patient_says_that_nothing_is_watched(load, monitor):
    load(*PATIENTS)
    monitor("patient close P-2 --reason died --by N --on 2026-11-01")

    code, _, err = load(count("P-2", "0.3"))

    assert code == 0
    assert "P-2 is closed since 2026-11-01: nothing is watched" in err


@pytest.mark.parametrize("zone", ["localtime", "posixrules", "Factory"])
def test_what_is_no_place_is_no_zone(zone, monitor):
    code, out, err = monitor(f"patient add P-1 --timezone {zone}")

    assert (code, out) == (2, "")
    assert f"no time zone '{zone}'" in err


@pytest.mark.parametrize("number", ["99999999999999999999", "2147483648", "-9223372036854775809"])
def test_a_contact_of_a_huge_number_is_not_found(number, load, monitor):
    load(*PATIENTS)

    code, out, err = monitor(f"contact remove -- {number}")

    assert (code, out) == (2, "")
    assert err == f"monitor: no contact {number}; see: monitor contact list\n"


def test_a_second_channel_says_after_which_it_is_tried(load, monitor):
    load(*PATIENTS)
    typed = "contact add P-2 --role nurse --name Nurse --channel"
    monitor(f"{typed} console:")

    _, out, _ = monitor(f"{typed} webhook+http://127.0.0.1:9/x")

    assert ": a second channel of Nurse (nurse) about P-2 (Bo Example, born 1980-05-05), " in out
    assert "tried after contact 1, " in out
    assert "is told" not in out
