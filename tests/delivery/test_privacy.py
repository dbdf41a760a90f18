"""What leaves on a channel that is not private: one fixed sentence, whatever is on record.

Canaries stand in every field that a person fills in; they are searched for in all that left.
"""

import logging
import os
import re
import subprocess
import urllib.parse
from functools import cache
from pathlib import Path

import pytest

from monitor import protocols
from tests import postgresql
from tests.delivery.sinks import HttpSink, SmtpSink
from tests.delivery.ward import lvef, patient_lines

WHO = "CANARYPATIENT"
CANARIES = [WHO, "canary", "hunter2", "nightingale"]
CLINICAL = ["exampline", "lvef", "neutrophil", "low-lvef", "cbc", "infusion due", "sclerosis",
            "fever", "38.4", "45 %", "blood", "heart", "ejection", "oncology"]  # fmt: skip
SENTENCES = [
    r"A scheduled check is due\. Ref REF\.",
    r"Please call your clinic today\. Ref REF\.",
    r"Call your clinic or the emergency number now\. Ref REF\.",
    r"A patient needs action (today|now)\. Ref REF\.",
    r"(An|Part of an) earlier message, Ref REF, no longer applies\.",
    r"alive: \d+ due, \d+ overdue, \d+ failed, \d+ being tried again( \([a-z+ 0-9,]+\))?,"
    r" head \d+(-[0-9a-f]{4}){4}",
]
FIXED = re.compile("|".join(SENTENCES).replace("REF", "[34679ACDEFGHJKMNPQRTWXY]{4,6}"))


