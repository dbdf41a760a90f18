"""What another program sends every night: booked, moved, cancelled, put right, changed, died."""

import io
import json
from datetime import timedelta

import pytest

from monitor.commands.options import now

PATIENT = {"kind": "patient", "id": "P-1", "sex": "female", "born": "1993-04-02"}
COURSE = {"kind": "course", "id": "c", "patient": "P-1", "protocol": "example", "on": "2026-01-02"}
COUNT = {"kind": "result", "id": "r", "patient": "P-1", "code": "neutrophils", "value": "3.2"}
COUNT |= {"unit": "10*9/L", "on": "2026-01-09"}
GIVEN = {"kind": "infusion", "id": "i", "patient": "P-1", "on": "2026-01-10", "dose_mg": "21"}
GIVEN |= {"height_cm": "175", "weight_kg": "63"}
YESTERDAY = (now() - timedelta(days=1)).isoformat(timespec="seconds")
RECORD = (PATIENT, COURSE, COUNT, GIVEN)


def about(kind: str, **said: object) -> dict[str, object]:
    return {"kind": kind, "patient": "P-1", **said}


PLAN = about("plan", on="2026-12-10")
CONTACT = about("contact", id="k", role="nurse", name="Ward 3", channel="console:")


@pytest.fixture
def load(monitor, tmp_path):
    """Import lines as a file."""

    def loaded(*lines: object, more: str = "") -> tuple[int, str, str]:
        file = tmp_path / "feed.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return monitor(f"import {file} {more}")

    return loaded


@pytest.fixture
def kinds(monitor):
    """List the kinds of what is on record, in the order of recording."""

    def listed() -> list[str]:
        entries = json.loads(monitor("history P-1 --json")[1])["entries"]
        return [one["kind"] for one in entries if one["kind"] not in ("re-anchored", "reminder")]

    return listed


def counted(answer: tuple[int, str, str]) -> tuple[int, int]:
    """Give how many lines were stored and skipped."""
    code, out, err = answer
    assert code == 0, err
    words = out.replace(",", "").split()
    return int(words[words.index("stored") + 1]), int(words[words.index("skipped") + 1])


NIGHT = (
    *RECORD,
    about("change", on="2026-02-01", name="Ann Example"),
    about("pause", on="2026-02-01"),
    about("resume", on="2026-02-03"),
    PLAN,
    about("cancel", on="2026-03-01"),
    about("plan", on="2026-12-12"),
    about("correct", of="r", value="3.1", reason="misread", by="lab"),
    about("retract", of="i", reason="not given", by="Ann"),
    about("waive", rule="ecg", reason="seen", by="Dr A", on="2026-11-29"),
    CONTACT,
    {"kind": "contact", "clinic": True, "role": "operator", "name": "IT", "channel": "console:"},
    about("contact_removed", of="k"),
    about("close", on="2026-11-01", reason="transferred", by="Ann"),
    about("reopen", on="2026-11-02", by="Ann"),
)


def test_a_feed_says_everything_that_commands_say(load, monitor, kinds):
    assert counted(load(*NIGHT)) == (len(NIGHT), 0)

    assert kinds() == [
        "patient", "patient_change", "course", "course_pause", "course_resume", "result",
        "infusion", "plan", "cancel", "plan", "result", "retraction", "waiver", "close", "reopen",
        "contact", "contact_removed",
    ]  # fmt: skip
    said = monitor("history P-1")[1]
    assert "corrects event 6: misread" in said
    assert "event 7 is taken back: not given" in said
    gate = json.loads(monitor("gate P-1 --on 2026-12-12 --json")[1])
    assert gate["name"] == "Ann Example"
    (ecg,) = (one for one in gate["requirements"] if one["rule"] == "ecg")
    assert (ecg["state"], "seen" in ecg["message"]) == ("caution", True)
    (due,) = json.loads(monitor("upcoming P-1 --state ahead --as-of 2026-11-29 --json")[1])[
        "checks"
    ][:1]
    assert due["due"] == "2026-12-12"
    assert "IT" in monitor("contact list")[1]
    assert "Ward 3" not in monitor("contact list P-1")[1]


def test_the_same_night_twice_stores_nothing_new(load, kinds):
    load(*NIGHT)
    before = kinds()

    assert counted(load(*NIGHT)) == (0, len(NIGHT))
    assert counted(load(*reversed(NIGHT[:7]))) == (0, 7)
    assert kinds() == before


def test_what_was_given_up_may_be_booked_again(load, kinds):
    load(*RECORD, PLAN)
    load(about("cancel", on="2026-11-01"))

    assert counted(load(PLAN)) == (1, 0)
    assert counted(load(PLAN)) == (0, 1)
    assert counted(load(PLAN, about("cancel", on="2026-11-01"), PLAN)) == (0, 3)
    assert kinds()[4:] == ["plan", "cancel", "plan"]


