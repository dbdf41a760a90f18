"""A damaged row hurts only what it is about, and is named; nobody is left out in silence."""

import hashlib
import json
import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, text

from monitor.service.operating.verify import verify
from monitor.store.facts import moment_text
from monitor.store.seals import sealed
from monitor.store.tables import damage as notes
from monitor.store.tables import message
from tests import postgresql
from tests.behind import behind, change, drop_triggers
from tests.delivery.ward import lvef, patient_lines
from tests.shares import one_of

DAY = "2023-02-20T10:00:00+00:00"
WARD = "recipient = 'Ward P-1' AND state = 'owed'"
SECRET = "s3cr3t-canary"


@pytest.fixture
def owing_to_three(ward, http_sink, owe):
    """Owe something to the nurses of three patients; it is not sent yet."""
    ward.load(*(patient_lines(f"P-{n}") for n in (1, 2, 3)))
    for n in (1, 2, 3):
        ward.contact(http_sink.url, f"P-{n}", name=f"Ward P-{n}")
    owe(DAY)
    return ward


def told(ward) -> set[str]:
    return {one["recipient"] for one in ward.outbox("sent")}


@pytest.mark.parametrize(
    "damage",
    one_of(
        2,
        [
            "zone = 'Nowhere/Town'",
            "channels = 'no list'",
            "channels = '[]'",
            "urgency = 'quite'",
            "role = 'somebody'",
            "due_at = 'soon'",
            "state = 'lost'",
            "next_at = 'later'",
            "next_at = '2999-01-01T00:00:00.000000+00:00'",
            "ref = ''",
            "recipient = 'Ward P-2'",
            f"channels = '{SECRET}'",
        ],
    ),
)
def test_one_damaged_message_is_named_and_all_are_told_in_the_same_pass(
    owing_to_three, database, monitor, damage, caplog
):
    change(database, f"UPDATE message SET {damage} WHERE {WARD}")
    before = monitor("db verify")

    with caplog.at_level(logging.DEBUG):
        ticked = owing_to_three.tick(DAY, code=None)

    assert before[0] == 1
    assert ticked["sent"] == 3
    assert told(owing_to_three) == {"Ward P-1", "Ward P-2", "Ward P-3"}
    assert "message" in before[1]
    assert SECRET not in before[1] + caplog.text


def test_what_was_set_aside_is_said_once_with_what_became_of_it_and_what_is_to_do(
    owing_to_three, database
):
    for who in ("P-1", "P-2"):
        mine = WARD.replace("P-1", who)
        change(database, f"UPDATE message SET zone = 'Nowhere/Town' WHERE {mine}")
    with behind(database) as connection:
        before = verify(connection, now=datetime.fromisoformat(DAY))
    owing_to_three.tick(DAY, code=None)
    with behind(database) as connection:
        after = verify(connection, now=datetime.fromisoformat(DAY))

    *named, to_do, state = before.words
    assert sorted(line.partition(" about ")[2] for line in named) == [
        f"P-{n}: it is not what was written" for n in (1, 2)
    ]
    assert "monitor run mends them" in to_do
    assert state.endswith(": 2 faults")
    *named, to_do, state = after.words
    assert sorted(line.partition(" about ")[2] for line in named) == [
        f"P-{n} was damaged, found on 2023-02-20: it is not what was written; "
        "it was set aside, and what still has to be told is sent anew"
        for n in (1, 2)
    ]
    assert "find what damaged them" in to_do
    assert state.endswith("no fault now; 2 damaged rows mended of late")
    assert not after.well


@postgresql.sqlite_only
def test_bytes_that_are_no_text_stop_nobody_and_are_not_quoted(owing_to_three, database, monitor):
    bad = "CAST(x'7333637233742d63616e617279ff' AS TEXT)"
    change(database, f"UPDATE message SET channels = {bad} WHERE {WARD}")
    code, said, err = monitor("db verify")

    ticked = owing_to_three.tick(DAY, code=None)

    assert code == 1
    assert SECRET not in said + err
    assert ticked["sent"] == 3


