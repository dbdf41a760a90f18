"""The whole schema is compared with what the program makes: nothing missing, nothing added."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from monitor.store import engine as database
from monitor.store.chain import database_faults
from monitor.store.shape import shape_faults
from monitor.store.tables import metadata
from monitor.store.triggers import make_guards
from tests import postgresql

ANYWHERE = {
    "CREATE TABLE recipe (name TEXT)": "the table recipe is none of this program's",
    "DROP TABLE beat": "the table beat is missing",
    "ALTER TABLE look ADD COLUMN mood TEXT": (
        "the column mood of the table look is none of this program's"
    ),
    "ALTER TABLE look ADD COLUMN seen TEXT DEFAULT 'x'": (
        "the column seen of the table look is none of this program's"
    ),
    "DROP INDEX ix_look_next_at": "the index ix_look_next_at of the table look is missing",
    "CREATE UNIQUE INDEX one_each ON message (recipient)": (
        "the index one_each of the table message is none of this program's"
    ),
    "CREATE VIEW facts AS SELECT * FROM fact": "the view facts is none of this program's",
}
IN_FILE = {
    "CREATE TRIGGER quiet AFTER INSERT ON message BEGIN UPDATE message SET state = 'sent'; END": (
        "the trigger quiet is none of this program's"
    ),
    "ALTER TABLE look ADD COLUMN mood": (  # of no type
        "the column mood of the table look is none of this program's"
    ),
    "CREATE UNIQUE INDEX one_each ON message (substr(recipient, 1, 1))": (
        "the index one_each is none of this program's"
    ),
    "DROP TRIGGER fact_refuses_replace": "the trigger fact_refuses_replace is missing",
}
ON_SERVER = {
    "CREATE RULE quiet AS ON INSERT TO message DO INSTEAD NOTHING": (
        "the rule quiet is none of this program's"
    ),
    "CREATE TRIGGER quiet BEFORE DELETE ON look FOR EACH ROW EXECUTE FUNCTION refuses_change()": (
        "the trigger quiet is none of this program's"
    ),
    "CREATE POLICY blind ON fact FOR SELECT USING (false)": (
        "the policy blind is none of this program's"
    ),
    "ALTER TABLE look ALTER COLUMN known SET DEFAULT 7": (
        "the column known of the table look is not the one that was made"
    ),
    "ALTER TABLE message ALTER COLUMN zone DROP NOT NULL": (
        "the column zone of the table message is not the one that was made"
    ),
    "ALTER TABLE fact DROP CONSTRAINT ck_fact_position_positive": (
        "the check ck_fact_position_positive of the table fact is missing"
    ),
    "ALTER TABLE reminder DROP CONSTRAINT fk_reminder_patient_patient": (
        "the key fk_reminder_patient_patient of the table reminder is missing"
    ),
}


def test_what_the_migrations_make_is_what_the_program_makes(clinic):
    with database.reading(clinic) as connection:
        assert database_faults(connection) == []


def test_a_record_made_without_migrations_is_sound_too():
    empty = database.open_engine(database.parse_url("sqlite://"))
    with database.writing(empty) as connection:
        metadata.create_all(connection)
        make_guards(connection)
        assert database_faults(connection) == []
    empty.dispose()


@pytest.mark.parametrize(
    ("statement", "fault"), (ANYWHERE | (ON_SERVER if postgresql.URL else IN_FILE)).items()
)
def test_what_was_added_removed_or_changed_is_named(clinic, statement, fault):
    with database.writing(clinic) as connection:
        connection.execute(text(statement))

        assert shape_faults(connection) == [fault]


@postgresql.sqlite_only
def test_a_schema_that_was_written_by_hand_is_named(clinic):
    with closing(sqlite3.connect(clinic.url.database)) as other:
        other.execute("PRAGMA writable_schema=ON")
        other.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'zone TEXT NOT NULL', 'zone TEXT') "
            "WHERE name = 'message'"
        )
        other.commit()

    clinic.dispose()  # whoever opens it later reads the schema anew
    with database.reading(clinic) as connection:
        fault = "database: the column zone of the table message is not the one that was made"
        assert database_faults(connection) == [fault]
