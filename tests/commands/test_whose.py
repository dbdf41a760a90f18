"""Every echo and answer says whose it is; a closed patient is called closed."""

import pytest


@pytest.fixture
def ann(clinic, monitor):
    """Give P-1 a name."""
    assert monitor("patient change P-1 --name 'Ann Example' --on 2023-01-05 --by N")[0] == 0
    return monitor


WHO = "P-1 (Ann Example, born 1993-04-02)"


@pytest.mark.parametrize(
    "typed",
    [
        "result log P-1 neutrophils 3.3 10*9/L --on 2023-02-20",
        "symptom log P-1 cough --at 2023-02-20T10:00:00Z",
        "fact set P-1 active_infection=no --on 2023-02-20",
        "infusion plan P-1 --on 2023-04-11",
        "course pause P-1 --on 2023-02-20",
        "patient close P-1 --reason died --by N --on 2023-02-20",
        "waive P-1 ecg --reason R --by N",
        "gate P-1 --on 2023-04-10 --as-of 2023-04-10",
        "gate --on 2023-04-10 --as-of 2023-04-10",
        "upcoming P-1 --as-of 2023-04-10",
        "upcoming --as-of 2023-04-10",
        "upcoming P-1 --as-of 2023-01-04 --until 2023-01-04",
        "warnings P-1 --as-of 2023-01-15",
        "warnings --all --as-of 2023-01-15",
        "exposure P-1",
        "explain P-1 lvef",
        "history P-1",
        "result list P-1",
        "contact list",
        "outbox",
    ],
)
def test_every_echo_and_answer_names_identifier_name_and_birth_day(typed, ann):
    ann("contact add P-1 --role nurse --name W --channel console:")
    ann("tick")
    assert WHO in ann(typed)[1]


@pytest.mark.parametrize(
    "question",
    [
        "gate P-1 --on 2023-04-10 --as-of 2023-04-10",
        "upcoming P-1 --as-of 2023-04-10",
        "warnings P-1 --as-of 2023-01-15",
        "exposure P-1",
        "explain P-1 lvef",
        "history P-1",
        "result list P-1",
        "result log P-1 neutrophils 3.3 10*9/L --on 2023-02-20",
    ],
)
def test_documents_carry_name_and_birth_day_where_they_are_recorded(question, ann, ask):
    answer = ask(question)[1]

    assert (answer["patient"], answer["name"], answer["born"]) == (
        "P-1",
        "Ann Example",
        "1993-04-02",
    )
    other = ask(question.replace("P-1", "P-2"))[1]
    assert (other["patient"], other.get("name"), other["born"]) == ("P-2", None, "1980-01-01")


def test_a_taking_back_says_whose_fact_it_was_and_what_it_said(ann):
    code, out, _ = ann("retract 23 --reason typo")

    assert code == 0
    assert out.startswith(
        f"took back event 23: neutrophils 1499 /uL on 2023-04-09, of {WHO}, as event 33\n"
    )


def test_a_taken_back_infusion_of_which_no_route_was_said_names_none(ann):
    _, out, _ = ann("retract 24 --reason typo")

    assert out.startswith(
        f"took back event 24: infusion of 21 mg (BSA 1.7500 m2) on 2023-01-10, of {WHO}"
    )


def test_a_correction_says_whose_fact_it_is_and_every_value_old_and_new(ann):
    code, out, _ = ann("correct 23 --reason typo --value 1.6 --unit 10*9/L --on 2023-04-08")

    assert code == 0
    assert out.startswith(
        "corrected event 23, neutrophils 1499 /uL on 2023-04-09: "
        f"on 2023-04-09 → 2023-04-08, unit /uL → 10*9/L, value 1499 → 1.6, for {WHO}, as event 33\n"
    )


def test_a_taking_back_cannot_be_taken_back_and_the_words_say_to_record_it_again(ann, count):
    ann("retract 23 --reason typo")

    code, out, err = ann("retract 33 --reason undo")

    assert (code, out) == (2, "")
    assert err == (
        "monitor: event 33 retracts event 23 of P-1, and a retraction cannot be retracted; "
        "record the fact again\n"
    )
    assert count() == 33


def test_recording_for_a_closed_patient_is_stored_and_says_that_nothing_is_watched(ann, ask):
    ann("patient close P-1 --reason transferred --by N --on 2023-05-01")

    code, out, err = ann("result log P-1 neutrophils 0.3 10*9/L --on 2023-05-02")

    assert code == 0
    assert "as event 34" in out
    assert err == (
        "monitor: P-1 is closed since 2023-05-01 (transferred): nothing is watched; "
        "to watch again: monitor patient reopen P-1 --by WHO\n"
    )
    assert "closed since 2023-05-01 (transferred): nothing is watched" in ann("patient list")[1]
    typed = "result log P-1 platelets 30 10*9/L --on 2023-05-02 --json"
    assert '"closed_on": "2023-05-01"' in ann(typed)[1]