def test_a_message_that_was_turned_into_a_sent_one_is_owed_anew_within_a_day(
    owing_to_three, database, monitor
):
    change(database, f"UPDATE message SET state = 'sent', next_at = '' WHERE {WARD}")
    assert "counts as sent, and no try sent it" in monitor("db verify")[1]
    owing_to_three.tick(DAY)

    owing_to_three.tick("2023-02-21T13:00:00+00:00")

    sent = [one for one in owing_to_three.outbox("sent") if one["patient"] == "P-1"]
    assert [one for one in sent if one["attempts"]] != []


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM look WHERE patient = 'P-1'",
        "UPDATE look SET next_at = '2999-01-01T00:00:00.000000+00:00' WHERE patient = 'P-1'",
        "UPDATE look SET next_at = 'never' WHERE patient = 'P-1'",
    ],
)
def test_a_wake_up_that_is_lost_or_damaged_is_made_anew_and_named(
    ward, http_sink, database, monitor, damage
):
    ward.load(patient_lines())
    ward.contact(http_sink.url, "P-1", role="operator", name="Duty")
    ward.tick("2023-01-20")
    change(database, damage)
    assert "wake-up of P-1" in monitor("db verify")[1]
    http_sink.requests.clear()

    ticked = ward.tick("2023-01-20T12:00:00+00:00")

    assert ticked["courses"] == 1
    said = [one["body"]["body"] for one in http_sink.requests]
    assert "1 damaged row was set aside and worked out anew; type: monitor doctor" in said


def test_everybody_is_looked_at_once_a_day(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-11T10:00:00+00:00")

    assert ward.tick("2023-01-11T11:00:00+00:00")["courses"] == 0
    assert ward.tick("2023-01-12T12:00:00+00:00")["courses"] == 1


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE contact SET channel = 'webhook+http://127.0.0.1:9/thief'",
        "UPDATE contact SET role = 'patient'",
        "UPDATE contact SET removed_at = '2023-01-01T00:00:00.000000+00:00'",
        "UPDATE contact SET private = 1",
        "DELETE FROM contact",
    ],
)
def test_a_contact_that_was_edited_by_hand_is_named_and_changes_nothing(
    ward, http_sink, database, monitor, damage
):
    ward.load(patient_lines("P-1", lvef("45", "2023-01-19")))
    ward.contact(http_sink.url)
    change(database, damage)
    assert "contact 1" in monitor("db verify")[1]

    ward.tick("2023-01-20")

    assert len(http_sink.requests) == 2
    listed = ward.ask("contact list")["contacts"]
    assert [(one["role"], one["private"]) for one in listed] == [("nurse", False)]


@pytest.mark.parametrize("kind", ["contact", "contact_removed"])
@pytest.mark.parametrize("body", ['{"code": "ecg", "value": "normal"}', "[]", '{"number": "x"}'])
def test_a_recorded_contact_whose_words_are_anothers_is_named(
    owing_to_three, database, monitor, kind, body
):
    owing_to_three.type("contact remove 1 --by Ann")
    with behind(database) as connection:
        drop_triggers(connection)
        connection.execute(
            text("UPDATE fact SET body = :body WHERE patient = 'P-1' AND kind = :kind"),
            {"body": body, "kind": kind},
        )

    for asked in ("doctor", "db verify"):
        code, out, err = monitor(asked)
        assert code == 1
        assert "about a contact, cannot be read" in out + err
    owing_to_three.tick(DAY, code=1)

    assert told(owing_to_three) >= {"Ward P-2", "Ward P-3"}


def test_adding_and_removing_a_contact_stand_in_the_history_with_the_login(ward, http_sink):
    ward.load(patient_lines())
    number = ward.contact(http_sink.url)
    ward.type(f"contact remove {number} --by Ann")

    *_, added, removed = ward.ask("history P-1")["entries"]

    assert added["what"].startswith(f"contact {number}: Ward 3 (nurse) over webhook+http://")
    assert (removed["what"], removed["by"]) == (f"contact {number} is told no more", "Ann")
    assert added["login"] == removed["login"]
    assert added["login"].endswith(")")