def test_a_value_may_be_put_right_and_back_again(load, monitor):
    wrong, right = (about("correct", of="r", value=value, reason="x") for value in ("2.2", "3.2"))
    load(*RECORD)

    assert counted(load(wrong)) == (1, 0)
    assert counted(load(right)) == (1, 0)
    assert counted(load(wrong, right)) == (0, 2)
    assert counted(load(about("correct", of="r", value="3.2", reason="again"))) == (0, 1)
    assert "neutrophils 3.2 10*9/L" in monitor("explain P-1 neutrophils --as-of 2026-01-10")[1]


def test_a_patient_who_died_is_told_nothing_more(load, monitor):
    patient = about("contact", role="patient", name="Ann", channel="webhook+http://127.0.0.1:1/")
    load(*RECORD, patient, about("symptom", code="fever", at=YESTERDAY))
    monitor("tick")  # nobody takes it: it is tried again
    assert '"owed"' in monitor("outbox --json")[1]

    assert counted(load(about("close", on="2026-11-28", reason="died", by="feed"))) == (1, 0)

    assert '"owed"' not in monitor("outbox --json")[1]
    assert '"withdrawn"' in monitor("outbox --json")[1]
    assert json.loads(monitor("upcoming P-1 --json")[1])["checks"] == []


def test_what_was_seen_names_the_line_that_was_the_reason(load, kinds, monitor):
    fever = about("symptom", id="s", code="fever", at=YESTERDAY)
    seen = {"kind": "acknowledge", "of": "s", "by": "Dr A", "note": "called"}
    load(*RECORD)

    assert counted(load(fever, seen)) == (2, 0)
    assert counted(load(fever, seen)) == (0, 2)
    assert kinds()[4:] == ["symptom", "acknowledgement"]
    assert "infection-symptom 1 acknowledged by Dr A: called" in monitor("history P-1")[1]


def test_a_line_finds_the_patient_by_the_id_that_it_names(load, kinds):
    other = {**PATIENT, "id": "P-2", "born": "1990-01-01"}
    load(*RECORD, other)

    assert counted(load({"kind": "retract", "of": "i", "reason": "not given"})) == (1, 0)
    assert kinds()[-1] == "retraction"
    load({**COUNT, "patient": "P-2"})
    code, _, err = load({"kind": "correct", "of": "r", "reason": "x", "value": "2"})
    assert code == 2
    assert "feed.jsonl:1: of: 'r' is of P-1 and of P-2; add \"patient\"" in err


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ({"kind": "correct", "of": "k", "reason": "again", "value": "2.1"}, "2.1"),
        ({"kind": "retract", "of": "k", "reason": "again"}, None),
        ({"kind": "acknowledge", "of": "k", "by": "Dr Example"}, "0.2"),
    ],
)
def test_a_line_names_another_that_names_another(load, monitor, line, left):
    wrong = {"kind": "correct", "id": "k", "of": "r", "reason": "misread", "value": "0.2"}
    count = {**COUNT, "on": "2026-11-29"}

    assert counted(load(PATIENT, count, wrong, line)) == (4, 0)
    _, told, _ = monitor("result list P-1 --json")
    found = [one for one in json.loads(told)["results"] if one["standing"] == "counts"]
    assert [one["value"] for one in found] == ([left] if left else [])


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ({"kind": "correct", "of": "r", "reason": "misread", "value": "2.1"}, ["2.1"]),
        ({"kind": "retract", "of": "r", "reason": "another's"}, []),
    ],
)
def test_a_line_names_what_was_entered_by_hand(load, monitor, line, left):
    load(PATIENT, {key: value for key, value in COURSE.items() if key != "id"})
    assert monitor("result log P-1 neutrophils 3.2 10*9/L --on 2026-01-09")[0] == 0
    pause = about("pause", on="2026-03-01", course="c")

    for stored in (2, 0):
        code, out, err = load(PATIENT, COURSE, COUNT, line, pause)
        assert (code, err) == (0, "")
        assert f"stored {stored}, skipped {5 - stored} already" in out
    _, told, _ = monitor("result list P-1 --json")

    found = [one for one in json.loads(told)["results"] if one["standing"] == "counts"]
    assert [one["value"] for one in found] == left


