"""What may stand in a line, whatever is on record."""

import json
from datetime import date
from decimal import Decimal

import pytest

from monitor.domain.facts import Kind
from monitor.errors import Refused
from monitor.service.recording.input_lines import (
    COMMANDED,
    IMPORTED,
    parse_json,
    parse_line,
    registered,
)
from monitor.service.recording.lines.base import Dated, Text

RESULT = {
    "kind": "result",
    "patient": "P-1",
    "code": "neutrophils",
    "value": "3.2",
    "unit": "10*9/L",
    "on": "2023-01-05",
}
SYMPTOM = {"kind": "symptom", "patient": "P-1", "code": "fever", "at": "2023-01-22T20:00:00+00:00"}
COURSE = {"kind": "course", "patient": "P-1", "protocol": "example", "on": "2023-01-03"}
INFUSION = {"kind": "infusion", "patient": "P-1", "on": "2023-01-10", "dose_mg": "21.0"}
PATIENT = {"kind": "patient", "id": "P-1"}


def refusal(line: dict[str, object], kinds=IMPORTED) -> str:
    with pytest.raises(Refused) as caught:
        parse_line(parse_json(json.dumps(line)), kinds)
    return str(caught.value)


def accepted(line: dict[str, object]):
    return parse_line(parse_json(json.dumps(line)), IMPORTED)


@pytest.mark.parametrize(
    "line",
    [
        PATIENT
        | {
            "sex": "female",
            "born": "1993-04-02",
            "timezone": "Europe/London",
            "language": "en",
            "can_conceive": True,
            "name": "Zoë Müller-O'Hara",
        },
        COURSE | {"facts": {"ms_type": "secondary_progressive"}},
        {"kind": "fact", "patient": "P-1", "fact": "active_infection", "value": "no"}
        | {"on": "2023-01-03"},
        RESULT | {"uln": "7.5", "lln": "1.8", "method": "flow", "status": "final"},
        INFUSION
        | {"height_cm": "175", "weight_kg": "63", "bsa_formula": "dubois"}
        | {"route": "iv", "despite": "relapse"},
        INFUSION | {"bsa_m2": "1.75"},
        SYMPTOM | {"value": "38.4", "unit": "Cel"},
        {"kind": "course_end", "patient": "P-1", "on": "2024-06-01", "reason": "switched"},
    ],
    ids=lambda line: line["kind"],
)
def test_every_kind_of_line_is_read_with_all_its_keys(line):
    common = {"by": "Dr Ito", "confirm": True, "second": True}
    if line["kind"] != "patient":
        common["id"] = "urn:lab:17|a"

    read = accepted(line | common)

    assert read.by == "Dr Ito"
    assert read.confirm == "true"


@pytest.mark.parametrize("value", ["21.0", 21.0, 21, "21"])
def test_a_number_may_be_a_string_or_a_number(value):
    assert Decimal(accepted(INFUSION | {"dose_mg": value}).dose_mg) == 21


def test_a_number_is_kept_as_it_was_written():
    assert parse_json('{"a": 21.10, "b": 1000000000000000000000001}') == {
        "a": "21.10",
        "b": "1000000000000000000000001",
    }


@pytest.mark.parametrize("on", ["2023-01-05", date(2023, 1, 5)])
def test_a_command_may_pass_a_day_as_text_or_as_a_day(on):
    line = parse_line(RESULT | {"on": on}, COMMANDED)

    assert line.on == "2023-01-05"


def test_an_unknown_key_is_refused_with_the_nearest_one():
    assert refusal(RESULT | {"untis": "x"}) == "untis: unknown key; did you mean 'unit'?"


def test_an_unknown_key_with_surrogates_is_refused():
    assert "unknown key" in refusal(RESULT | {"\ud800\u202e": "x"})


def test_every_kind_of_fact_goes_out_and_comes_in():
    assert {line.kind for line in IMPORTED.values()} == {*Kind}


def test_an_unknown_kind_is_refused_with_the_nearest_one():
    assert refusal({"kind": "reslut"}) == "kind: unknown kind 'reslut'; did you mean 'result'?"


@pytest.mark.parametrize("kind", ["waiver", "acknowledgement", "course_pause", "patient_change"])
def test_an_import_takes_no_kind_by_the_word_under_which_it_is_stored(kind):
    assert refusal({"kind": kind}).startswith(f"kind: unknown kind '{kind}'")


@pytest.mark.parametrize("kind", [None, 5, ["result"], {"a": "b"}, True])
def test_a_kind_that_is_no_word_is_refused(kind):
    assert refusal({"kind": kind}).startswith("kind: unknown kind")


@pytest.mark.parametrize(
    ("line", "key"),
    [(RESULT, "code"), (RESULT, "on"), (INFUSION, "dose_mg"), (SYMPTOM, "at"), (PATIENT, "id")],
)
def test_a_missing_key_is_named(line, key):
    assert refusal({k: v for k, v in line.items() if k != key}) == f"{key}: missing"


