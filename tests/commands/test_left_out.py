"""What a file must leave out is not left unsaid: what needs a second look is often the worst."""

import json

import pytest

KNOWN = '{"kind":"patient","id":"P-1","sex":"male","born":"1980-01-01","timezone":"UTC"}'
COURSE = '{"kind":"course","patient":"P-1","protocol":"mitoxantrone-ms-us","on":"2026-11-01"}'


def line(kind: str, patient: str = "P-1", **content: str) -> str:
    return json.dumps({"kind": kind, "patient": patient, **content})


def count(value: str, code: str = "platelets", unit: str = "10*9/L", **other: str) -> str:
    content = {"code": code, "value": value, "unit": unit, "on": "2026-11-20", **other}
    return line("result", **content)


@pytest.fixture
def load(monitor, tmp_path):
    """Register P-1, then import lines; gives what was said, wherever it was."""

    def loaded(*lines: str, more: str = "") -> tuple[int, str]:
        file = tmp_path / "facts.jsonl"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        code, out, err = monitor(f"import {file} {more}")
        return code, out + err

    assert loaded(KNOWN, COURSE, count("200", on="2026-11-10"))[0] == 0
    return loaded


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (count("9"), "EMERGENCY  critical-result: P-1 (born 1980-01-01): "),
        (count("49", "haemoglobin", "g/L"), "URGENT  critical-result: P-1"),
        (count("12", on="2026-11-10"), "EMERGENCY  critical-result: P-1"),  # 200 stands that day
        (
            line("infusion", on="2026-11-20", dose_mg="210", bsa_m2="1.75"),
            "EMERGENCY  overdose-or-wrong-route: P-1",
        ),
        (
            line("symptom", code="fever", value="42.5", unit="Cel", at="2026-11-20T08:00:00Z"),
            "URGENT  infection-symptom: P-1",
        ),
        (count("12", patient="P-7"), "EMERGENCY  critical-result: P-7"),  # nobody of that name
    ],
)
def test_a_line_that_cannot_be_stored_as_it_is_says_what_it_would_raise(left, said, load, monitor):
    code, told = load(left, count("3.2", "neutrophils"))

    assert code == 2
    assert f"nothing is stored; if the lines above are right they raise:\n{said}" in told
    assert "neutrophils" not in monitor("history P-1")[1]


def test_so_does_one_of_a_patient_whose_own_line_is_refused(load):
    patient = '{"kind":"patient","id":"p1","sex":"male","born":"1980-01-01","timezone":"UTC"}'
    faulty = patient.replace("p1", "P-8").replace("male", "man")

    code, told = load(patient, count("12", patient="p1"), faulty, count("13", patient="P-8"))

    assert code == 2
    assert "EMERGENCY  critical-result: p1 (born 1980-01-01): " in told
    assert "EMERGENCY  critical-result: P-8: " in told


def test_what_is_left_out_of_a_file_is_said_beside_what_was_stored(load, monitor, tmp_path):
    rest = tmp_path / "rest.jsonl"

    code, told = load(count("9"), count("3.2", "neutrophils"), more=f"--accept-good {rest}")

    assert code == 1
    assert f"1 lines were NOT stored; they stand, with reasons, in {rest}\n" in told
    assert "if they are right they raise:\nEMERGENCY  critical-result: P-1" in told
    assert "platelets 9" not in monitor("history P-1")[1]
    assert "neutrophils 3.2" in monitor("history P-1")[1]


def test_a_doubtful_line_casts_no_doubt_on_a_good_one(load, monitor, tmp_path):
    weights = [
        count("139", "weight", "kg"),
        count("64", "weight", "kg", on="2026-11-21"),
    ]
    load(count("63", "weight", "kg", on="2026-11-12"))

    code, told = load(*weights, more=f"--accept-good {tmp_path}/rest.jsonl")

    assert code == 1
    assert "stored 1, " in told
    assert "raise" not in told
    assert "weight 64" in monitor("history P-1")[1]


def test_harmless_lines_that_are_refused_raise_nothing(load):
    code, told = load(count("1001"), count("3.2", "neutrophils"))

    assert code == 2
    assert "raise" not in told
