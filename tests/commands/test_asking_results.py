"""`result log -i`: a person is asked for what the next gate lacks; all is stored, or nothing."""

import io
import json
import sys

import pytest

from tests import postgresql


@pytest.fixture
def answering(clinic, monitor, monkeypatch):
    """Answer each question by a line."""

    def answer(typed: str, *lines: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return monitor(typed)

    return answer


@pytest.fixture
def lacking(answering, monitor):
    """Give P-1 all that the next gate needs but LVEF, neutrophils and liver tests."""
    slip = "ecg=normal cardiac_exam=normal plt=210:10*9/L hcg=negative urinalysis=normal"
    assert monitor(f"result log P-1 {slip} --on today")[0] == 0
    return answering


def test_what_is_lacking_is_asked_with_unit_and_limit_and_stored_together(lacking, ask, count):
    code, out, err = lacking("result log P-1 -i", "62", "3.2", "normal", "y")

    assert code == 0
    assert out.startswith("recorded lvef 62 %, neutrophils 3.2 10*9/L, liver_tests normal on ")
    assert out.splitlines()[0].endswith("as events 37, 38, 39")
    assert "  neutrophils: at least 1.5 10*9/L; below: hold\n  neutrophils in 10*9/L: " in err
    assert "\nLVEF: " in err
    assert "Store lvef 62, neutrophils 3.2, liver_tests normal? [y/N] " in err
    assert "platelets" not in err
    assert count() == 39
    gate = ask("gate P-1 --on today")[1]
    states = {r["rule"]: r["state"] for r in gate["requirements"]}
    assert (states["lvef"], states["neutrophils"], states["liver-tests"]) == ("met",) * 3


def test_enter_leaves_one_out_and_another_panel_is_asked_for(lacking, count):
    code, out, err = lacking("result log P-1 -i", "", "", "", "28/40", "25/40", "9/21", "yes")

    assert code == 0
    assert out.startswith("recorded alt 28 U/L (uln 40), ast 25 U/L (uln 40), bilirubin 9 umol/L (")
    assert "alt: at most the laboratory's own upper limit" in err
    assert count() == 39


def test_a_wrong_answer_is_asked_again_and_an_unusual_one_must_be_confirmed(lacking):
    answers = ("0.55", "62", "3,2", "99", "n", "3200:/uL", "norml", "normal", "y")
    code, out, err = lacking("result log P-1 -i", *answers)

    assert code == 0
    assert "lvef 0.55 % cannot be; check the value" in err
    assert "'3,2' is not a number" in err
    assert "neutrophils 99 10*9/L is unusually high" in err
    assert "left open; type what is right" in err
    assert "not 'norml'" in err
    assert "recorded lvef 62 %, neutrophils 3200 /uL, liver_tests normal on " in out


def test_what_was_confirmed_is_stored_as_confirmed(lacking, ask):
    assert lacking("result log P-1 -i", "62", "99", "y", "", "", "", "", "y")[0] == 0

    found = ask("result list P-1 neutrophils")[1]["results"][-1]
    assert (found["value"], found["confirmed"]) == ("99", True)
    assert not ask("result list P-1 lvef")[1]["results"][-1]["confirmed"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ((), 2),
        (("62",), 2),
        (("62", "3.2", "normal"), 2),  # the last question is not answered
        (("62", "3.2", "normal", "n"), 0),
        (("62", "3.2", "normal", ""), 0),
        (("", "", "", "", "", ""), 0),
    ],
)
def test_nothing_is_stored_unless_it_is_confirmed_at_the_end(answers, code, lacking, count):
    done = lacking("result log P-1 -i", *answers)

    assert (done[0], done[1]) == (code, "")
    assert "nothing was stored" in done[2]
    assert count() == 36


def test_with_json_the_questions_are_not_in_the_document(lacking):
    code, out, _ = lacking("result log P-1 -i --json", "62", "3.2", "normal", "y")

    assert (code, json.loads(out)["events"]) == (0, [37, 38, 39])


def test_a_gate_that_lacks_nothing_asks_nothing(lacking):
    assert lacking("result log P-1 -i", "62", "3.2", "normal", "y")[0] == 0
    code, out, err = lacking("result log P-1 -i")

    assert (code, out) == (0, "")
    assert "lacks no result" in err


def test_the_booked_day_is_the_next_gate(lacking, monitor):
    assert monitor("infusion plan P-1 --on +3d")[0] == 0
    day = monitor("history P-1")[1].split("next infusion booked for ")[-1].split()[0].strip(",")

    assert f"What the gate of {day} lacks, of P-1" in lacking("result log P-1 -i")[2]


def test_a_critical_value_is_asked_for_again(lacking, monitor):
    assert monitor("result log P-1 plt=9:10*9/L --on today --confirm --second")[0] == 0
    err = lacking("result log P-1 -i")[2]
    asked = lacking("result log P-1 -i", *[""] * 9)[2]

    assert err.endswith("lvef in %: \nmonitor: nothing was stored\n")
    assert asked.count("platelets in 10*9/L: ") == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("result log P-1", "which result? Name CODE VALUE"),
        ("result log P-1 neut=3 -i", "-i asks for the results; leave CODE out"),
        ("result log P-3 -i", "P-3 has no course that runs on "),
        ("result log P-9 -i", "P-9"),
        ("result log P-1 -i --on tomorrow", "is in the future; today is "),
        ("result log P-1 -i --by ''", "by: is empty"),
    ],
)
def test_where_nothing_can_be_asked_it_says_what_to_type(typed, said, answering, count):
    code, out, err = answering(typed)

    assert (code, out) == (2, "")
    assert said in err
    assert "Enter leaves one out" not in err
    assert count() == 31


@postgresql.sqlite_only
def test_input_that_is_not_text_or_is_closed_stores_nothing(lacking, monitor, monkeypatch, count):
    raw = io.TextIOWrapper(io.BytesIO(b"\xff\n62\n"), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", raw)
    assert monitor("result log P-1 -i")[0] == 2
    monkeypatch.setattr(sys, "stdin", None)
    assert monitor("result log P-1 -i")[0] == 2
    assert count() == 36


def test_who_stops_it_is_told_that_nothing_was_stored(lacking, monkeypatch, monitor, count):
    class Stopped(io.StringIO):
        def readline(self, *_: int) -> str:
            raise KeyboardInterrupt

    before = count()
    monkeypatch.setattr(sys, "stdin", Stopped())
    code, _, err = monitor("result log P-1 -i")

    assert (code, count()) == (3, before)
    assert err.endswith("\nnothing was stored\nmonitor: stopped\n")