def test_every_fault_of_a_line_is_named_at_once():
    words = refusal(RESULT | {"on": "5 Jan", "value": "3,2", "x": "y"})

    assert [part.partition(":")[0] for part in words.split("; ") if ": " in part] == [
        "on",
        "value",
        "x",
    ]


@pytest.mark.parametrize(
    "text",
    ['{"a":1,"a":2}', '{"a":"x","b":{"c":"1","c":"2"}}'],
)
def test_a_key_that_stands_twice_is_refused(text):
    with pytest.raises(Refused, match="the key stands twice"):
        parse_json(text)


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "null", "{'a':1}", "[" * 100_000, "5"])
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(Refused, match="not a JSON object"):
        parse_json(text)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_json_calls_a_number_and_is_none_is_refused(constant):
    with pytest.raises(Refused, match="is not a number that can be recorded"):
        parse_json(f'{{"dose_mg": {constant}}}')


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "nan",
        "sNaN",
        "Infinity",
        "-inf",
        "1e400",
        "1e5",
        "-21",
        "\u221221",  # minus sign
        "\u0662\u0661",  # Arabic-Indic digits
        "\uff12\uff11",  # fullwidth digits
        "2\u0661",
        "21.\u0665",
        "2\u00b2",
        "21,0",
        "21.",
        ".5",
        "+21",
        "021",
        " 21",
        "21\n",
        "1_000",
        "0x15",
        "21 mg",
        "",
        "1234567890",
        "\x0021",
        "2\u202e1",
        None,
        True,
        ["21"],
        {"mg": "21"},
    ],
)
def test_what_is_no_plain_number_is_refused(value):
    assert refusal(INFUSION | {"dose_mg": value}).startswith("dose_mg: ")


@pytest.mark.parametrize("number", ["1e400", "1e5", "-1", "1E+2"])
def test_a_json_number_that_is_not_plain_is_refused(number):
    with pytest.raises(Refused, match="is not a number"):
        parse_line(parse_json(json.dumps(INFUSION).replace('"21.0"', number)), IMPORTED)


@pytest.mark.parametrize("value", ["3,2", "1.500,0", "1,50", "12,34,567", "0,500", "1,500.0", "~3"])
def test_a_comma_is_taken_between_thousands_only(value):
    assert "is not a number or a word" in refusal(RESULT | {"value": value})


def test_thousands_may_be_grouped_in_a_result():
    assert accepted(RESULT | {"value": "1,500", "unit": "/uL"}).value == "1,500"


@pytest.mark.parametrize(
    "on",
    [
        "23-01-05",
        "03/04/2026",
        "05.01.2023",
        "20230105",
        "2023-1-5",
        "2023-W01-4",
        "2023-01-05T00:00:00Z",
        "2023-01-05\n",
        "\u0662\u0660\u0662\u0663-01-05",
        "2023\u201301\u201305",
        "today",
        "",
        20230105,
    ],
)
def test_a_day_is_written_in_one_way_only(on):
    assert "is not a date; write YYYY-MM-DD" in refusal(RESULT | {"on": on})


@pytest.mark.parametrize("on", ["2023-02-29", "2023-13-01", "2023-04-31", "0000-01-01"])
def test_a_day_that_does_not_exist_is_refused(on):
    assert refusal(RESULT | {"on": on}) == f"on: {on} is not a date"


def test_a_moment_without_an_offset_is_refused_with_one_that_has_it():
    words = refusal(SYMPTOM | {"at": "2023-01-22 20:00:00"})

    assert words.endswith("has no offset; write for instance 2023-01-22T20:00:00+00:00")


@pytest.mark.parametrize(
    "at",
    [
        "2023-01-22",
        "2023-01-22T20",
        "22/01/2023 20:00",
        "2023-01-22T20:00:00+0000",
        "2023-01-22T20:00:00 Europe/London",
        "1674417600",
        "2023-01-22T\u0662\u0660:00:00Z",
    ],
)
def test_a_moment_is_written_in_one_way_only(at):
    assert "is not a date and time" in refusal(SYMPTOM | {"at": at})


@pytest.mark.parametrize(
    "at",
    [
        "2023-02-30T20:00:00+00:00",
        "2023-01-22T24:01:00+00:00",
        "2023-01-22T20:00:60+00:00",
        "2023-01-22T20:00:00+25:00",
        "0001-01-01T00:00:00+00:00",
        "9999-12-31T23:59:59+00:00",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_a_moment_that_does_not_exist_everywhere_is_refused(at):
    assert refusal(SYMPTOM | {"at": at}) == f"at: {at} is not a date and time"


@pytest.mark.parametrize(
    "character",
    list("\x00\n\t\x1b\x7f\u200b\u202e\u2066\u200f\ufeff\u2028\u2029\ud800\ue000\u0378\U000e0041"),
    ids=lambda character: f"U+{ord(character):04X}",
)
def test_characters_that_nobody_sees_are_refused(character):
    words = refusal(PATIENT | {"name": f"Ann{character}Lee"})

    assert words == f"name: holds the invisible character U+{ord(character):04X}; leave it out"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (RESULT, "code"),
        (RESULT, "unit"),
        (RESULT, "method"),
        (RESULT, "by"),
        (RESULT, "id"),
        (RESULT, "patient"),
        (RESULT, "value"),
        (COURSE, "protocol"),
        (INFUSION, "route"),
        (INFUSION, "despite"),
        (PATIENT, "id"),
        (PATIENT, "language"),
        (PATIENT, "timezone"),
        (PATIENT, "sex"),
    ],
)
@pytest.mark.parametrize("character", ["\x00", "\u202e", "\ud800"])
def test_no_key_takes_invisible_characters_and_no_message_repeats_them(line, key, character):
    words = refusal(line | {key: f"a{character}b"})

    assert words.startswith(f"{key}: ")
    assert character not in words