@pytest.fixture
def start_logs():
    """Catch every log line of every library at DEBUG, as written."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.name} {record.getMessage()} {record.exc_text or ''}")

    root, keep = logging.getLogger(), Keep(logging.DEBUG)
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(keep)
    yield lines
    root.removeHandler(keep)
    root.setLevel(before)


@pytest.fixture
def full(ward, start):
    """A clinic with canaries in every field, told over each kind of channel; and its far ends."""
    http, mail, other = start(HttpSink), start(SmtpSink), start(HttpSink)
    mail._login = None
    facts = [
        {"symptom": {"code": "fever", "value": "38.4", "unit": "Cel",
                     "at": "2023-01-15T20:00:00+00:00", "id": "canary-sender-1"}},
        {**lvef("45", "2023-01-14")},
        {"result": {"code": "lvef", "value": "46", "unit": "%", "on": "2023-01-15",
                    "method": "canary method", "by": "canary by", "confirm": True}},
        {"fact": {"fact": "alternatives", "value": "canary: none serves", "on": "2023-01-04"}},
        {"infusion": {"on": "2023-01-14", "dose_mg": "18.0", "bsa_m2": "1.5",
                      "despite": "canary despite", "confirm": True, "second": True}},
    ]  # fmt: skip
    ward.load(patient_lines(WHO, *facts, name="Canary Nightingale"))
    ward.contact(http.url.replace("//127", "//u:hunter2@127", 1) + "?token=1", WHO, role="patient",
                 name="Canary Nightingale")  # fmt: skip
    ward.contact(mail.url, WHO, role="nurse", name="Canary Nurse")
    ward.contact(f"json://u:hunter2@127.0.0.1:{other.port}/", WHO, role="prescriber",
                 name="Canary Doctor")  # fmt: skip
    ward.contact("console:", WHO, role="pharmacist", name="Canary Pharmacist")
    ward.contact(f"{http.url}", WHO, role="operator", name="Canary Operator")
    ward.console = ""
    return ward, http, mail, other


def run_its_course(ward, sinks) -> None:
    """Warn, remind, fail, try again, acknowledge, waive, take back, give up, close."""
    http, mail, _ = sinks

    def tick(now: str) -> None:
        code, out, err = ward.monitor(f"tick --now {now}")
        assert code in (0, 1), err
        ward.console += out

    tick("2023-01-15T21:00:00+00:00")
    tick("2023-01-16T10:00:00+00:00")
    ref = ward.outbox("sent")[0]["ref"]
    ward.type(f"acknowledge {ref} --by 'canary by' --note 'canary note' --on 2023-01-16")
    ward.type(f"waive {WHO} cbc-nadir --reason 'canary reason' --by 'canary by' --on 2023-01-24")
    for event in (ward.event("lvef 46", WHO), ward.event("lvef 45", WHO)):
        ward.type(f"retract {event} --reason 'canary reason' --by 'canary by'")
    tick("2023-01-17T10:00:00+00:00")
    http.status, mail.status = 500, "451 4.3.0 canary"
    for day in (18, 20, 26):
        tick(f"2023-01-{day}T10:00:00+00:00")
    http.status, mail.status = 200, "250 OK"
    for day in ("01-27", "02-10", "04-03", "04-10"):
        tick(f"2023-{day}T10:00:00+00:00")


def left(sinks) -> list[tuple[str, str, str]]:
    """List what left: sentence, title, and everything else that went over the line."""
    http, mail, other = sinks
    found = []
    for request in http.requests:
        headers = {k: v for k, v in request["headers"].items() if k != "Authorization"}
        body = request["body"]
        found.append((body["body"], body["title"], f"{headers} {body['key']} {body['ref']}"))
    for message in mail.messages:
        headers = {k: v for k, v in message["headers"].items() if k != "Subject"}
        found.append((message["body"].strip(), message["subject"], str(headers)))
    for request in other.requests:
        headers = {k: v for k, v in request["headers"].items() if k != "Authorization"}
        rest = {k: v for k, v in request["body"].items() if k not in ("message", "title")}
        body = request["body"]
        found.append((body["message"], body["title"], f"{request['path']} {headers} {rest}"))
    return found


@cache
def forbidden() -> re.Pattern[str]:
    rules = [rule.name for name in protocols.names() for rule in protocols.load(name).rules()]
    codes = list(protocols.catalogue().results)
    words = {*CANARIES, *CLINICAL, *rules, *(c for c in codes if len(c) > 3)}
    return re.compile(rf"\b({'|'.join(map(re.escape, sorted(words)))})\b", re.I)


def assert_silent(text: str, *, of: str) -> None:
    plain = urllib.parse.unquote(text).casefold()
    found = forbidden().findall(plain)
    found += [word for word in CANARIES if word.casefold() in plain]
    assert found == [], f"{of}: {text[:300]}"


def test_only_the_fixed_sentences_leave_and_no_secret_is_shown(full, start_logs):
    """A course takes seconds: one is lived through, and looked for in every place."""
    ward, *sinks = full

    run_its_course(ward, sinks)

    assert_what_leaves_is_fixed(sinks)
    assert_the_console_is_fixed(ward)
    assert_no_log_line_of_any_library_tells_anything(start_logs)
    assert_no_list_shows_a_secret_of_a_channel(ward)
    assert_no_error_on_record_tells_the_far_ends_words(ward)


def assert_what_leaves_is_fixed(sinks) -> None:
    sent = left(sinks)
    kinds = {next(s for s in SENTENCES if re.match(s.split("REF")[0], body)) for body, _, _ in sent}
    assert kinds == set(SENTENCES) - {SENTENCES[1]} | ({SENTENCES[1]} & kinds)
    for body, title, rest in sent:
        assert FIXED.fullmatch(body)
        assert title == body
        assert_silent(body + title + rest, of="what left")
    assert {sink.requests and sink.requests[0]["path"] for sink in (sinks[0],)} == {"/hook?token=1"}


def assert_the_console_is_fixed(ward) -> None:
    shown = [line for line in ward.console.splitlines() if line.startswith("[")]
    assert shown
    for line in shown:
        assert FIXED.fullmatch(re.sub(r"^\[\w+ \w+\] ", "", line))
    assert_silent(ward.console, of="console")


def assert_no_log_line_of_any_library_tells_anything(logs) -> None:
    lines = [line for line in logs if line.startswith("monitor")]
    assert any("try 1 failed" in line for line in lines)
    for line in logs:
        if not line.startswith("mail.log"):  # the far end's own
            assert_silent(line, of="log")


def assert_no_list_shows_a_secret_of_a_channel(ward) -> None:
    for typed in ("outbox", "outbox --json", "contact list", "contact list --json", "doctor",
                  "doctor --json", f"history {WHO}"):  # fmt: skip
        _, out, err = ward.monitor(typed)

        assert "hunter2" not in out + err
        assert "token=" not in out + err


def assert_no_error_on_record_tells_the_far_ends_words(ward) -> None:
    errors = {one["error"] for x in ward.outbox() for one in x["attempts"] if one["error"]}

    assert errors
    for error in errors:
        assert_silent(error, of="error")


def test_no_process_is_started_that_could_show_anything(full, monkeypatch):
    ward, *sinks = full

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    for module, name in ((subprocess, "Popen"), (os, "system"), (os, "fork"), (os, "posix_spawn")):
        monkeypatch.setattr(module, name, refuse)

    run_its_course(ward, sinks)

    assert left(sinks)


@pytest.mark.faults
def test_nothing_is_written_to_any_file_but_the_database(full, tmp_path, monkeypatch):
    ward, *sinks = full
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    for file in tmp_path.glob("*.jsonl"):
        file.unlink()

    run_its_course(ward, sinks)

    files = [file for file in tmp_path.rglob("*") if file.is_file() and file.stat().st_size > 0]
    assert files == ([] if postgresql.URL else [tmp_path / "clinic.db"])


def test_a_channel_that_was_added_as_private_has_the_detail(ward, http_sink, smtp_sink):
    ward.load(patient_lines("P-1", lvef("45", "2023-01-14")))
    ward.contact(http_sink.url, private=True)
    ward.contact(smtp_sink.url, role="patient", name="Ann", private=True)

    ward.tick("2023-01-20")

    urgent, routine = (request["body"]["body"] for request in http_sink.requests)
    assert "P-1 (born 1993-04-02), exampline: low-lvef, urgent, since 2023-01-14." in urgent
    assert "lvef 45 %" in urgent
    assert "due 2023-01-20" in routine
    assert "rule cbc-nadir" in routine
    to_patient = "".join(message["body"] for message in smtp_sink.messages)
    assert "Please call your clinic today." in to_patient
    assert "P-1" not in to_patient
    for message in smtp_sink.messages:  # a subject is read by whoever passes
        assert FIXED.fullmatch(message["subject"])


def test_the_detail_goes_only_to_the_private_one_of_two_channels(ward, start):
    private, other = start(HttpSink), start(HttpSink)
    private.status = 500
    ward.load(patient_lines("P-1", lvef("45", "2023-01-14"), include=("ex-course",)))
    ward.contact(private.url, private=True)
    ward.contact(other.url)

    ward.tick("2023-01-20", code=1)

    assert "low-lvef" in private.requests[0]["body"]["body"]
    assert FIXED.fullmatch(other.requests[0]["body"]["body"])


@postgresql.sqlite_only
def test_the_database_is_readable_by_its_owner_only(full):
    ward, *_ = full

    assert (Path(ward.folder) / "clinic.db").stat().st_mode & 0o777 == 0o600