def test_a_login_that_was_changed_is_found(ward, http_sink, database, monitor):
    ward.load(patient_lines())
    with behind(database) as connection:
        drop_triggers(connection)
        connection.execute(text("UPDATE fact SET login = NULL WHERE event = 3"))

    assert "P-1: event 3 is not what was recorded" in monitor("db verify")[1]
    assert json.loads(monitor("db verify --json")[1])["well"] is False


@postgresql.sqlite_only
@pytest.mark.parametrize(
    "damage",
    one_of(
        2,
        [
            f"message SET channels = '{SECRET}'",
            "message SET channels = CAST(x'7333637233742d63616e617279ff' AS TEXT)",
            "message SET due_at = ''",
            "message SET state = 'lost'",
            f"reminder SET words = '{SECRET}'",
            "reminder SET owed_at = CAST(x'fffe2d80' AS TEXT)",
            "reminder SET planned_on = ''",
            "attempt SET channel = 7",
            "attempt SET at = CAST(x'fffe2d80' AS TEXT)",
            "attempt SET outcome = ''",
        ],
    ),
)
def test_lists_of_settled_messages_go_on_beside_a_damaged_one(
    owing_to_three, database, monitor, damage
):
    owing_to_three.tick(DAY)
    table = damage.partition(" ")[0]
    row = f"(SELECT rowid FROM {table} LIMIT 1)"
    change(database, f"UPDATE {damage} WHERE rowid = {row}")

    for typed in ("outbox", "outbox --json", *(f"history P-{n}" for n in (1, 2, 3)), "doctor"):
        code, out, err = monitor(typed)
        assert "Traceback" not in out + err
        assert code in ((0, 1) if typed == "doctor" else (0,)), f"{typed}: {out}{err}"
        assert SECRET not in out + err
    assert len(owing_to_three.outbox()) == 3


def test_what_stood_in_a_message_that_is_set_aside_is_kept_and_shown_nowhere(
    owing_to_three, database, monitor
):
    with behind(database) as connection:
        query = text(f"SELECT key, ref FROM message WHERE {WARD}")
        key, ref = connection.execute(query).one()
        query = text("SELECT words FROM reminder WHERE message = :key")
        words = set(connection.execute(query, {"key": key}).scalars())
    change(database, f"UPDATE message SET channels = '{SECRET}' WHERE {WARD}")

    owing_to_three.tick(DAY, code=None)

    with behind(database) as connection:
        kept = connection.execute(text("SELECT kept FROM damage")).scalar_one()
    lines = [line.rpartition(" ") for line in kept.splitlines()]
    rows = [json.loads(before) for before, _, _ in lines]
    assert [hashlib.sha256(one.encode()).hexdigest()[:16] for one, _, _ in lines] == [
        digest for _, _, digest in lines
    ]
    assert (rows[0]["table"], rows[0]["ref"], rows[0]["channels"]) == ("message", ref, SECRET)
    assert {row["words"] for row in rows if row["table"] == "reminder"} == words
    for typed in ("doctor", "db verify", "outbox --json"):
        assert SECRET not in "".join(monitor(typed)[1:])


@postgresql.sqlite_only
def test_of_what_was_no_text_the_bytes_are_kept(owing_to_three, database):
    bad = "CAST(x'7333637233742d63616e617279ff' AS TEXT)"
    change(database, f"UPDATE message SET channels = {bad} WHERE {WARD}")

    owing_to_three.tick(DAY, code=None)

    with behind(database) as connection:
        kept = connection.execute(text("SELECT kept FROM damage")).scalar_one()
    assert '{"bytes": "7333637233742d63616e617279ff"}' in kept


def test_of_many_damaged_rows_the_first_are_named_and_the_others_counted(
    owing_to_three, database, monitor
):
    # More than are gone through at once; and keys that are none belong to some piece too.
    keys = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(6000)] + ["", "~", "0x", "é"]
    with behind(database) as connection:
        connection.execute(insert(message), [settled_to_nobody(key) for key in keys])
    code, out, _ = monitor("db verify")

    assert code == 1
    assert "and 5904 more" in out.splitlines()
    assert "of 3 patients: 6004 faults" in out
    assert len(out.splitlines()) < 110
    listed = json.loads(monitor("db verify --json")[1])["faults"]
    assert len(listed) == 101


