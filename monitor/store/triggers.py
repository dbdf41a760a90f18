"""What the database itself does for the record: its checks, and triggers that refuse changes."""

from collections import Counter

from sqlalchemy import Connection, text

from monitor.store.engine import is_server, let_others_write

_TABLES = ("fact", "protocol")
_SETTLED = ("message", "reminder", "attempt")

# As `migrations/versions/0001_facts.py` makes them; and those of 0005, for INSERT OR REPLACE
# deletes a row without asking the others where triggers do not call each other.
_IN_FILE = {
    f"{table}_refuses_{action.lower()}": f"CREATE TRIGGER {table}_refuses_{action.lower()} "
    f"BEFORE {action} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for table in _TABLES
    for action in ("DELETE", "UPDATE")
} | {
    f"{table}_refuses_replace": f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table} "
    f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for table, same in (
        ("fact", "event = NEW.event OR (patient = NEW.patient AND position = NEW.position)"),
        ("protocol", "digest = NEW.digest"),
    )
}
_ON_SERVER = {
    f"{table}_refuses_{action.lower()}": (
        f"CREATE TRIGGER {table}_refuses_{action.lower()} BEFORE {action} ON {table} "
        f"FOR EACH {each} EXECUTE FUNCTION refuses_change()",
        "O",  # fires whenever ours is the origin of the change: not switched off
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END",
    )
    for table in _TABLES
    for action, each in (("DELETE", "ROW"), ("TRUNCATE", "STATEMENT"), ("UPDATE", "ROW"))
}
_THERE_ON_SERVER = text(
    "SELECT t.tgname, pg_get_triggerdef(t.oid, true), t.tgenabled::text, p.prosrc "
    "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
    "JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
)


def guards(connection: Connection) -> tuple[dict[str, object], dict[str, object]]:
    """Give the triggers that there should be, and those that there are."""
    if is_server(connection):
        rows = connection.execute(_THERE_ON_SERVER).all()
        return {**_ON_SERVER}, {row[0]: tuple(row[1:]) for row in rows}
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    return {**_IN_FILE}, {row.name: row.sql for row in connection.exec_driver_sql(query).all()}


def make_guards(connection: Connection) -> None:
    """Make the triggers of a file that is made without migrations."""
    for sql in _IN_FILE.values():
        connection.exec_driver_sql(sql)


def integrity_faults(connection: Connection, *, settled: bool = True) -> list[str]:
    """Ask a file whether it is sound, table by table; a server checks its pages and keys itself.

    Without `settled` the tables that grow with what was sent are left out.
    """
    if is_server(connection):
        return []
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    found = []
    for (name,) in connection.exec_driver_sql(query).all():
        if not settled and name in _SETTLED:
            continue
        let_others_write(connection)
        quoted = "'" + str(name).replace("'", "''") + "'"
        checked = connection.exec_driver_sql(f"PRAGMA integrity_check({quoted})").all()
        found += [str(line) for (line,) in checked if line != "ok"]
        let_others_write(connection)
        strays = connection.exec_driver_sql(f"PRAGMA foreign_key_check({quoted})").all()
        found += [
            f"a row of {table} leads to no {parent}"
            if count == 1
            else f"{count} rows of {table} lead to no {parent}"
            for (table, parent), count in Counter((row[0], row[2]) for row in strays).items()
        ]
    return found
