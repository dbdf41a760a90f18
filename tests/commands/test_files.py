"""What a file of facts says of itself: dangers it raised, or would have raised; what it skips."""

import os

import pytest

from monitor.commands import importing
from monitor.errors import OutsideError
from monitor.store import judging

PATIENTS = (
    '{"kind":"patient","id":"P-1","born":"1975-05-05"}',
    '{"kind":"patient","id":"P-2","born":"1980-05-05","name":"Bo Example"}',
    '{"kind":"course","patient":"P-1","protocol":"example","on":"2026-01-01"}',
    '{"kind":"course","patient":"P-2","protocol":"example","on":"2026-01-01"}',
)


def count(who: str, value: str, more: str = "") -> str:
    return (
        f'{{"kind":"result","patient":"{who}","code":"neutrophils","value":"{value}",'
        f'"unit":"10*9/L","on":"2026-11-20"{more}}}'
    )


@pytest.fixture
def load(monitor, tmp_path):
    """Import lines as a file."""

    def loaded(*lines: str):
        file = tmp_path / "facts.jsonl"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return monitor(f"import {file}")

    return loaded


def test_an_urgent_warning_that_a_file_raised_is_named_with_the_patient(load):
    code, out, _ = load(*PATIENTS, count("P-2", "0.3"), count("P-1", "3.2"))

    assert code == 0
    assert "URGENT  severe-neutropenia: P-2 (Bo Example, born 1980-05-05): " in out
    assert "P-1" not in out


def test_a_refused_file_names_what_it_would_have_raised(load, monitor):
    load(*PATIENTS, count("P-1", "3.2"))

    code, out, err = load(count("P-1", "3.3"), count("P-2", "0.3"))

    assert (code, out) == (2, "")
    assert "facts.jsonl:1: event 3 has other values for that day (value)" in err
    assert "the valid lines would have raised:\nURGENT  severe-neutropenia: P-2 (Bo" in err
    assert "neutrophils" not in monitor("history P-2")[1]


def test_a_fact_that_was_taken_back_is_skipped_and_that_is_said(load, monitor):
    load(*PATIENTS, count("P-1", "3.2"))
    monitor("retract 3 --reason typo")

    code, out, err = load(count("P-1", "3.2"))

    assert code == 0
    assert "stored 0, skipped 1" in out
    assert "line 1 is skipped: event 3 of P-1 said the same and was retracted; " in err


def test_a_file_about_a_closed_patient_says_that_nothing_is_watched(load, monitor):
    load(*PATIENTS)
    monitor("patient close P-2 --reason died --by N --on 2026-11-01")

    code, _, err = load(count("P-2", "0.3"))

    assert code == 0
    assert "P-2 is closed since 2026-11-01: nothing is watched" in err


@pytest.mark.parametrize("zone", ["localtime", "posixrules", "Factory"])
def test_what_is_no_place_is_no_zone(zone, monitor):
    code, out, err = monitor(f"patient add P-1 --timezone {zone}")

    assert (code, out) == (2, "")
    assert f"'{zone}' is not a time zone" in err


@pytest.mark.parametrize("number", ["99999999999999999999", "2147483648", "-9223372036854775809"])
def test_a_contact_of_a_huge_number_is_not_found(number, load, monitor):
    load(*PATIENTS)

    code, out, err = monitor(f"contact remove -- {number}")

    assert (code, out) == (2, "")
    assert err == f"monitor: no contact {number}; see: monitor contact list\n"


@pytest.mark.parametrize(
    "typed",
    [
        "import 'a\x1b[2Jb.jsonl'",
        "policy check 'a\x1b[2Jb.toml'",
        "gate 'P\x1b[2J' --on 2026-01-01",
        "contact list 'P\x9b2J'",
        "explain P-1 'l\x1b[2Jvef'",
        "course start P-1 --protocol 'm\x1b[2J' --on 2026-01-01",
        "patient list --state '\x1b[2J'",
        "db restore 'a\x1b[2Jb'",
    ],
)
def test_what_was_typed_reaches_no_terminal_as_a_command(typed, load, monitor):
    load(*PATIENTS)

    code, out, err = monitor(typed)

    assert (code, out) == (2, "")
    assert err.count("\n") <= 2
    assert err.replace("\n", "").isprintable()


def test_a_second_channel_says_after_which_it_is_tried(load, monitor):
    load(*PATIENTS)
    typed = "contact add P-2 --role nurse --name Nurse --channel"
    monitor(f"{typed} console:")

    _, out, _ = monitor(f"{typed} webhook+http://127.0.0.1:9/x")

    assert ": a second channel of Nurse (nurse) about P-2 (Bo Example, born 1980-05-05), " in out
    assert "tried after contact 1, " in out
    assert "is told" not in out


def test_good_lines_are_stored_and_the_rest_is_written_with_reasons(load, monitor, tmp_path):
    load(*PATIENTS, count("P-1", "3.2"))
    file, rest = tmp_path / "more.jsonl", tmp_path / "rest.jsonl"
    bad = [count("P-1", "3.3"), '{"kind":"result","patient":"P-9"}', "nonsense"]
    file.write_text("\n".join([bad[0], count("P-2", "0.3"), *bad[1:]]) + "\n", encoding="utf-8")

    code, out, _ = monitor(f"import {file} --accept-good {rest}")

    assert code == 1
    assert "URGENT  severe-neutropenia: P-2 (Bo Example, born 1980-05-05): " in out
    assert f"3 lines were NOT stored; they are, with reasons, in {rest}" in out
    assert "neutrophils 0.3" in monitor("history P-2")[1]
    written = rest.read_text(encoding="utf-8").splitlines()
    assert written[1::2] == bad
    assert written[0].startswith("# line 1: event 3 has other values for that day (value)")
    assert written[2].startswith("# line 3: on: missing; code: missing")
    assert written[4].startswith("# line 4: not a JSON object")
    assert rest.stat().st_mode & 0o777 == 0o600
    rest.write_text("# mended\n" + count("P-1", "3.2") + "\n", encoding="utf-8")
    assert monitor(f"import {rest}")[0] == 0


