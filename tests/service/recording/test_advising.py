"""No symptom of the catalogue is recorded without a word, whatever the drug, and with none."""

import json
from datetime import timedelta

import pytest

from monitor import protocols
from monitor.domain.rules.found_in_facts import SymptomReported
from monitor.service.asking.documents import document
from monitor.service.recording import imports
from monitor.service.recording.echo import echo_of
from tests import typed
from tests.factories import NOW, clinic_in_memory, load_facts

TODAY = NOW.date()
CATALOGUE = protocols.catalogue()
MITOXANTRONE = ("mitoxantrone-ms-us", "mitoxantrone-ms-eu", "mitoxantrone-ms-fr")
ALL = (*MITOXANTRONE, "doxorubicin-us", "alemtuzumab-ms-us", "cladribine-ms-us", "clozapine-us", "")
HEART = "See the patient today; these may be signs of the heart."
MARROW = "Tell a clinician; with no other cause take a blood count."
SITE = "Stop the infusion if one runs, and look at the place today."
FOR_LIFE = "A sign to report for life after this drug; see the patient and take a blood count."
BESIDE_THE_VEIN = "Possible extravasation: stop the infusion and see the patient at once."
CLOZAPINE = (
    "See the patient today; clozapine can damage the heart muscle at any time, mostly in the "
)
# What is said first to whom, by hand; "" is a patient without a course, None no advice: a warning
# says it. Of groups that are not named a warning says it under every protocol.
SAID = {
    "cardiac": {
        **dict.fromkeys((*MITOXANTRONE, "doxorubicin-us")),
        **dict.fromkeys(("alemtuzumab-ms-us", "cladribine-ms-us", ""), HEART),
        "clozapine-us": f"{CLOZAPINE}first 8 weeks.",
    },
    "leukaemia": {
        **dict.fromkeys(ALL[3:], MARROW),
        **dict.fromkeys(MITOXANTRONE, FOR_LIFE),
    },
    "infusion_site": {
        **dict.fromkeys(ALL[4:], SITE),
        **dict.fromkeys((*MITOXANTRONE, "doxorubicin-us"), BESIDE_THE_VEIN),
    },
}


def patient_under(protocol: str, *, days_ago: int = 100) -> list[dict[str, object]]:
    """Give one dose a hundred days ago; with no protocol nothing at all."""
    lines: list[dict[str, object]] = [{"kind": "patient", "id": "P", "sex": "male"}]
    if protocol:
        on = (TODAY - timedelta(days=days_ago)).isoformat()
        lines += [{"kind": "course", "patient": "P", "protocol": protocol, "on": on}]
        dose: dict[str, object] = {"patient": "P", "on": on, "dose_mg": "12.5"}
        daily = protocol == "clozapine-us"
        lines += [{**dose, "kind": "dose", "action": "start"} if daily else _infusion(dose)]
    return lines


def _infusion(dose: dict[str, object]) -> dict[str, object]:
    return {**dose, "kind": "infusion", "bsa_m2": "2"}


def symptom(code: str, days_ago: int = 0) -> dict[str, object]:
    day = TODAY - timedelta(days=days_ago)
    return {"kind": "symptom", "patient": "P", "code": code, "at": f"{day}T08:00:00+00:00"}


def after_recording(connection, code: str, days_ago: int = 0):
    line = {"confirm": True, **symptom(code, days_ago)}
    return document(echo_of(typed.record(connection, line, now=NOW)))


def alone(connection, code: str, days_ago: int):
    """Give what is said of a symptom, and leave the record as it was."""
    with connection.begin_nested() as kept:
        follow = after_recording(connection, code, days_ago)
        kept.rollback()
    return follow


@pytest.mark.parametrize("days_ago", [0, 15, 400])
@pytest.mark.parametrize("protocol", ALL)
def test_every_symptom_is_answered(protocol, days_ago):
    groups = set()
    with clinic_in_memory() as connection:
        load_facts(connection, patient_under(protocol, days_ago=600 if days_ago else 100))
        answers = {code: alone(connection, code, days_ago) for code in CATALOGUE.symptoms}
    for code, known in CATALOGUE.symptoms.items():
        follow = answers[code]
        groups.add(known.group)
        warned = any(w["severity"] in ("urgent", "emergency") for w in follow["warnings"])
        first = next(iter(follow["advice"]), None)
        if known.group in SAID:
            assert first == SAID[known.group][protocol], code
            assert warned is (first is None)
        else:
            assert warned, code
    assert groups == {*SAID, "infection", "bleeding"}


