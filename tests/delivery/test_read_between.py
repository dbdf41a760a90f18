"""What others do between two questions of one transaction leads to no false word, and no silence.

Only a server lets others write meanwhile.
"""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Connection, event, select

from monitor import policy
from monitor.delivery.sender import send_owed
from monitor.delivery.tick import reconcile_due
from monitor.service.reminding import mending
from monitor.service.reminding.reconcile import Pass
from monitor.store import engine as store
from monitor.store.tables import attempt, damage, message
from tests.behind import behind
from tests.delivery.ward import lvef, patient_lines
from tests.postgresql import needs_postgresql

pytestmark = needs_postgresql

NOW = "2023-02-20T10:00:00+00:00"


@pytest.fixture
def waiting(ward, http_sink):
    """Leave a nurse untold of an urgent matter: her server takes nothing."""
    ward.load(patient_lines("P-1"))
    ward.contact(http_sink.url)
    ward.tick("2023-01-20")
    ward.add("P-1", lvef("45", "2023-02-19"))
    http_sink.status = 503
    ward.tick("2023-02-20T08:00:00+00:00", code=None)
    http_sink.status = 200
    return ward


def before(connection: Connection, question: str, others: Callable[[], object]) -> None:
    """Have others do something just before a question is asked for the first time."""
    asked = []

    def when_asked(_connection, _cursor, statement, *_):
        if question in statement and not asked:
            asked.append(statement)
            others()

    event.listen(connection, "before_cursor_execute", when_asked)


def mend(connection: Connection) -> None:
    mending.mend_messages(connection, now=datetime.fromisoformat(NOW))
    assert connection.execute(select(damage)).all() == []


def test_what_is_sent_between_two_questions_is_not_called_damaged(waiting, http_sink, database):
    with behind(database) as connection:
        before(connection, "attempt.message IN", lambda: waiting.tick(NOW))
        mend(connection)

        assert set(connection.execute(select(message.c.state)).scalars()) == {"sent"}
        tries = connection.execute(select(attempt)).all()

    assert len(tries) == len(http_sink.requests) == 4


def test_what_a_look_withdraws_between_two_questions_was_not_settled_by_hand(waiting, database):
    def take_back():
        waiting.type(f"retract {waiting.event('lvef')} --reason 'a slip'")
        waiting.tick(NOW)

    with behind(database) as connection:
        before(connection, "JOIN reminder", take_back)
        mend(connection)


def test_what_is_sent_while_a_look_finds_it_wrong_is_taken_back(ward, http_sink, database, owe):
    ward.load(patient_lines("P-1"))
    ward.contact(http_sink.url)
    ward.tick("2023-01-20")
    ward.add("P-1", lvef("45", "2023-02-19"))
    owe(NOW)
    ward.type(f"retract {ward.event('lvef')} --reason 'a slip'")
    http_sink.requests.clear()
    now, rules = datetime.fromisoformat(NOW), policy.load(None)

    def send():
        engine = store.open_engine(store.parse_url(database))
        send_owed(engine, rules, lambda: now)
        engine.dispose()

    with behind(database) as connection:
        before(connection, "pg_advisory_xact_lock(", send)
        reconcile_due(connection, Pass(policy=rules, now=now), limit=1)
    send()

    told = [request["body"] for request in http_sink.requests]
    wrong = next(one["ref"] for one in told if one["urgency"] == "urgent")
    assert f"An earlier message, Ref {wrong}, no longer applies." in [one["body"] for one in told]
