"""Compare the whole schema with what this program makes: nothing may be missing, nothing added."""

from collections.abc import Iterator

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKeyConstraint,
    Table,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.engine.reflection import Inspector

from monitor.store.engine import is_server
from monitor.store.guards import guards
from monitor.store.tables import metadata

_OWN = "alembic_version"
# Views, and on a server rules, policies and triggers of any table, that nobody here makes.
_IN_FILE = "SELECT 'view', name FROM sqlite_master WHERE type = 'view'"
_ON_SERVER = """
SELECT 'view', c.relname FROM pg_class c WHERE c.relkind IN ('v', 'm', 'f')
  AND c.relnamespace = current_schema()::regnamespace
UNION ALL SELECT 'rule', r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
UNION ALL SELECT 'policy', p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
  WHERE c.relnamespace = current_schema()::regnamespace
UNION ALL SELECT 'event trigger', evtname FROM pg_event_trigger
"""


def shape_faults(connection: Connection) -> list[str]:
    """List what differs: tables, columns, keys, indexes, triggers, views and rules."""
    inspector = inspect(connection)
    return [
        *_of_tables(connection, inspector),
        *_of_triggers(connection),
        *_of_others(connection),
    ]


def _of_tables(connection: Connection, inspector: Inspector) -> Iterator[str]:
    there = set(inspector.get_table_names()) - {_OWN}
    wanted = metadata.tables
    for name in sorted(set(wanted) - there):
        yield f"the table {name} is missing"
    for name in sorted(there - set(wanted)):
        yield f"the table {name} is none of this program's"
    for name in sorted(set(wanted) & there):
        made, found = _made(connection, wanted[name]), _found(connection, inspector, name)
        for what in sorted({*made, *found}):
            if what not in found:
                yield f"{what} of the table {name} is missing"
            elif what not in made:
                yield f"{what} of the table {name} is none of this program's"
            elif made[what] != found[what]:
                yield f"{what} of the table {name} is not the one that was made"


def _made(connection: Connection, table: Table) -> dict[str, object]:
    """Write a table as the program makes it."""
    dialect = connection.dialect
    parts: dict[str, object] = {"the primary key": [column.name for column in table.primary_key]}
    for column in table.columns:
        kind = column.type.compile(dialect=dialect)
        parts[f"the column {column.name}"] = (_plain(kind), bool(column.nullable), False)
    for index in table.indexes:
        only_on = getattr(index, "_ddl_if", None)
        if only_on is None or only_on.dialect == dialect.name:
            where = index.dialect_options[dialect.name]["where"]
            names = [column.name for column in index.columns]
            parts[f"the index {index.name}"] = (names, bool(index.unique), where is not None)
    for one in table.constraints:
        if isinstance(one, ForeignKeyConstraint):
            parts[f"the key {one.name}"] = (list(one.column_keys), one.referred_table.name)
        elif isinstance(one, CheckConstraint):
            parts[f"the check {one.name}"] = _plain(str(one.sqltext))
        elif isinstance(one, UniqueConstraint):
            parts[f"the key {one.name}"] = [column.name for column in one.columns]
    return parts


def _found(connection: Connection, inspector: Inspector, table: str) -> dict[str, object]:
    """Write a table as it stands in the database, in the same way."""
    primary = inspector.get_pk_constraint(table)["constrained_columns"]
    parts: dict[str, object] = {"the primary key": primary}
    for column in inspector.get_columns(table):
        kind = column["type"].compile(dialect=connection.dialect)
        default = column["default"]
        given = default is not None and not default.startswith("nextval(")
        parts[f"the column {column['name']}"] = (_plain(kind), column["nullable"], given)
    unique = {one["name"]: one["column_names"] for one in inspector.get_unique_constraints(table)}
    for index in inspector.get_indexes(table):
        if index["name"] not in unique:
            where = any(name.endswith("_where") for name in index.get("dialect_options", {}))
            names = index["column_names"]
            parts[f"the index {index['name']}"] = (names, bool(index["unique"]), where)
    for name, columns in unique.items():
        parts[f"the key {name}"] = columns
    for key in inspector.get_foreign_keys(table):
        parts[f"the key {key['name']}"] = (key["constrained_columns"], key["referred_table"])
    for check in inspector.get_check_constraints(table):
        parts[f"the check {check['name']}"] = _plain(check["sqltext"])
    return parts


def _of_triggers(connection: Connection) -> Iterator[str]:
    expected, there = guards(connection)
    for name in sorted({*expected, *there}):
        if name not in there:
            yield f"the trigger {name} is missing"
        elif name not in expected:
            yield f"the trigger {name} is none of this program's"
        elif expected[name] != there[name]:
            yield f"the trigger {name} is not the one that was made"


def _of_others(connection: Connection) -> Iterator[str]:
    query = _ON_SERVER if is_server(connection) else _IN_FILE
    for kind, name in sorted(connection.execute(text(query)).all()):
        yield f"the {kind} {name} is none of this program's"


def _plain(sql: str) -> str:
    """Write SQL without what databases add to it."""
    return "".join(sql.replace('"', "").replace("(", "").replace(")", "").split()).casefold()
