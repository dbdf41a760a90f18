"""R26: a site's own words. In private who writes and whom to call; elsewhere one neutral line."""

import re

import pytest

from monitor import policy
from tests.delivery.test_privacy import (
    CANARIES,
    SENTENCES,
    assert_silent,
    full,
    left,
    run_its_course,
)
from tests.delivery.ward import fever, lvef, patient_lines

__all__ = ["full"]
AT = "2023-01-20T08:00:00+00:00"
LINE = "Questions? 020 7946 0000"
WORDS = {
    "clinic": "Canary Infusions Clinic",
    "telephone": "+44 20 7946 1111",
    "neutral_line": LINE,
}
FRENCH = """
routine = "Un contrôle est prévu."
urgent = "Appelez aujourd'hui."
emergency = "Appelez maintenant, ou le numéro d'urgence."
over = "Le message {ref} ne vaut plus."
part_over = "Une partie du message {ref} ne vaut plus."
due = "{what}, le {day} au plus tard."
overdue = "{what}, le {day} ; en retard depuis le {since}."
earlier = "Et {many} avant."
also = "Le même : {what}, le {day}."
again = "Rappel n° {many}."
delayed = "En retard de {many} jours."
delayed_one = "En retard d'un jour."
clinic = "De : {clinic}."
telephone = "Téléphone : {telephone}."
reference = "Référence : {ref}."
[texts]
"""


@pytest.fixture
def speaks(tmp_path, monkeypatch):
    """Write the policy of a site with such words, and French for its patients."""
    file = tmp_path / "policy.toml"
    monkeypatch.setenv("MONITOR_POLICY", str(file))
    (tmp_path / "words-fr.toml").write_text(FRENCH)

    def write(french: str = FRENCH, **words: str) -> None:
        text = policy.text(None)
        for key, said in words.items():
            text = re.sub(rf'(?m)^{key} = ""', f'{key} = "{said}"', text)
        text = text.replace("[words.languages]", '[words.languages]\nfr = "words-fr.toml"')
        file.write_text(text)
        (tmp_path / "words-fr.toml").write_text(french)

    return write


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.faults), "fr"])
def test_with_every_word_set_only_fixed_sentences_and_the_neutral_line_leave(
    full, speaks, language
):
    speaks(**WORDS)
    ward, *sinks = full
    ward.type(f"patient change CANARYPATIENT --language {language} --by 'canary by'")

    run_its_course(ward, sinks)

    own = re.findall('"(.*)"', FRENCH)[:5]
    fixed = [*SENTENCES, *(rf"{re.escape(said)} Ref REF\." for said in own[:3])]
    fixed += [re.escape(said).replace(r"\{ref\}", "REF") for said in own[3:]]
    sentence = "|".join(fixed).replace("REF", "[34679ACDEFGHJKMNPQRTWXY]{4,6}")
    shape = re.compile(rf"(?:{sentence})(?:\n{re.escape(LINE)})?")
    sent = [(body.replace("\r\n", "\n"), title, rest) for body, title, rest in left(sinks)]
    for body, title, rest in sent:
        assert shape.fullmatch(body), body
        assert re.fullmatch(sentence, title)
        assert body.startswith(title)
        assert (LINE in body) == (not title.startswith("alive"))
        assert_silent(body + title + rest, of="what left")
        assert not any(word in body + title + rest for word in ("Infusions", "7946 1111"))
    assert any(own[2] in body for body, _, _ in sent) == (language == "fr")
    assert CANARIES


def test_in_private_staff_read_who_writes_whom_to_call_and_about_whom(ward, speaks, http_sink):
    speaks(**WORDS)
    ward.load(patient_lines("P-1", fever(AT), name="Ann Example"))
    ward.contact(http_sink.url, private=True)

    ward.tick(AT)

    first = http_sink.requests[0]["body"]
    assert "\nP-1 (Ann Example, born 1993-04-02): febrile-neutropenia, " in first["body"]
    assert "From Canary Infusions Clinic, telephone +44 20 7946 1111.\n" in first["body"]
    assert "A patient needs action now." in first["body"]
    assert LINE not in first["body"]
    assert "Ann" not in first["title"]


