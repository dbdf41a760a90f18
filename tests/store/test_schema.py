"""Migrations, the tables, and which schema a database has."""

import ast
import re

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from monitor.errors import SchemaError
from monitor.store import engine as database
from monitor.store import schema
from monitor.store.schema import Standing
from monitor.store.tables import metadata
from monitor.store.triggers import guards
from tests import postgresql

VERSIONS = sorted((schema.migrations() / "versions").glob("*.py"))


def set_revision(engine, revision: str) -> None:
    with database.writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def triggers(connection) -> dict[str, str]:
    return guards(connection)[1]


def columns(connection) -> dict[str, list[tuple[str, str, bool, int]]]:
    inspector = inspect(connection)
    return {
        table: [
            (c["name"], str(c["type"]), c["nullable"], c.get("primary_key"))
            for c in inspector.get_columns(table)
        ]
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def differences(connection) -> list[object]:
    """Compare the schema with the tables; what a table has on a server only does not count."""
    on_server_only = {"ix_message_open"} if not postgresql.URL else set()
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_object": lambda thing, name, *_: name not in on_server_only,
    }
    return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def constraints(connection) -> dict[str, list[tuple[str, str | None]]]:
    inspector = inspect(connection)
    found = {}
    for table in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
        named = [("pk", inspector.get_pk_constraint(table)["name"])]
        named += [("uq", one["name"]) for one in inspector.get_unique_constraints(table)]
        named += [("fk", one["name"]) for one in inspector.get_foreign_keys(table)]
        named += [("ix", one["name"]) for one in inspector.get_indexes(table)]
        found[table] = sorted(named)
    return found


@pytest.fixture
def other():
    """Name a second database without a table."""
    made = postgresql.create() if postgresql.URL else "sqlite://"
    yield database.parse_url(made)
    if postgresql.URL:
        postgresql.drop(made)


def test_there_are_migrations():
    assert VERSIONS != []


def test_after_all_migrations_the_schema_is_that_of_the_tables(clinic):
    with database.reading(clinic) as connection:
        assert differences(connection) == []


def test_after_all_migrations_columns_and_constraints_are_named_as_in_the_tables(clinic, other):
    fresh = database.open_engine(other)
    with database.writing(fresh) as connection:
        metadata.create_all(connection)
        by_tables = columns(connection), constraints(connection)

    with database.reading(clinic) as connection:
        migrated = columns(connection), constraints(connection)

    fresh.dispose()
    assert migrated == by_tables


def test_after_all_migrations_check_constraints_are_named_as_in_the_tables(clinic):
    with database.reading(clinic) as connection:
        found = {
            check["name"]
            for table in metadata.tables
            for check in inspect(connection).get_check_constraints(table)
        }

    assert found == {"ck_fact_position_positive"}


@postgresql.sqlite_only
def test_the_number_of_an_event_is_never_given_twice(clinic):
    with database.reading(clinic) as connection:
        query = text("SELECT sql FROM sqlite_master WHERE name = 'fact'")
        ddl = connection.execute(query).scalar_one()

    assert "AUTOINCREMENT" in ddl


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_no_migration_imports_the_program(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))

    imported = [
        name.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    ]
    imported += [
        (node.module or "").partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    ]

    assert imported != []
    assert set(imported) <= {"sqlalchemy", "alembic", "hashlib", "json"}


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_migration_is_named_by_its_number_and_says_what_it_does(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    given = {
        target.id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id in ("revision", "down_revision")
    }
    number = int(path.stem[:4])

    assert re.fullmatch(r"\d{4}_[a-z_]+", path.stem)
    assert given["revision"] == path.stem[:4]
    assert given["down_revision"] == (None if number == 1 else f"{number - 1:04}")
    assert ast.get_docstring(tree)


def test_the_migrations_are_numbered_without_a_gap():
    assert [int(path.stem[:4]) for path in VERSIONS] == list(range(1, len(VERSIONS) + 1))


def test_head_is_the_newest_migration():
    assert VERSIONS[-1].stem[:4] == schema.HEAD


def test_a_new_database_is_empty_and_then_current(empty):
    with database.reading(empty) as connection:
        before = schema.standing(connection)

    schema.upgrade(empty)

    with database.reading(empty) as connection:
        assert (before, schema.standing(connection)) == (Standing.EMPTY, Standing.CURRENT)
        schema.require_current(connection)


def test_upgrading_a_current_database_changes_nothing(clinic):
    with database.reading(clinic) as connection:
        before = columns(connection), constraints(connection), triggers(connection)

    schema.upgrade(clinic)

    with database.reading(clinic) as connection:
        assert (columns(connection), constraints(connection), triggers(connection)) == before


@postgresql.sqlite_only
def test_after_an_upgrade_foreign_keys_are_enforced_and_kept(clinic):
    with database.reading(clinic) as connection:
        enforced = connection.execute(text("PRAGMA foreign_keys")).scalar()
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()

    assert (enforced, broken) == (1, [])


def test_an_older_schema_is_refused_with_the_command_to_type(clinic):
    set_revision(clinic, "0000")

    with (
        pytest.raises(SchemaError, match="older schema; type: monitor db upgrade"),
        database.reading(clinic) as connection,
    ):
        schema.require_current(connection)


def test_recording_in_an_older_schema_is_refused_and_upgrades_nothing(clinic):
    set_revision(clinic, "0000")

    with (
        pytest.raises(SchemaError, match="monitor db upgrade"),
        database.writing(clinic) as connection,
    ):
        schema.require_current(connection)

    with database.reading(clinic) as connection:
        assert schema.standing(connection) is Standing.OLDER


def test_a_newer_schema_is_refused_with_what_to_do(clinic):
    set_revision(clinic, "9999")

    with database.reading(clinic) as connection:
        assert schema.standing(connection) is Standing.NEWER
        with pytest.raises(SchemaError, match="newer schema than this program; update"):
            schema.require_current(connection)


def test_a_database_that_lost_its_revision_is_asked_to_upgrade(clinic):
    with database.writing(clinic) as connection:
        connection.execute(text("DELETE FROM alembic_version"))

    with (
        pytest.raises(SchemaError, match=r"is empty, or lost .* monitor db upgrade"),
        database.reading(clinic) as connection,
    ):
        schema.require_current(connection)


def test_another_programs_database_is_refused_and_left_alone(empty):
    with database.writing(empty) as connection:
        connection.execute(text("CREATE TABLE recipe (name TEXT)"))

    with (
        pytest.raises(SchemaError, match="another program's database; choose one with --db URL"),
        database.writing(empty) as connection,
    ):
        schema.require_current(connection)

    with database.reading(empty) as connection:
        assert inspect(connection).get_table_names() == ["recipe"]


@pytest.mark.parametrize("number", range(1, len(VERSIONS)))
def test_every_earlier_schema_upgrades_to_the_current_one(empty, number):
    config = Config()
    config.set_main_option("script_location", str(schema.migrations()))
    with empty.connect().execution_options(writes=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, f"{number:04}")
    with database.reading(empty) as connection:
        before = schema.standing(connection)

    schema.upgrade(empty)

    with database.reading(empty) as connection:
        assert (before, schema.standing(connection)) == (Standing.OLDER, Standing.CURRENT)
        assert differences(connection) == []
