"""A nurse's Monday, typed: how many commands and keystrokes the daily work takes."""

import shlex

import pytest

from monitor.commands import main

UNITS = """
[units]
lvef = "%"
neutrophils = "10*9/L"
platelets = "10*9/L"
alt = "U/L"
ast = "U/L"
bilirubin = "umol/L"
"""
ASKED = (
    "ms_type=secondary_progressive alternatives=two prior_mitoxantrone_mg_m2=0 cardiac_disease=no "
    "prior_anthracycline=no mediastinal_radiotherapy=no cardiotoxic_drug=no hypersensitivity=no "
    "breast_feeding=no hepatic_impairment=no"
)
WORKUP = (
    "ef=62 ecg=normal heart=normal neut=3.2 plt=210 alt=28/40 ast=25/40 bili=9/21 hcg=negative "
    "ua=normal"
)


@pytest.fixture
def typed(database, fresh_home, monkeypatch, capsys):
    """Type commands at a site that has said its units; gives what they print."""
    folder = fresh_home / ".config" / "infusion-monitor"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(UNITS)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder.parent))
    monkeypatch.setenv("MONITOR_DB", database)

    def run(*commands: str) -> str:
        capsys.readouterr()
        for command in commands:
            code = main(shlex.split(command)[1:])
            assert code == 0, f"$ {command}\n{''.join(capsys.readouterr())}"
        return capsys.readouterr().out

    return run


def keystrokes(*commands: str) -> int:
    """Count what is typed, with Enter."""
    return sum(len(command) + 1 for command in commands)


@pytest.fixture
def treated(typed):
    """Treat somebody since three months."""
    facts = " ".join(f"--fact {answer}" for answer in ASKED.split())
    typed(
        "monitor patient add P-0417 --sex female --born 1985-05-05 --can-conceive",
        f"monitor course start P-0417 --protocol mitoxantrone-ms-us --on -100d {facts}",
        "monitor infusion log P-0417 --on -95d --dose-mg 21 --height-cm 175 --weight-kg 63",
    )


def test_workup_infusion_and_next_booking_of_one_patient(treated, typed):
    workup = f"monitor result log P-0417 {WORKUP}"
    given = "monitor infusion log P-0417 --dose-mg 21 --height-cm 175 --weight-kg 63"
    booked = "monitor infusion plan P-0417 --on +90d"

    typed(workup)
    assert typed("monitor gate P-0417 --on today").startswith("CLEAR  P-0417")
    typed(given, booked)

    day = [workup, given, booked]
    assert len(day) <= 5
    assert keystrokes(*day) <= 250


def test_a_fever_call_is_one_command(treated, typed):
    call = "monitor symptom log P-0417 fever 38.6 C --at now"

    assert "Call your clinic now" in typed(call)
    assert keystrokes(call) <= 50


def test_the_contacts_of_a_clinic_take_six_commands(treated, typed):
    roles = ("nurse", "prescriber", "pharmacist", "operator")
    commands = [
        f"monitor contact add --clinic --role {role} --name {role.title()} --channel console:"
        for role in roles
    ]

    assert "nobody is told" in typed("monitor today")
    typed(*commands)

    assert len(commands) <= 6
    assert "nobody is told" not in typed("monitor today")


def test_a_clinic_in_a_spreadsheet_takes_one_command(typed, tmp_path):
    # As a spreadsheet of a country with decimal commas saves it.
    rows = [
        f"P-{number};Name {number};1980-01-{number % 28 + 1:02};male;mitoxantrone-ms-us;2026-01-05"
        for number in range(40)
    ]
    sheet = tmp_path / "clinic.csv"
    sheet.write_text("\n".join(["patient;name;born;sex;protocol;on", *rows]), encoding="utf-8-sig")

    typed(f"monitor import {sheet}")

    listed = typed("monitor patient list")
    assert listed.count("mitoxantrone-ms-us: running") == 40
    assert "Name 39" in listed
