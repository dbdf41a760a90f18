"""Codes and units as people and laboratories write them: the record has one name of each."""

from decimal import Decimal

import pytest

from monitor import protocols
from monitor.errors import Refused, Unconfirmed
from monitor.service.asking.history import fact_words
from monitor.service.recording import corrections
from monitor.store import codec
from monitor.store import engine as database
from tests.factories import NOW
from tests.service.recording.test_record_input import COURSE, PATIENT, refusal, result, symptom

COUNT = "10^9/L x10^9/L x10*9/L 10e9/L G/L Gpt/L 1e9/L 10E9/L x10^9/l G/l GPT/L"
PER_UL = "10^3/uL K/uL thou/uL 10^3/µL K/\N{GREEK SMALL LETTER MU}L k/ul K/UL"
OTHERWISE = [
    *(("neutrophils", "3.2", unit, "10*9/L") for unit in COUNT.split()),
    *(("neutrophils", "3.2", unit, "10*3/uL") for unit in PER_UL.split()),
    ("neutrophils", "3200", "/µL", "/uL"),
    ("haemoglobin", "13.1", "g/dl", "g/dL"),
    ("haemoglobin", "13.1", "G/dL", "g/dL"),
    ("haemoglobin", "131", "g/l", "g/L"),
    ("creatinine", "0.9", "MG/DL", "mg/dL"),
    ("creatinine", "80", "µmol/l", "umol/L"),
    ("urine_protein", "12", "mg/mmol", "mg/mmol"),
    ("alt", "30", "u/l", "U/L"),
    ("temperature", "37.2", "°C", "Cel"),
    ("temperature", "98.6", "f", "F"),
    ("temperature", "98.6", "°F", "degF"),
    ("weight", "63", "KG", "kg"),
]


@pytest.fixture
def ward(clinic):
    clinic.load(PATIENT, COURSE)
    return clinic


def last(ward, of=-1):
    return codec.alone(ward.rows()[of], protocols.catalogue())


@pytest.mark.parametrize(("code", "value", "unit", "stored"), OTHERWISE)
def test_a_unit_may_be_spelt_otherwise(ward, code, value, unit, stored):
    ward.load(result(code, value, unit))

    body = ward.rows()[-1].body
    assert (body["value"], body["unit"]) == (value, stored)


def test_the_same_value_under_another_spelling_is_the_same_fact(ward):
    ward.load(result(unit="10*9/L"))

    assert ward.load(result("ANC", unit="G/l")).skipped == 1


@pytest.mark.parametrize(
    ("code", "value", "unit", "read"),
    [
        ("platelets", "210", "K", "K"),
        ("platelets", "150", "g/l", "g/L"),  # a haemoglobin
        ("haemoglobin", "150", "G/l", "10*9/L"),  # platelets
        ("haemoglobin", "8.1", "mmol/l", "mmol/l"),
        ("temperature", "311", "K", "K"),
        ("neutrophils", "3.2", "10*9", "10*9"),
    ],
)
def test_what_means_something_else_is_refused(ward, code, value, unit, read):
    words = refusal(ward, result(code, value, unit))

    assert f"unit: {code} is given in {protocols.catalogue().results[code].unit}" in words
    assert f", not '{read}'" in words


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("anc", "neutrophils"),
        ("Neut", "neutrophils"),
        ("NEUTROPHILS", "neutrophils"),
        ("plt", "platelets"),
        ("wbc", "leucocytes"),
    ],
)
def test_a_code_has_short_forms_whatever_their_case(ward, typed, code):
    value = "60" if code == "platelets" else "4"
    ward.load(result(typed, value))
    [row] = ward.record(**result(typed, value, on="2023-01-11"))

    assert {row.body["code"], ward.rows()[-2].body["code"]} == {code}


def test_no_name_stands_for_two_codes():
    known = [
        name.casefold()
        for code in protocols.catalogue().results.values()
        for name in (code.name, *code.aliases)
    ]

    assert len(known) == len(set(known))


