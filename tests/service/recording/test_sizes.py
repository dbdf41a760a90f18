"""Mistyped amounts are asked about: each limit a step below, at it, and a step above."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from monitor.commands import main
from tests import example, postgresql

BODY = "--height-cm 175 --weight-kg 63"


TYPED = (
    "patient add P-1 --sex female --born 1975-05-05 --timezone UTC",
    "course start P-1 --protocol example --on 2026-01-01",
    f"infusion log P-1 --on 2026-01-10 --dose-mg 21 {BODY}",
)


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Path:
    """Record P-1 once; each test gets a copy."""
    file = tmp_path_factory.mktemp("begun") / "clinic.db"
    if not postgresql.URL:
        with pytest.MonkeyPatch.context() as patch:
            example.ship(patch)
            for typed in TYPED:
                assert main([*shlex.split(typed), "--db", str(file)]) == 0, typed
    return file


@pytest.fixture
def given(monitor, begun, tmp_path):
    """Record P-1 with one infusion of 21 mg for 1.75 m2, the usual dose."""
    if not postgresql.URL:
        shutil.copy(begun, tmp_path / "clinic.db")
        return monitor
    for typed in TYPED:
        assert monitor(typed)[0] == 0, typed
    return monitor


def asked_about(monitor, typed: str) -> bool:
    """Say whether it must be confirmed; then it is stored with --confirm, and not before."""
    code, out, err = monitor(typed)
    if code == 0:
        return False
    assert (code, out) == (2, "")
    assert "if it is right, confirm with --confirm" in err
    assert err.count("\n") == 1
    assert monitor(f"{typed} --confirm")[0] in (0, 1)
    return True


@pytest.mark.parametrize(
    ("mg", "asked"),
    [
        ("10.4", True),  # half of 21 mg is 10.5: below half of the usual and of the last dose
        ("10.5", False),
        ("21", False),
        ("31.5", False),  # one and a half times
        ("31.6", True),
        ("210", True),
        ("2.1", True),
    ],
)
def test_a_dose_far_from_the_usual_one_for_the_body_is_asked_about(mg, asked, given):
    assert asked_about(given, f"infusion log P-1 --on 2026-04-10 --dose-mg {mg} {BODY}") is asked


@pytest.mark.parametrize(
    ("mg", "asked"), [("16.9", True), ("17", False), ("68", False), ("69", True)]
)
def test_a_dose_far_from_the_last_one_is_asked_about(mg, asked, given):
    given(f"infusion log P-1 --on 2026-02-10 --dose-mg 34 {BODY} --confirm")
    typed = f"correct 5 --reason R --dose-mg 34 {BODY} --confirm"
    assert given(typed)[0] == 2  # it says just that
    code, _, err = given(f"infusion log P-1 --on 2026-05-10 --dose-mg {mg} {BODY}")

    assert ("the last dose, 34 mg on 2026-02-10" in err) is asked
    if mg == "17":
        assert code == 0


def test_parts_of_one_infusion_are_held_together_against_the_usual_dose(given, tmp_path):
    file = lines(
        tmp_path,
        '{"kind":"infusion","patient":"P-1","on":"2026-04-10","dose_mg":"11","bsa_m2":"1.75",'
        '"id":"S-1"}',
        '{"kind":"infusion","patient":"P-1","on":"2026-04-10","dose_mg":"MG","bsa_m2":"1.75",'
        '"part_of":"S-1"}',
    )
    path = tmp_path / "facts.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("MG", "21"), encoding="utf-8")
    code, _, err = given(f"import {file}")
    assert code == 2
    assert "32 mg, far above the usual 21.0 mg for 1.7500 m2" in err
    path.write_text(text.replace("MG", "5"), encoding="utf-8")

    assert given(f"import {file}")[0] == 0


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ("--height-cm 175 --weight-kg 75.6", False),  # 20 % over 63 kg
        ("--height-cm 175 --weight-kg 75.7", True),
        ("--height-cm 175 --weight-kg 50.4", False),
        ("--height-cm 175 --weight-kg 50.3", True),
        ("--height-cm 175 --weight-kg 139", True),  # pounds
        ("--height-cm 178 --weight-kg 63", False),
        ("--height-cm 178.1 --weight-kg 63", True),
        ("--height-cm 171.9 --weight-kg 63", True),
        ("--bsa-m2 1.92", False),  # 10 % over 1.75 is 1.925
        ("--bsa-m2 1.93", True),
    ],
)
@pytest.mark.parametrize(
    "typed", ["infusion log P-1 --on 2026-04-10 --dose-mg 21", "gate P-1 --on 2026-04-10"]
)
def test_a_body_unlike_the_last_is_asked_about_in_recording_and_at_the_gate(
    typed, body, asked, given
):
    code, _, err = given(f"{typed} {body}")

    assert ("confirm with --confirm" in err) is asked
    assert (code == 2) is asked


@pytest.mark.parametrize(
    ("kilograms", "asked"), [("36.8", False), ("36.7", True), ("153.1", False), ("153.2", True)]
)
def test_a_body_mass_index_outside_12_to_50_is_asked_about(kilograms, asked, given):
    # 12 x 1.75 x 1.75 = 36.75 and 50 x 1.75 x 1.75 = 153.125; no weight of the last year
    typed = f"infusion log P-1 --on 2027-03-10 --dose-mg 21 --height-cm 175 --weight-kg {kilograms}"
    _, _, err = given(typed.replace("2027-03-10", "2026-11-20"))

    assert ("body mass index" in err) is asked


def test_a_weight_alone_is_held_against_the_last_one(given):
    assert asked_about(given, "result log P-1 weight 139 kg --on 2026-04-10")
    assert not asked_about(given, "result log P-1 weight 64 kg --on 2026-03-10")


@pytest.mark.parametrize(
    ("code", "value", "uln", "unit", "asked"),
    [
        ("bilirubin", "12", "4.9", "umol/L", True),
        ("bilirubin", "12", "5", "umol/L", False),
        ("bilirubin", "12", "35", "umol/L", False),
        ("bilirubin", "12", "35.1", "umol/L", True),
        ("bilirubin", "3.5", "17", "mg/dL", True),  # the limit is of the other unit
        ("bilirubin", "0.5", "0.3", "mg/dL", False),  # 5.13 umol/L
        ("bilirubin", "0.5", "0.2", "mg/dL", True),  # 3.42 umol/L
        ("bilirubin", "0.5", "2", "mg/dL", False),  # 34.2 umol/L
        ("bilirubin", "0.5", "2.1", "mg/dL", True),  # 35.9 umol/L
        ("alt", "28", "14", "U/L", True),
        ("alt", "28", "15", "U/L", False),
        ("alt", "28", "100", "U/L", False),
        ("alt", "28", "101", "U/L", True),
        ("alt", "28", "400", "U/L", True),
        ("neutrophils", "3.2", "7.5", "10*9/L", False),
        ("neutrophils", "3200", "7500", "/uL", False),
        ("neutrophils", "3200", "75000", "/uL", True),
    ],
)
def test_a_limit_that_no_laboratory_prints_is_asked_about(code, value, uln, unit, asked, given):
    typed = f"result log P-1 {code} {value} {unit} --on 2026-01-12 --uln {uln}"

    assert asked_about(given, typed) is asked


def test_no_upper_limit_is_nothing(given):
    code, out, err = given("result log P-1 alt 30 U/L --on 2026-01-12 --uln 0")

    assert (code, out) == (2, "")
    assert err.startswith("monitor: uln: an upper limit cannot be 0")


def test_a_lower_limit_of_nothing_means_none(given):
    assert not asked_about(given, "result log P-1 alt 30 U/L --on 2026-01-12 --lln 0 --uln 40")
    # a heart whose laboratory prints no lower limit is held to the protocol's own
    given("result log P-1 lvef 55 % --on 2026-04-09 --lln 0")
    assert re.search(
        r"\n  lvef +met ", given("gate P-1 --on 2026-04-10 --as-of 2026-04-10 --full")[1]
    )


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("result log P-1 neutrophils 32 10*9/L --on 2026-01-12", True),
        ("result log P-1 neutrophils 32000 /uL --on 2026-01-12", True),
        ("result log P-1 neutrophils 25 10*9/L --on 2026-01-12", False),
        ("result log P-1 lymphocytes 21 10*9/L --on 2026-01-12", True),
        ("result log P-1 alt 2.8 U/L --on 2026-01-12", True),
        ("result log P-1 creatinine 7 umol/L --on 2026-01-12", True),
        ("result log P-1 temperature 43 Cel --on 2026-01-12", True),
        ("symptom log P-1 fever 33.9 Cel --at 2026-01-12T10:00:00Z", True),
        ("symptom log P-1 fever 34 Cel --at 2026-01-12T10:00:00Z", False),
        ("symptom log P-1 fever 42 Cel --at 2026-01-12T10:00:00Z", False),
        ("symptom log P-1 fever 42.1 Cel --at 2026-01-12T10:00:00Z", True),
        ("patient add Q-1 --born 1904-12-31", True),
        ("patient add Q-1 --born 1905-01-01", False),
        ("patient change P-1 --born 1900-01-01 --on 2026-02-01", True),
        ("infusion log P-1 --on 2026-04-10 --dose-mg 210 --bsa-unknown", True),
        ("fact set P-1 prior_mitoxantrone_mg_m2=36 --on 2026-02-01", True),
        ("fact set P-1 prior_mitoxantrone_mg_m2=0 --on 2026-02-01", False),
        ("fact set P-1 prior_mitoxantrone_mg_m2=36 --on 2026-01-10", False),
    ],
)
def test_a_slip_in_any_number_that_would_calm_is_asked_about(typed, asked, given):
    assert asked_about(given, typed) is asked


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("patient add p-1", True),
        ("patient add P1", True),
        ("patient add P-01", True),
        ("patient add P-2", False),
        ("patient add P-10", False),
        ("patient add 77 --name 'ann  example' --born 1985-05-05", True),
        ("patient add 77 --name 'Ann Example' --born 1985-05-06", False),
        ("patient add 77 --name 'Ann Other' --born 1985-05-05", False),
        ("patient change P-1 --name 'Ann Example' --born 1985-05-05 --on 2026-01-11", True),
    ],
)
def test_a_patient_who_may_be_on_record_already_is_asked_about(typed, asked, given):
    assert given("patient add 00123 --born 1985-05-05 --name 'Ann Example'")[0] == 0

    assert asked_about(given, typed) is asked


@pytest.mark.parametrize(
    ("mg", "asked"), [("124.9", False), ("125", True), ("1.26", False), ("1.25", True)]
)
def test_a_daily_dose_far_from_the_last_one_is_asked_about(mg, asked, monitor):
    monitor("patient add P-1 --timezone UTC")
    monitor("course start P-1 --protocol clozapine-us --on 2025-01-02")
    monitor("dose start P-1 --on 2025-01-06 --dose-mg 12.5")

    assert asked_about(monitor, f"dose change P-1 --on 2025-01-08 --dose-mg {mg}") is asked


def test_a_daily_drug_taken_up_again_may_be_less(monitor):
    monitor("patient add P-1 --timezone UTC")
    monitor("course start P-1 --protocol clozapine-us --on 2025-01-02")
    monitor("dose start P-1 --on 2025-01-06 --dose-mg 300")
    monitor("dose interrupt P-1 --on 2025-02-06")

    assert not asked_about(monitor, "dose resume P-1 --on 2025-02-10 --dose-mg 12.5")


def lines(tmp_path, *facts: str):
    file = tmp_path / "facts.jsonl"
    file.write_text("\n".join(facts) + "\n", encoding="utf-8")
    return shlex.quote(str(file))


COURSE = (
    '{"kind":"patient","id":"P-1","born":"1975-05-05"}',
    '{"kind":"course","patient":"P-1","protocol":"example","on":"2026-01-01",'
    '"facts":{"prior_mitoxantrone_mg_m2":"36"}CONFIRM}',
    '{"kind":"infusion","patient":"P-1","on":"2019-01-10","dose_mg":"21","bsa_m2":"1.75"}',
)


@pytest.mark.parametrize(("confirm", "code"), [("", 2), (',"confirm":true', 0)])
def test_earlier_doses_entered_twice_are_asked_about_in_a_file(confirm, code, monitor, tmp_path):
    file = lines(tmp_path, *(line.replace("CONFIRM", confirm) for line in COURSE))

    got, _, err = monitor(f"import {file}")

    assert got == code
    assert ("prior_mitoxantrone_mg_m2 was answered on 2026-01-01, after this day (counted twice?)"
            in err) is (code == 2)  # fmt: skip


def test_two_patients_of_one_file_who_may_be_one_are_asked_about(monitor, tmp_path):
    file = lines(tmp_path, '{"kind":"patient","id":"A-7"}', '{"kind":"patient","id":"a7"}')

    code, _, err = monitor(f"import {file}")

    assert code == 2
    assert "'A-7' is on record and differs only in case, hyphens or leading zeros" in err


def test_the_rest_of_an_interrupted_dose_is_told_how_to_say_so(given):
    rest = f"infusion log P-1 --dose-mg 9 {BODY}"

    code, _, err = given(f"{rest} --on 2026-01-11")
    assert code == 2
    assert "9 mg, far below the usual 21.0 mg for 1.7500 m2 (the rest of one begun before?" in err
    assert "--part-of EVENT" in err

    assert "--part-of" not in given(f"{rest} --on 2026-01-12")[2]


@pytest.mark.parametrize(("first", "then"), [("no", "3"), ("3", "no"), ("4 drugs", "2.5")])
def test_a_text_that_is_a_number_is_no_amount(given, first, then):
    assert given(f"fact set P-1 'alternatives={first}' --on 2026-01-02")[0] == 0

    code, _, err = given(f"fact set P-1 'alternatives={then}' --on 2026-01-03")

    assert (code, err) == (0, "")


def test_an_amount_that_is_answered_or_corrected_to_less_is_asked_about(given):
    assert given("fact set P-1 prior_mitoxantrone_mg_m2=60 --on 2026-01-02 --confirm")[0] == 0
    event = 4

    code, _, err = given(f"correct {event} --reason typo --value 6")
    assert code == 2
    assert (
        "prior_mitoxantrone_mg_m2 6 after 60 on 2026-01-02 (the amount given cannot become less)"
        in err
    )

    less = "fact set P-1 prior_mitoxantrone_mg_m2=59 --on 2026-01-03"
    assert asked_about(given, less)
    assert given("fact set P-1 prior_mitoxantrone_mg_m2=61 --on 2026-01-04 --confirm")[0] == 0