def test_a_change_says_what_it_changes(load, monitor):
    load(PATIENT, about("change", on="2026-11-01", language="de"))
    load(about("change", on="2026-11-02", name="Ann Example"))

    _, told, _ = monitor("history P-1 --json")

    words = [entry["what"] for entry in json.loads(told)["entries"]]
    assert words[1:] == ["patient: language de", "patient: name recorded"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (about("correct", of="x", reason="x", value="2"), "no fact of P-1 has the id 'x'"),
        ({"kind": "retract", "of": "x", "reason": "x"}, "no fact on record has the id 'x'"),
        (about("correct", of="r", reason="x", value="1500"), "did you mean"),
        (about("correct", of="r", reason="x", dose_mg="2"), "a result has no such value"),
        (about("correct", of="r", value="2"), "reason: missing"),
        (about("retract", of="c", reason="x"), "starts the only course"),
        (about("cancel", on="2026-11-01"), "no infusion of P-1 is booked"),
        (about("resume", on="2026-11-01"), "the course is not paused"),
        (about("waive", rule="ecgs", reason="x", by="x", on="2026-11-29"), "ecgs"),
        (about("acknowledge", of="r", by="x"), "no warning rests on it today"),
        (about("close", on="2026-11-01", reason="gone", by="x"), "died"),
        (about("contact", role="nurse", name="x", channel="gopher:x"), "channel: "),
        (about("contact", role="nurses", name="x", channel="console:"), "role: "),
        (about("contact_removed", of="k"), "no contact that is told has a line with the id 'k'"),
        (about("close", reason="died"), "on: missing; by: missing"),
        (about("cancel"), "on: missing"),
        (about("waive", rule="ecg", reason="x", on="2026-11-29"), "by: missing"),
        (about("course_end", on="2026-11-01", reason="x", course="i"), "starts no course"),
        ({**COURSE, "id": "d", "on": "2025-01-02", "digest": "0" * 64}, "digest: no text of"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_stored(line, words, load, kinds):
    load(*RECORD)
    before = kinds()

    code, out, err = load({**COUNT, "id": "r2", "on": "2026-01-08"}, line)

    assert (code, out) == (2, "")
    assert "feed.jsonl:2: " in err
    assert words in err
    assert kinds() == before


def test_without_as_recorded_an_export_is_recorded_as_of_now(load, monitor, tmp_path, database):
    load(*NIGHT)
    assert monitor(f"export jsonl --out {tmp_path}/all.jsonl")[0] == 0
    other = f"sqlite:///{tmp_path}/other.db"

    code, _, err = monitor(f"import {tmp_path}/all.jsonl --db {other}")

    assert code == 0, err
    for question in ("gate P-1 --on 2026-12-12", "upcoming P-1", "warnings P-1", "exposure P-1"):
        assert _blank(monitor(f"{question} --json --db {other}")) == _blank(
            monitor(f"{question} --json")
        )


def _blank(answer: tuple[int, str, str]) -> object:
    def blanked(one: object) -> object:
        if isinstance(one, dict):
            return {key: 0 if key == "event" else blanked(value) for key, value in one.items()}
        return [*map(blanked, one)] if isinstance(one, list) else one

    return answer[0], blanked(json.loads(answer[1]))


@pytest.fixture
def piped(monitor, monkeypatch):
    """Run a command with something on its standard input."""

    def run(typed: str, text: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return monitor(typed)

    return run


def test_a_pipe_is_read_as_a_file_is(piped, kinds, tmp_path):
    text = "".join(json.dumps(line) + "\n" for line in (*RECORD, about("planned")))

    code, _, err = piped("import -", text)
    assert code == 2
    assert "standard input:5: kind: unknown kind 'planned'" in err
    assert "standard input: is empty" in piped("import -", "")[2]
    assert piped(f"import - --accept-good {tmp_path}/rest.jsonl", text)[0] == 1
    assert kinds() == ["patient", "course", "result", "infusion"]
    assert "planned" in (tmp_path / "rest.jsonl").read_text()


def test_what_was_taken_back_may_be_said_again_in_the_same_file(load, kinds, monitor):
    back = about("retract", of="r", reason="wrong patient")
    again = {**COUNT, "id": "r2"}

    assert counted(load(*RECORD, back, again)) == (6, 0)
    assert kinds()[2:] == ["result", "infusion", "retraction", "result"]
    assert "neutrophils 3.2" in monitor("explain P-1 neutrophils --as-of 2026-01-10")[1]
    assert counted(load(*RECORD, back, again)) == (0, 6)


def test_a_night_that_takes_its_own_fact_back_says_so_once(load, monitor):
    back = about("retract", of="r", reason="wrong patient")

    assert counted(load(*RECORD, back)) == (5, 0)
    assert load(*RECORD, back) == (0, "5 lines: stored 0, skipped 5 already on record\n", "")
    assert "said the same and was retracted" in load(*RECORD)[2]
    assert counted(load(*RECORD[:3], dict(COUNT, id="r3"), back)) == (0, 5)
