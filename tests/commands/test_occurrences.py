"""Occurrences that lie far ahead, that there are none of, and checks that a symptom asks for."""

import pytest

WAIVED = "waive P-1 {} --reason 'moves abroad' --by 'Dr A' --on 2023-02-01"


def test_the_last_of_the_series_can_be_waived_years_before_it_is_due(clinic, monitor):
    typed = WAIVED.format("cbc-follow-up --occurrence 24")

    assert monitor(typed) == (
        0,
        "waived cbc-follow-up 24 on 2023-02-01 for P-1 (born 1993-04-02), as event 32\n",
        "",
    )
    assert monitor(WAIVED.format("cbc-follow-up --occurrence 25"))[0] == 2


def test_waived_checks_are_listed_however_far_ahead_they_are_due(clinic, monitor, ask):
    monitor(WAIVED.format("cbc-follow-up --occurrence 24"))
    monitor(WAIVED.format("lvef-follow-up --occurrence 2"))

    _, answer = ask("upcoming P-1 --as-of 2023-02-01 --state waived --state open")

    assert [(c["rule"], c["due"]) for c in answer["checks"] if c["state"] == "waived"] == [
        ("lvef-follow-up", "2025-01-10"),
        ("cbc-follow-up", "2029-01-10"),
    ]
    listed = {c["due"] for c in answer["checks"] if c["state"] != "waived"}
    assert all(due <= answer["until"] for due in listed)


def test_an_occurrence_of_a_series_without_end_is_explained_years_ahead(clinic, ask):
    _, answer = ask("explain P-1 lvef-follow-up --occurrence 20 --as-of 2023-02-01")

    assert (answer["answer"], answer["occurrence"]) == ("ahead", 20)
    assert "due 2043-01-10" in answer["because"][0]


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        ("lifetime-dose", "leave --occurrence out"),
        ("low-lvef", "leave --occurrence out"),
        ("infection-watch", "there is 1 to 1"),
        ("neutrophils", "there is 2 to 2"),
    ],
)
def test_an_occurrence_that_there_is_not_is_no_answer(rule, hint, clinic, monitor):
    code, out, err = monitor(f"explain P-1 {rule} --occurrence 99 --as-of 2023-02-01")

    assert (code, out) == (2, "")
    assert err == f"monitor: {rule} has no occurrence 99 on 2023-02-01; {hint}\n"


@pytest.mark.parametrize(
    ("code", "checks"),
    [("fever", ["cbc-now"]), ("bruising", ["cbc-now"]), ("palpitations", ["lvef-now"])],
)
def test_a_second_symptom_of_a_day_is_answered_with_its_check_too(code, checks, clinic, ask):
    assert ask("symptom log P-1 chills --at 2023-02-03T09:00:00+00:00")[0] == 0

    _, answer = ask(f"symptom log P-1 {code} --at 2023-02-03T10:00:00+00:00")

    assert [check["rule"] for check in answer["checks"]] == checks


@pytest.mark.parametrize(
    ("rule", "number"), [("lifetime-dose", 2), ("neutrophils", 2), ("infection-watch", 1)]
)
def test_an_explanation_says_which_occurrence_it_is_about(rule, number, clinic, ask):
    assert ask(f"explain P-1 {rule} --as-of 2023-02-01")[1]["occurrence"] == number


def test_what_the_limit_cuts_off_may_be_overdue_too(clinic, monitor, ask):
    for typed in (
        "course end P-1 --on 2023-06-01 --reason 'another drug'",
        "result log P-1 neutrophils 3.1 10*9/L --on 2024-01-10",
        "result log P-1 platelets 210 10*9/L --on 2024-01-10",
        "symptom log P-1 chills --at 2024-01-15T10:00:00+00:00",
    ):
        assert monitor(typed)[0] == 0

    code, answer = ask("upcoming P-1 --as-of 2024-01-20 --limit 1 --fail-overdue")

    assert [(c["rule"], c["state"]) for c in answer["checks"]] == [("lvef-follow-up", "open")]
    assert code == 1