def test_the_names_of_a_courses_facts_are_checked_too():
    assert "invisible character U+202E" in refusal(COURSE | {"facts": {"a\u202eb": "no"}})


@pytest.mark.parametrize("facts", ["no", ["ms_type"], 5])
def test_a_courses_facts_are_names_and_values(facts):
    assert refusal(COURSE | {"facts": facts}).startswith("facts: ")


def test_a_message_is_not_longer_than_a_person_reads():
    assert len(refusal(INFUSION | {"dose_mg": "9" * 100_000})) < 200


def test_a_text_has_an_end():
    assert refusal(PATIENT | {"name": "a" * 2001}) == "name: is longer than 2000 characters"


def test_equal_looking_texts_are_stored_alike():
    assert accepted(PATIENT | {"name": "Zoe\u0308"}).name == "Zo\u00eb"


@pytest.mark.parametrize("value", [["a"], {"a": "b"}, True])
def test_a_text_is_one_text(value):
    assert refusal(PATIENT | {"name": value}) == "name: write one text or number"


@pytest.mark.parametrize("who", ["", " P-1", "-P", "P 1", "P;1", "P'1", "a" * 65, "Пётр", ".."])
def test_a_patients_identifier_is_plain(who):
    assert "is not a valid identifier" in refusal(PATIENT | {"id": who})


@pytest.mark.parametrize(
    ("key", "value", "right"),
    [
        ("sex", "f", "female, male, other, unknown"),
        ("can_conceive", "yes", "write true or false"),
        ("timezone", "Europe/Londno", "did you mean Europe/London?"),
        ("timezone", "../../etc/passwd", "write for instance Europe/London"),
        ("born", "93-04-02", "write YYYY-MM-DD"),
        ("language", "klingon", "write for instance en, fr or pt-BR"),
        ("language", "en_GB", "write for instance en, fr or pt-BR"),
    ],
)
def test_what_is_known_of_a_patient_is_written_in_one_way(key, value, right):
    assert right in refusal(PATIENT | {key: value})


def test_a_number_may_have_as_many_digits_as_a_program_writes():
    assert accepted(INFUSION | {"bsa_m2": "1.6666666666666667"}).bsa_m2 == "1.6666666666666667"


@pytest.mark.parametrize("code", ["en", "fr", "tlh", "pt-BR", "zh-Hant-TW", "de-1996"])
def test_a_language_is_a_code(code):
    assert accepted(PATIENT | {"language": code}).language == code


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [(RESULT, "status", "amended"), (INFUSION, "bsa_formula", "haycock"), (RESULT, "second", "x")],
)
def test_a_word_outside_its_list_is_refused(line, key, value):
    assert refusal(line | {key: value}).startswith(f"{key}: ")


class _Closing(Dated):
    """A line that fits its fact."""

    kind = Kind.CLOSE
    once = ("on",)

    reason: Text


class _Vague(Dated):
    kind = Kind.CLOSE

    reason: Text


class _Misspelt(_Closing):
    once = ("on", "reasons")


class _Chatty(_Closing):
    note: Text | None = None


class _Hesitant(_Closing):
    reason: Text | None = None


class _Curt(Dated):
    kind = Kind.CLOSE
    once = ("on",)


def test_a_line_that_fits_its_fact_loads():
    lines = {**COMMANDED, Kind.CLOSE: _Closing}

    assert registered(lines.values()) == lines


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (_Vague, "say by `once` what may be on record once"),
        (_Misspelt, "`once` names 'reasons', which it does not have"),
        (_Chatty, "PatientClosed has no field 'note': it would be stored and shown nowhere"),
        (_Hesitant, "'reason' may be left out, and PatientClosed needs it"),
        (_Curt, "nothing fills 'reason' of PatientClosed"),
    ],
)
def test_a_line_that_does_not_fit_its_fact_does_not_load(line, words):
    with pytest.raises(TypeError, match=f"the line of the kind 'close': {words}"):
        registered([*COMMANDED.values(), line])


def test_a_kind_of_fact_without_a_line_does_not_load():
    others = [line for kind, line in COMMANDED.items() if kind != Kind.CLOSE]

    with pytest.raises(
        TypeError, match="no line brings close: write its class in lines/, in a file named"
    ):
        registered(others)
