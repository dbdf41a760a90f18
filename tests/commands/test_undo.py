"""Undo takes back the last fact of a person: at once where piped, after asking on a terminal."""

import os
import pty
import subprocess
import sys

import pytest

LOW = "result log P-1 neutrophils 0.4 10*9/L --by N"
ECG = "result log P-1 ecg normal --by N"


def test_it_takes_back_the_last_fact_and_says_what_ends(clinic, monitor, count):
    assert monitor(LOW)[0] == 0

    code, out, err = monitor("undo --by N")

    assert (code, err, count()) == (0, "", 33)
    lines = out.splitlines()
    assert lines[0].startswith("took back event 32: neutrophils 0.4 10*9/L on ")
    assert lines[0].endswith(", of P-1 (born 1993-04-02), as event 33")
    assert any(line.startswith("ended: URGENT  severe-neutropenia") for line in lines)


def test_twice_it_does_not_walk_back_through_the_record(clinic, monitor, count):
    monitor(ECG)
    monitor(f"{ECG} --on yesterday")
    assert monitor("undo --by N")[0] == 0

    code, out, err = monitor("undo --by N")

    assert (code, out, count()) == (2, "", 34)
    assert "event 34, which took back event 33, ecg normal on" in err
    assert "a retraction cannot be retracted: record the fact again" in err


def test_what_another_has_put_right_since_is_named_with_what_to_type(clinic, monitor, count):
    monitor(LOW)
    assert monitor("correct 32 --value 2.4 --reason misread --by M")[0] == 0

    code, out, err = monitor("undo --by N")

    assert (code, out, count()) == (2, "", 33)
    assert "the last of N is event 32, neutrophils 0.4 10*9/L" in err
    assert "event 33, neutrophils 2.4 10*9/L" in err
    assert "to take that back: monitor retract 33 --reason R" in err


def test_a_name_written_otherwise_names_who_may_be_meant(clinic, monitor, count):
    monitor(ECG.replace("--by N", "--by 'Nurse A'"))

    code, _, err = monitor("undo --by 'nurse a'")

    assert (code, count()) == (2, 32)
    assert "'nurse a' has recorded nothing; did you mean --by 'Nurse A'? To take back" in err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("patient add P-9 --by N", "registers the patient; type: monitor patient close"),
        ("contact add P-1 --role nurse --name W --channel console:", "type: monitor contact "),
    ],
)
def test_what_cannot_be_taken_back_names_what_can_be_done(typed, said, clinic, monitor, count):
    monitor(typed if "--by" in typed else f"{typed} --by N")
    before = count()

    code, out, err = monitor("undo --by N")

    assert (code, out, count()) == (2, "", before)
    assert said in err


def test_as_a_document_it_is_what_a_retraction_is(clinic, monitor, ask):
    monitor(ECG)

    code, answer = ask("undo --by N")

    assert (code, answer["event"], answer["patient"]) == (0, 33, "P-1")
    assert answer["old"].startswith("ecg normal on ")


@pytest.mark.parametrize(("typed", "facts"), [("y\n", 33), ("n\n", 32), ("\n", 32)])
def test_on_a_terminal_it_says_what_and_asks(typed, facts, clinic, monitor, database, count):
    monitor(ECG)
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "monitor", "undo", "--by", "N"],
        env={**os.environ, "MONITOR_DB": database},
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.write(ours, typed.encode())
    out, _ = running.communicate()
    os.close(theirs)
    os.close(ours)

    assert (running.returncode, count()) == (0, facts)
    assert out.startswith("the last of N is event 32, ecg normal on ")
    assert ("took back event 32" in out, "nothing was taken back" in out) == (
        facts == 33, facts == 32,
    )  # fmt: skip