def test_a_file_without_fault_leaves_no_rest(load, monitor, tmp_path):
    load(*PATIENTS)
    file, rest = tmp_path / "more.jsonl", tmp_path / "rest.jsonl"
    file.write_text(count("P-2", "3.1") + "\n", encoding="utf-8")

    assert monitor(f"import {file} --accept-good {rest}")[0] == 0

    assert not rest.exists()


def test_the_rest_overwrites_nothing(load, monitor, tmp_path):
    load(*PATIENTS)
    rest = tmp_path / "facts.jsonl"

    code, out, err = monitor(f"import {rest} --accept-good {rest}")

    assert (code, out) == (2, "")
    assert "already exists; give a new name" in err


@pytest.mark.parametrize("kind", ["endless", "huge", "pipe"])
def test_a_policy_that_does_not_end_is_refused(kind, monitor, tmp_path):
    file = tmp_path / "policy.toml"
    if kind == "huge":
        with file.open("wb") as stream:
            stream.truncate(1_000_001)
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to("/dev/zero")

    code, out, err = monitor(f"policy check {file}")

    assert (code, out) == (2, "")
    assert err.startswith(f"monitor: {file} is ")
    assert err.count("\n") == 1


def test_a_file_of_many_faults_is_judged_as_often_as_its_lines_lean_on_each_other(
    load, monitor, tmp_path, monkeypatch
):
    load(*PATIENTS)
    file, rest = tmp_path / "more.jsonl", tmp_path / "rest.jsonl"
    faulty = [count("P-1", "3.3", f',"strange{number}":1') for number in range(300)]
    leaning = [
        '{"kind":"patient","id":"P-3","born":"2999-01-01"}',  # born tomorrow
        '{"kind":"course","patient":"P-3","protocol":"example","on":"2026-01-01"}',
        count("P-3", "3.3"),
    ]
    file.write_text("\n".join([*faulty, *leaning, count("P-2", "3.1")]) + "\n", encoding="utf-8")
    judged, judge = [], importing.import_lines

    def counted(*arguments, **named):
        judged.append(None)
        return judge(*arguments, **named)

    monkeypatch.setattr(importing, "import_lines", counted)
    code, out, _ = monitor(f"import {file} --accept-good {rest}")

    assert code == 1
    assert "303 lines were NOT stored" in out
    assert len(judged) <= 5
    assert "neutrophils 3.1" in monitor("history P-2")[1]


_FOREIGN, _LONG = "not UTF-8; save the file as UTF-8", "longer than 1000000 characters"


@pytest.mark.parametrize(
    ("line", "why", "is_judged"),
    [
        ('{"kind":"patient","id":"P-9","name":"M\xfcller"}', _FOREIGN, True),
        (count("P-2", "0.3", ',"by":"Dr M\xfcller"'), _FOREIGN, True),
        (count("P-2", "3\xff1"), _FOREIGN, False),
        ("\xff\xfe{\0", _FOREIGN, False),
        (count("P-2", "3.1", f',"by":"{"a" * 1_000_000}"'), _LONG, False),
    ],
    ids=["name", "by", "value", "nothing", "long"],
)  # fmt: skip
def test_a_line_that_is_no_text_keeps_the_others_neither_unsaid_nor_out(
    load, monitor, tmp_path, line, why, is_judged
):
    load(*PATIENTS)
    file, rest = tmp_path / "more.jsonl", tmp_path / "rest.jsonl"
    lines = [count("P-1", "0.2"), line, count("P-2", "3.2")]
    file.write_bytes("\n".join(lines).encode("latin-1") + b"\n")

    code, _, err = monitor(f"import {file}")

    assert code == 2
    assert f"more.jsonl:2: {why}" in err
    assert "neutrophils 0.2" in err
    assert ("neutrophils 0.3" in err) == ("0.3" in line)
    assert ("cannot tell whether these are urgent" in err) == (not is_judged)

    code, _, _ = monitor(f"import {file} --accept-good {rest}")

    assert code == 1
    assert "neutrophils 0.2" in monitor("history P-1")[1]
    assert rest.read_bytes() == f"# line 2: {why}\n{line}\n".encode("latin-1")


def test_a_pipe_without_end_is_given_up_whatever_is_accepted(monitor, tmp_path):
    code, out, err = monitor(f"import /dev/zero --accept-good {tmp_path}/rest")

    assert (code, out) == (2, "")
    assert err == "monitor: zero:1: longer than 10000000 bytes\n"
    assert not (tmp_path / "rest").exists()


def test_what_cannot_be_stored_after_all_keeps_the_rest_where_nobody_knows(
    load, monitor, tmp_path, monkeypatch
):
    """Refused: nothing was stored, and the file goes. The disk failed: perhaps all was stored."""
    load(*PATIENTS)
    file, rest = tmp_path / "more.jsonl", tmp_path / "rest.jsonl"
    file.write_text("nonsense\n" + count("P-2", "3.1") + "\n", encoding="utf-8")
    for fault, is_kept in ((judging.Overtaken("meanwhile"), False), (OutsideError("disk"), True)):

        def fail(*_, fault=fault):
            raise fault

        monkeypatch.setattr(importing, "take_over", fail)
        assert monitor(f"import {file} --accept-good {rest}")[0] == 3
        assert rest.exists() == is_kept