def test_a_spelling_stands_for_one_unit_and_case_never_decides_but_for_grams_and_giga():
    catalogue = protocols.catalogue()
    meant = {unit: unit for code in catalogue.results.values() for unit in code.accepted}
    spelt = [(one, unit) for unit, others in catalogue.spellings.items() for one in others]

    assert {unit for _, unit in spelt} <= set(meant)
    assert len({one for one, _ in spelt} | set(meant)) == len(spelt) + len(meant)
    folded: dict[str, set[str]] = {}
    for one, unit in (*spelt, *meant.items()):
        folded.setdefault(one.casefold(), set()).add(unit)
    assert [one for one, units in folded.items() if len(units) > 1] == ["g/l"]


# --- Fahrenheit --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fahrenheit", "celsius"), [("100.4", "38"), ("101.3", "38.5"), ("98.6", "37"), ("104", "40")]
)
def test_fahrenheit_is_stored_as_received_and_judged_in_celsius(ward, fahrenheit, celsius):
    ward.load(
        result("temperature", fahrenheit, "F"), symptom("Fever", value=fahrenheit, unit="degF")
    )

    temperature, fever = ward.rows()[-2:]
    found, felt = last(ward, -2), last(ward)
    assert (temperature.body["value"], temperature.body["unit"]) == (fahrenheit, "F")
    assert (fever.body["code"], fever.body["value"], fever.body["unit"]) == (
        "fever",
        fahrenheit,
        "degF",
    )
    assert found.value == felt.value == Decimal(celsius)
    assert str(found) == f"temperature {fahrenheit} F ({celsius} Cel)"
    assert str(felt) == f"fever {fahrenheit} degF ({celsius} Cel)"


@pytest.mark.parametrize(
    ("value", "unit", "meant"), [("101.3", "Cel", "101.3 F"), ("38.5", "degF", "38.5 Cel")]
)
def test_a_temperature_in_the_wrong_unit_is_refused_with_the_right_one(ward, value, unit, meant):
    words = refusal(ward, symptom(value=value, unit=unit))

    assert f"did you mean {meant}?" in words


def test_a_temperature_to_confirm_in_celsius_is_one_in_fahrenheit(ward):
    with pytest.raises(Unconfirmed, match="fever 108 F is unusually high"):
        ward.record(**symptom(value="108", unit="F"))


def test_no_degrees_fahrenheit_are_grouped_by_a_comma(ward):
    assert "with a comma" in refusal(ward, result("temperature", "1,013", "F"))


# --- A sample that was not fit, and a range ----------------------------------------------------


@pytest.mark.parametrize(
    ("code", "unit", "word"), [("platelets", "10*9/L", "clotted"), ("hcg", None, "haemolysed")]
)
def test_a_sample_that_was_not_fit_may_say_why_in_place_of_a_value(ward, code, unit, word):
    ward.load(result(code, word, unit, status="unsuitable"))

    assert last(ward).value == ""
    assert fact_words(ward.rows()[-1]) == f"{code} {word} (unsuitable) on 2023-01-10"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (result("platelets", "clotted"), "value: 'clotted' is not a number"),
        (result("platelets", "clotted", "K", status="unsuitable"), "unit: platelets is given in"),
        (result("hcg", "haemolysed", "g/L", status="unsuitable"), "unit: hcg has none"),
        (result("lvef", "55-60", "%"), "value: '55-60' is a range; write the lower end, 55"),
        (result("lvef", "60 \N{EN DASH} 55", "%"), "is a range; write the lower end, 55"),
        (result("lvef", "55-60", "%", status="unsuitable"), "is a range; write the lower end, 55"),
        (result("alt", "28.5 to 40", "U/L"), "is a range; write the higher end, 40"),
        (result("leucocytes", "3-12"), "is a range; write one number"),
        (result("hcg", "5-6", None), "value: hcg is negative or indeterminate or positive, not"),
    ],
)
def test_a_word_or_a_range_that_is_no_value_is_refused(ward, line, words):
    assert words in refusal(ward, line)


def test_what_was_not_fit_is_not_made_final_by_its_word(ward):
    ward.load(result("platelets", "clotted", status="unsuitable"))
    event = ward.rows()[-1].event

    with database.writing(ward.engine) as connection, pytest.raises(Refused, match="'clotted' is"):
        corrections.correct(connection, event, {"status": "final"}, reason="x", by="A", now=NOW)