@pytest.mark.parametrize("days_ago", [0, 15, 400])
@pytest.mark.parametrize("protocol", ALL)
def test_a_temperature_that_is_fever_is_answered_as_fever_is(protocol, days_ago):
    measured = {"value": "38.5", "unit": "Cel", "confirm": True}
    on = (TODAY - timedelta(days=days_ago)).isoformat()
    as_result = {"kind": "result", "patient": "P", "code": "temperature", "on": on}
    said = []
    for line in ({**symptom("fever", days_ago), **measured}, {**as_result, **measured}):
        with clinic_in_memory() as connection:
            load_facts(connection, patient_under(protocol, days_ago=600 if days_ago else 100))
            follow = document(echo_of(typed.record(connection, line, now=NOW)))
        checks = {check["rule"] for check in follow["checks"]}
        said.append(({(w["rule"], w["severity"]) for w in follow["warnings"]}, checks))

    assert said[0] == said[1]
    assert {severity for _, severity in said[1][0]} & {"urgent", "emergency"}


def test_the_watch_of_everybody_answers_every_group_of_the_catalogue():
    everybody = protocols.every_patient()
    rules = (rule for rule in everybody.warnings if isinstance(rule, SymptomReported))
    answered = {rule.group for rule in rules} | {a.group for a in everybody.symptom_advice}

    assert answered == {known.group for known in CATALOGUE.symptoms.values()}


def test_in_the_first_weeks_of_clozapine_its_own_advice_stands_beside_the_warning():
    with clinic_in_memory() as connection:
        load_facts(connection, patient_under("clozapine-us", days_ago=10))
        follow = after_recording(connection, "chest_pain")
    assert "myocarditis" in {w["rule"] for w in follow["warnings"]}
    assert follow["advice"] == [
        f"{CLOZAPINE}first 8 weeks.",
        "tell the patient: Call your clinic now. With chest pain or trouble breathing call the "
        "emergency number.",
    ]


def test_the_advice_of_one_drug_stands_alone_beside_another_without_any():
    both = [*patient_under("cladribine-ms-us"), *patient_under("mitoxantrone-ms-us")[1:]]
    for line in both:
        if line["kind"] == "infusion":
            line["protocol"] = "mitoxantrone-ms-us"
    doses = [line for line in both if line["kind"] == "infusion"]
    both.remove(doses[0])
    with clinic_in_memory() as connection:
        load_facts(connection, both)
        assert after_recording(connection, "night_sweats")["advice"][0] == FOR_LIFE
        assert after_recording(connection, "infusion_site_pain")["advice"][0] == BESIDE_THE_VEIN


def test_nobody_is_sent_to_a_closed_patient():
    closed = {"kind": "close", "patient": "P", "reason": "died", "by": "Dr A"}
    with clinic_in_memory() as connection:
        load_facts(connection, patient_under("cladribine-ms-us"))
        typed.record(connection, {**closed, "on": TODAY.isoformat()}, now=NOW)
        assert after_recording(connection, "chest_pain")["advice"] == []


# ------------------------------------------------------------------ files
def imported(*symptoms: dict[str, object], protocol: str = "") -> tuple[str, ...]:
    with clinic_in_memory() as connection:
        load_facts(connection, patient_under(protocol))
        return _import(connection, *symptoms)


def _import(connection, *symptoms: dict[str, object]) -> tuple[str, ...]:
    texts = [json.dumps(line) for line in symptoms]
    return imports.import_lines(connection, "file", texts, now=NOW).advice


def test_a_file_names_its_advice_once_a_patient_and_group():
    assert imported(
        symptom("chest_pain", 3), symptom("palpitations", 2), symptom("chest_pain", 1)
    ) == (
        f"ADVICE  P: chest_pain, palpitations, last on {TODAY - timedelta(days=1)}: {HEART} Tell "
        "the patient: Call your clinic now. With chest pain or trouble breathing call the "
        "emergency number.",
    )
    told = imported(symptom("night_sweats"), symptom("ankle_swelling"), symptom("bone_pain"))
    assert {words.split(", last on")[0] for words in told} == {
        "ADVICE  P: ankle_swelling",
        "ADVICE  P: night_sweats, bone_pain",
    }


def test_a_file_names_the_advice_of_the_protocol_and_none_beside_a_warning():
    (told,) = imported(symptom("night_sweats"), protocol="mitoxantrone-ms-us")
    assert FOR_LIFE in told
    assert imported(symptom("chest_pain"), protocol="mitoxantrone-ms-us") == ()


@pytest.mark.parametrize(("days_ago", "times"), [(14, 1), (15, 0)])
def test_a_file_of_old_records_names_the_advice_on_the_last_14_days(days_ago, times):
    assert len(imported(symptom("chest_pain", days_ago))) == times


def test_what_was_on_record_before_the_file_is_not_said_again():
    with clinic_in_memory() as connection:
        load_facts(connection, patient_under(""))
        assert len(_import(connection, symptom("chest_pain"))) == 1
        assert _import(connection, symptom("chest_pain")) == ()
        assert len(_import(connection, symptom("night_sweats"))) == 1
