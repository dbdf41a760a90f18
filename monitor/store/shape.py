"""Compare the whole schema with what this program makes: nothing may be missing, nothing added."""

import warnings
from collections.abc import Iterator, Mapping

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Dialect,
    ForeignKeyConstraint,
    MetaData,
    Table,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.exc import SAWarning
from sqlalchemy.types import NullType

from monitor.store.engine import is_server
from monitor.store.tables import metadata
from monitor.store.triggers import guards

_OWN = "alembic_version"
# Views, and indexes by an expression, which cannot be read as the others; on a server rules,
# policies and triggers of any table: nobody here makes such.
_IN_FILE = """
SELECT 'view', name FROM sqlite_master WHERE type = 'view'
UNION ALL SELECT 'index', i.name FROM sqlite_master i WHERE i.type = 'index'
  AND EXISTS (SELECT 1 FROM pragma_index_xinfo(i.name) x WHERE x.cid = -2)
"""
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
    return [*_of_tables(connection), *_of_triggers(connection), *_of_others(connection)]


def _of_tables(connection: Connection) -> Iterator[str]:
    there = set(inspect(connection).get_table_names()) - {_OWN}
    wanted = metadata.tables
    yield from _differing({n: n for n in wanted}, {n: n for n in there}, "the table {}")
    for name in sorted(set(wanted) & there):
        with warnings.catch_warnings():  # what cannot be read differs all the same
            warnings.simplefilter("ignore", SAWarning)
            found = Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
        made = _parts(wanted[name], connection.dialect)
        yield from _differing(made, _parts(found, connection.dialect), f"{{}} of the table {name}")


def _differing(
    made: Mapping[str, object], found: Mapping[str, object], named: str
) -> Iterator[str]:
    for what in sorted({*made, *found}):
        if what not in found:
            yield f"{named.format(what)} is missing"
        elif what not in made:
            yield f"{named.format(what)} is none of this program's"
        elif made[what] != found[what]:
            yield f"{named.format(what)} is not the one that was made"


def _parts(table: Table, dialect: Dialect) -> dict[str, object]:
    """Write the parts of a table: of one as the program makes it, or as it stands."""
    parts: dict[str, object] = {"the primary key": [column.name for column in table.primary_key]}
    for column in table.columns:
        has_type = not isinstance(column.type, NullType)
        kind = _plain(column.type.compile(dialect=dialect)) if has_type else None
        parts[f"the column {column.name}"] = (kind, column.nullable, _default(column))
    for index in table.indexes:
        only_on = getattr(index, "_ddl_if", None)
        if only_on is None or only_on.dialect == dialect.name:
            names = [column.name for column in index.columns]
            where = index.dialect_options[dialect.name]["where"]
            parts[f"the index {index.name}"] = (names, bool(index.unique), where is not None)
    for one in table.constraints:
        if isinstance(one, ForeignKeyConstraint):
            led_to = [element.target_fullname for element in one.elements]
            parts[f"the key {one.name}"] = (list(one.column_keys), led_to)
        elif isinstance(one, CheckConstraint):
            parts[f"the check {one.name}"] = _plain(str(one.sqltext))
        elif isinstance(one, UniqueConstraint):
            parts[f"the key {one.name}"] = [column.name for column in one.columns]
    return parts


def _default(column: Column[object]) -> str | None:
    """Give what the database puts where nothing is said; that it counts on by itself is no such."""
    given = str(getattr(column.server_default, "arg", "")) or None
    return None if given and given.startswith("nextval(") else given


def _of_triggers(connection: Connection) -> Iterator[str]:
    yield from _differing(*guards(connection), "the trigger {}")


def _of_others(connection: Connection) -> Iterator[str]:
    query = _ON_SERVER if is_server(connection) else _IN_FILE
    for kind, name in sorted(connection.execute(text(query)).all()):
        yield f"the {kind} {name} is none of this program's"


def _plain(sql: str) -> str:
    """Write SQL without what databases add to it."""
    return "".join(sql.replace('"', "").replace("(", "").replace(")", "").split()).casefold()
