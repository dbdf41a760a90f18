"""What a pass costs for one patient grows with what is owed about them, and no faster.

Calls are counted, not seconds: the same on every machine.
"""

import sys
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from monitor import policy
from monitor.delivery.tick import reconcile_due
from monitor.service.asking import outbox_list
from monitor.service.recording import contacts
from monitor.service.reminding.reconcile import Pass
from monitor.store import engine as store
from monitor.store import wakeups
from tests.delivery.ward import lvef, patient_lines

POLICY = policy.load(None)
DUE = datetime.fromisoformat("2023-04-11T10:00:00+00:00")
LATE = DUE + timedelta(days=20)  # the checks have become overdue, and nobody has heard of it
NOBODY_LISTENS = "webhook+http://127.0.0.1:9/hook"
FIRST, SECOND, THIRD = 4, 8, 16  # nurses, each of whom is told everything


@pytest.fixture
def engine(database):
    opened = store.open_engine(store.parse_url(database))
    yield opened
    opened.dispose()


def add_nurses(engine, numbers: range) -> None:
    with store.writing(engine) as connection:
        for number in numbers:
            contacts.add_contact(
                connection, patient="P-1", role="nurse", name=f"Nurse {number}",
                channel=NOBODY_LISTENS, is_private=False, timezone=None, by=None, now=DUE,
            )  # fmt: skip


def calls_of_a_look(engine) -> int:
    """Count the calls of a look, when everything was owed and tried before, and not delivered."""
    called = 0

    def count(frame, kind, argument):
        nonlocal called
        called += kind == "call"

    with store.writing(engine) as connection:
        wakeups.wake_now(connection, "P-1")
    with store.writing(engine) as connection:
        sys.setprofile(count)
        try:
            looked = reconcile_due(connection, Pass(policy=POLICY, now=LATE), limit=5)
        finally:
            sys.setprofile(None)
    assert (looked.patients, looked.unusable) == (1, 0)
    return called


def test_twice_as_many_reminders_cost_a_look_twice_as_much(ward, engine):
    ward.load(patient_lines("P-1"))
    counted = []
    for begin, end in ((0, FIRST), (FIRST, SECOND), (SECOND, THIRD)):
        add_nurses(engine, range(begin, end))
        ward.tick(DUE.isoformat(), code=None)
        calls_of_a_look(engine)  # statements are compiled the first time
        counted.append(calls_of_a_look(engine))

    least, more, most = counted
    each, then = (more - least) / (SECOND - FIRST), (most - more) / (THIRD - SECOND)
    assert then < each * 1.3, f"{counted}: {each:.0f} calls for each more, then {then:.0f}"


def test_a_look_asks_as_many_questions_however_much_was_told(ward, engine):
    ward.load(patient_lines("P-1"))
    add_nurses(engine, range(FIRST))
    ward.tick(DUE.isoformat(), code=None)
    asked = []
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    calls_of_a_look(engine)
    few = len(asked)
    add_nurses(engine, range(FIRST, THIRD))
    ward.tick(DUE.isoformat(), code=None)
    asked.clear()

    calls_of_a_look(engine)

    assert len(asked) == few


def test_a_correction_is_judged_once_for_all_who_were_told(ward, engine):
    """Each day's facts are judged once, and not once for each reminder."""
    ward.load(patient_lines("P-1"))
    counted = []
    for begin, end in ((0, 1), (1, FIRST), (FIRST, THIRD)):
        add_nurses(engine, range(begin, end))
        ward.tick(DUE.isoformat(), code=None)
        ward.add("P-1", lvef(f"{60 + end}", "2023-02-01"))
        event_of = ward.event(f"{60 + end} %")
        ward.type(f"retract {event_of} --reason 'wrong patient'")
        counted.append(calls_of_a_look(engine))

    _, few, many = counted  # statements are compiled the first time
    assert many < few * 2.5, f"{few} calls for {FIRST} nurses, {many} for {THIRD}"


def test_the_outbox_says_which_of_the_older_messages_it_leaves_out(ward, http_sink, monkeypatch):
    monkeypatch.setattr(outbox_list, "_LATEST", 1)
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-20")
    ward.tick("2023-02-20")

    _, _, err = ward.monitor("outbox")

    assert "monitor: due before 2023-02-20, only what is owed or was given up is listed" in err
    assert "the others: monitor outbox --state sent --state withdrawn\n" in err
    assert ward.monitor("outbox --state sent --state withdrawn")[2].count("due before") == 0
