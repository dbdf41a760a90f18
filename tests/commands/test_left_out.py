"""What a file must leave out is not left unsaid: what needs a second look is often the worst."""

import json

import pytest

KNOWN = '{"kind":"patient","id":"P-1","sex":"male","born":"1980-01-01","timezone":"UTC"}'
COURSE = '{"kind":"course","patient":"P-1","protocol":"example","on":"2026-11-01"}'


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
    assert "EMERGENCY  critical-result: P-8 (born 1980-01-01): " in told


def test_what_is_left_out_of_a_file_is_said_beside_what_was_stored(load, monitor, tmp_path):
    rest = tmp_path / "rest.jsonl"

    code, told = load(count("9"), count("3.2", "neutrophils"), more=f"--accept-good {rest}")

    assert code == 1
    assert f"1 lines were NOT stored; they are, with reasons, in {rest}\n" in told
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


def low(**other: str) -> str:
    return count("0.2", "neutrophils", **other)


@pytest.mark.parametrize(
    "left",
    [
        low(id="taken"),  # of a sender who numbers from 1 each night
        low(id="taken", confirm="perhaps"),
        low(lab="North"),
        low(uln="many"),
        low(on="2126-11-20"),
        low(on="20-11-2026"),
        low(on="1955-01-01"),
        low(unit="mg"),
        low(unit=""),
        count("200", "neutrophils", ""),
        count("200", "neutrophils"),
        count("0,2", "neutrophils"),
        low(status="sure"),
        low(patient="P 1").replace("P 1", "P-9"),
        low(on="2026-11-10"),
    ],
)
@pytest.mark.parametrize("accepting", [False, True], ids=["refused", "accept-good"])
def test_a_line_says_what_it_would_raise_for_whatever_reason_it_is_refused(
    left, load, accepting, tmp_path
):
    other = count("3", "neutrophils", on="2026-11-10")
    assert load(count("6", "leucocytes", on="2026-11-12", id="taken"), other)[0] == 0

    code, told = load(left, more=f"--accept-good {tmp_path}/rest" if accepting else "")

    assert code == (1 if accepting else 2)
    assert "right they raise:\nURGENT  " in told
    assert "neutrophils 0.2 " in told or "neutrophils 200 /uL" in told


@pytest.mark.parametrize("accepting", [False, True], ids=["refused", "accept-good"])
def test_lines_that_contradict_each_other_say_what_they_would_raise(load, accepting, tmp_path):
    lines = (low(), count("0.1", "leucocytes"))

    code, told = load(*lines, more=f"--accept-good {tmp_path}/rest" if accepting else "")

    assert code == (1 if accepting else 2)
    assert "right they raise:\nURGENT  " in told


@pytest.mark.parametrize(
    "left",
    [
        "no JSON",
        low().replace('"code"', '"kode"'),
        low().replace('"patient"', '"person"'),
        count("1", "anc2"),
        count("low", "neutrophils"),
    ],
)
@pytest.mark.parametrize("accepting", [False, True], ids=["refused", "accept-good"])
def test_a_line_of_which_nobody_can_say_whether_it_is_urgent_is_named_as_such(
    left, load, accepting, tmp_path
):
    more = f"--accept-good {tmp_path}/rest" if accepting else ""

    code, told = load(count("3.2", "neutrophils"), left, more=more)

    assert code == (1 if accepting else 2)
    assert "cannot tell whether these are urgent; look at them first: line 2\n" in told


@pytest.mark.parametrize("accepting", [False, True], ids=["refused", "accept-good"])
def test_so_does_a_refused_line_of_a_closed_patient_who_is_called_closed(
    load, accepting, monitor, tmp_path
):
    assert monitor("patient close P-1 --reason transferred --by N --on 2026-11-15")[0] == 0

    lines = (count("9"), count("3.2", "neutrophils"))
    code, told = load(*lines, more=f"--accept-good {tmp_path}/rest" if accepting else "")

    assert code == (1 if accepting else 2)
    said = told.partition("right they raise:\n")[2].splitlines()[0]
    assert said.startswith("EMERGENCY  critical-result: P-1")
    assert said.endswith("(P-1 is closed since 2026-11-15: nothing is watched)")
