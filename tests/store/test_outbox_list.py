"""The list of messages stays as long after ten years as after one (R25)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from monitor.service.asking import outbox_list
from monitor.store import engine as database
from monitor.store.facts import moment_text
from monitor.store.seals import sealed
from monitor.store.tables import message

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
STATES = ["sent", "failed", "withdrawn", "owed", "sending", "sent", "withdrawn", "sent"]


@pytest.fixture
def years(clinic, monkeypatch):
    """Give a database with a message a day, m0 the oldest; two are the newest."""
    monkeypatch.setattr(outbox_list, "_LATEST", 2)
    with database.writing(clinic) as connection:
        for number, state in enumerate(STATES):
            at = moment_text(NOW + timedelta(days=number))
            values = {
                "key": f"m{number}", "ref": f"M{number}", "role": "nurse", "recipient": "ward",
                "address": "ward", "channels": '[{"url": "console:", "private": false}]',
                "zone": "UTC", "urgency": "routine", "rank": 1, "state": state, "due_at": at,
                "next_at": "", "token": 0, "tries": 0, "text": "alive",
            }  # fmt: skip
            connection.execute(insert(message), sealed(message, values))
        yield connection


def listed(connection, *states: str) -> list[str]:
    return [one.key for one in outbox_list.outbox_answer(connection, states)]


def test_what_was_not_sent_is_listed_however_old_and_the_newest_of_the_rest(years):
    assert listed(years) == ["m1", "m3", "m4", "m6", "m7"]


def test_a_state_that_is_named_is_listed_whole(years):
    assert listed(years, "sent") == ["m0", "m5", "m7"]
    assert listed(years, "withdrawn", "failed") == ["m1", "m2", "m6"]


def test_the_list_says_from_when_on_it_is_whole(years, monkeypatch):
    assert outbox_list.listed_from(years) == moment_text(NOW + timedelta(days=6))
    monkeypatch.setattr(outbox_list, "_LATEST", len(STATES))
    assert outbox_list.listed_from(years) is None
    assert len(listed(years)) == len(STATES)