def test_in_private_a_patient_reads_the_recorded_language_as_far_as_the_file_goes(
    ward, speaks, http_sink
):
    title = "Blood count"
    speaks(FRENCH + f'"{title}" = "Prise de sang"\n', **WORDS)
    ward.load(patient_lines("P-1", name="Ann Example", language="fr-CA"))
    ward.contact(http_sink.url, role="patient", name="Ann", private=True)

    ward.tick("2023-01-20T10:00:00+00:00")

    said = http_sink.requests[-1]["body"]["body"].split("\n")
    assert said[0].startswith("Un contrôle est prévu. Ref ")
    assert any(re.fullmatch(r".+, le 2023-01-\d\d au plus tard\.", line) for line in said)
    assert said[-3:-1] == ["De : Canary Infusions Clinic.", "Téléphone : +44 20 7946 1111."]
    assert said[-1].startswith("Référence : ")


def test_a_patients_message_that_is_taken_back_is_so_in_the_same_language(ward, speaks, http_sink):
    speaks(**WORDS)
    ward.load(patient_lines("P-1", fever(AT), language="fr"))
    ward.contact(http_sink.url, role="patient", name="Ann")
    ward.tick(AT, code=None)
    ward.type(f"retract {ward.event('fever')} --reason mistyped --by N")

    ward.tick("2023-01-20T08:05:00+00:00", code=None)

    said = [one["body"]["body"] for one in http_sink.requests]
    assert any(re.fullmatch(rf"Le message \w+ ne vaut plus\.\n{re.escape(LINE)}", x) for x in said)


def test_without_words_of_the_site_nothing_is_added(ward, http_sink):
    ward.load(patient_lines("P-1", lvef("45", "2023-01-14")))
    ward.contact(http_sink.url, private=True)

    ward.tick("2023-01-20")

    assert not any("From" in one["body"]["body"] for one in http_sink.requests)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("Call about exampline: 020 7946 0000", '"exampline", a drug'),
        ("Sclerosis line 020 7946 0000", '"sclerosis", an illness'),
        ("MS nurses 020 7946 0000", "an illness (its short form)"),
        ("Your ANC: 020 7946 0000", '"anc", a test'),
        ("Ask for Ann Example, 020 7946 0000", "the name or identifier of a patient"),
        ("Example line 020 7946 0000", "the name or identifier of a patient"),
        ("About p-1? 020 7946 0000", "the name or identifier of a patient"),
    ],
)
def test_a_line_that_tells_of_somebody_is_a_fault_of_the_policy(ward, speaks, line, what):
    speaks(neutral_line=line)
    ward.load(patient_lines("P-1", name="Ann Example"))

    code, out, _ = ward.monitor("policy check")
    said = next(one for one in ward.ask("doctor")["checks"] if one["name"] == "policy")

    assert (code, "words.neutral_line: it holds" in out, what in out.replace("S", "s")) == (
        1, True, True,
    ), out  # fmt: skip
    assert not said["well"]


def test_a_line_that_tells_of_nobody_is_no_fault(ward, speaks):
    speaks(**WORDS)
    ward.load(patient_lines("P-1", name="Ann Example"), patient_lines("7946", name="May Day"))

    assert "no fault found" in ward.type("policy check")


@pytest.mark.parametrize(
    ("words", "french", "fault"),
    [
        (
            {"clinic": "Northside Clinic", "neutral_line": "Northside 020 7946 0000"},
            "",
            "names the",
        ),
        ({"telephone": "020 7946", "neutral_line": "Call 0207946"}, "", "clinic's own telephone"),
        ({"neutral_line": "x" * 121}, "", "at most 120 letters"),
        ({}, 'due = "{what}."', "due: {day} is missing"),
        ({}, 'routine = "Bonjour {ref}"', "routine: {ref} has no place here"),
        ({}, 'rutine = "Bonjour"', "rutine: unknown key; one of routine, urgent"),
        ({}, 'routine = ""', "routine: write one line"),
        ({}, "texts = 3", "texts: write"),
        ({}, "routine", "cannot read"),
        ({}, 'over = "{ref!r}"', "in braces stands a place's name"),
        ({"clinic": "Northside"}, 'routine = "De Northside."', "routine: it names the clinic"),
    ],
)
def test_words_that_cannot_be_are_named_and_no_pass_goes_by_them(
    ward, speaks, words, french, fault
):
    speaks(french, **words)

    code, out, _ = ward.monitor("policy check")

    assert (code, fault in out) == (1, True), out
    assert ward.monitor("tick")[0] == 2


def test_a_file_of_a_language_that_is_not_there_is_named(ward, speaks, tmp_path):
    speaks()
    (tmp_path / "words-fr.toml").unlink()

    code, out, _ = ward.monitor("policy check")

    assert (code, "words.languages.fr: cannot read" in out) == (1, True)