def settled_to_nobody(key: str) -> dict[str, object]:
    """Write a message that counts as sent, and that no try sent."""
    return sealed(message, {
        "key": key, "ref": key[:8], "role": "operator", "recipient": "Ward", "address": "ward",
        "channels": '[{"url": "console:", "private": false}]', "zone": "UTC", "rank": 20,
        "urgency": "routine", "state": "sent", "due_at": DAY, "next_at": "", "token": 1,
        "tries": 1, "text": "well",
    })  # fmt: skip


def test_of_many_notes_of_damage_the_first_are_named(owing_to_three, database, monitor):
    with behind(database) as connection:
        at = moment_text(datetime.now(UTC))  # noqa: TID251  # doctor takes no other
        rows = [{"what": f"row {n}", "why": "it was none", "found_at": at} for n in range(300)]
        connection.execute(insert(notes), rows)

    assert "and 297 more" in monitor("doctor")[1]
    assert "and 200 more" in monitor("db verify")[1].splitlines()


def test_doctor_names_a_kept_protocol_whose_text_was_changed(owing_to_three, database, monitor):
    with behind(database) as connection:
        drop_triggers(connection)
        connection.execute(text("UPDATE protocol SET text = replace(text, '0.5', '0.05')"))
    code, out, _ = monitor("doctor")

    assert code == 1
    assert "the kept text of example is not what was kept" in " ".join(out.split())


@postgresql.sqlite_only
@pytest.mark.parametrize("who", ["P-1", "P-3"])  # the first on record, and the last
def test_a_patient_who_was_taken_out_whole_is_missed(owing_to_three, database, monitor, who):
    tables = ("reminder", "look", "contact", "pending", "treatment", "fact", "patient")
    with behind(database) as connection:
        drop_triggers(connection)
        for table in tables:
            column = "id" if table == "patient" else "patient"
            connection.execute(text(f"DELETE FROM {table} WHERE {column} = '{who}'"))

    for typed in ("db verify", "doctor"):
        assert "facts that were recorded are not there any more" in " ".join(
            monitor(typed)[1].split()
        )


@postgresql.sqlite_only
def test_a_message_without_a_key_keeps_no_pass_from_ending(owing_to_three, database):
    shape = "UPDATE sqlite_master SET sql = {} WHERE name = 'message'"
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as db:
        (made,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'message'").fetchone()
        db.execute("PRAGMA writable_schema=ON")
        db.execute(shape.format("replace(sql, ' NOT NULL', '')"))
        db.execute("PRAGMA writable_schema=RESET")
        db.execute(f"UPDATE message SET key = NULL WHERE {WARD}")
        db.execute("PRAGMA writable_schema=ON")
        db.execute(shape.format("?"), (made,))
        db.commit()
    before = owing_to_three.monitor("doctor")[1]

    owing_to_three.tick(DAY, code=None)

    assert "a message without a key: it has no key" in " ".join(before.split())
    assert told(owing_to_three) == {"Ward P-1", "Ward P-2", "Ward P-3"}


@postgresql.sqlite_only
def test_a_kept_protocol_that_is_no_text_is_named_and_quoted_nowhere(owing_to_three, database):
    with behind(database) as connection:
        drop_triggers(connection)
        change = "UPDATE protocol SET text = CAST(x'fffe2d80' AS TEXT), name = 's3cr3t-canary'"
        connection.execute(text(change))
    for typed in ("db verify", "doctor", "gate P-1 --on 2023-04-10"):
        code, out, err = owing_to_three.monitor(typed)
        assert code in (1, 3)
        assert SECRET not in out + err
        assert "Traceback" not in err
    assert (
        "the kept text of a protocol is not what was kept" in owing_to_three.monitor("db verify")[1]
    )
