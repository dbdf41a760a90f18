"""The rights in docs/SECURITY.md suffice for the daily work, and change no fact."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from monitor.commands import main
from monitor.store import engine as database
from tests.postgresql import needs_postgresql

DOCS = Path(__file__).parents[2] / "docs"
FACTS = Path(__file__).parents[1] / "commands" / "facts.jsonl"

pytestmark = pytest.mark.usefixtures("exampline")  # the file of facts is about it


@pytest.fixture
def limited(clinic):
    """Give the URL of the service's role."""
    granted = re.search(r"```sql\n(.*?)```", (DOCS / "SECURITY.md").read_text(), re.DOTALL)
    assert granted is not None
    with clinic.begin() as connection:
        connection.execute(text("CREATE ROLE monitor_service LOGIN"))
        for statement in granted[1].split(";"):
            if statement.strip():
                connection.execute(text(statement))
    yield clinic.url.set(username="monitor_service").render_as_string(hide_password=False)
    with clinic.begin() as connection:
        connection.execute(text("DROP OWNED BY monitor_service"))
        connection.execute(text("DROP ROLE monitor_service"))


@needs_postgresql
def test_the_documented_rights_suffice_for_the_daily_work(limited):
    for typed, code in (
        (["import", str(FACTS)], 0),
        (["infusion", "plan", "P-1", "--on", "2023-04-10"], 0),
        (["retract", "15", "--reason", "wrong patient", "--by", "A"], 0),
        (["contact", "add", "P-1", "--role", "nurse", "--name", "N", "--channel", "console:"], 0),
        (["tick"], 1),  # of a patient who has nobody
        (["tick", "--now", "2030-01-01T12:00:00Z"], 1),
        (["outbox"], 0),
    ):
        assert main([*typed, "--db", limited]) == code, typed
    assert main(["doctor", "--db", limited]) in (0, 1)  # it could be asked


@needs_postgresql
def test_what_the_services_role_may_not_ask_is_named_and_all_else_is_verified(limited, capsys):
    assert main(["import", str(FACTS), "--db", limited]) == 0
    capsys.readouterr()

    code = main(["db", "verify", "--db", limited])

    said = capsys.readouterr().out
    assert "aborted" not in said
    assert "facts of" in said
    assert " 0 facts" not in said
    assert code in (0, 1), said


@needs_postgresql
@pytest.mark.parametrize("table", ["fact", "protocol"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET digest = ''", "TRUNCATE {}",
                                    "ALTER TABLE {} DISABLE TRIGGER ALL"])  # fmt: skip
def test_with_these_rights_no_fact_is_changed(limited, table, change):
    engine = database.open_engine(database.parse_url(limited))

    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        engine.begin() as connection,
    ):
        connection.execute(text(change.format(table)))
    engine.dispose()
