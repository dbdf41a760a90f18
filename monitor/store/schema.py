"""Create and upgrade the schema, and know whether it is current.

Alembic is loaded only to change it: a command that asks a question need not wait for it.
"""

from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from monitor.errors import SchemaError
from monitor.store import evaluation
from monitor.store.engine import said_plainly, writing
from monitor.store.locks import alone
from monitor.store.urls import shown

HEAD = "0009"  # the newest migration; `tests/store` compares it with the folder

_PACKAGE = Path(__file__).resolve().parents[1]


class Standing(StrEnum):
    """How a database's schema stands to this program."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    FOREIGN = "foreign"


def migrations() -> Path:
    """Find the migrations: inside the package once installed, beside it in a checkout."""
    inside, beside = _PACKAGE / "migrations", _PACKAGE.parent / "migrations"
    return inside if inside.is_dir() else beside


def standing(connection: Connection) -> Standing:
    """Compare a database's schema with this program's."""
    names = set(inspect(connection).get_table_names())
    if not names:
        return Standing.EMPTY
    if "alembic_version" not in names:
        return Standing.FOREIGN
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is None:
        return Standing.EMPTY
    if revision == HEAD:
        return Standing.CURRENT
    return Standing.OLDER if revision < HEAD else Standing.NEWER


def require_current(connection: Connection) -> None:
    """Raise SchemaError, with what to do, unless the schema is current."""
    where = shown(connection.engine.url)
    match standing(connection):
        case Standing.CURRENT:
            return
        case Standing.OLDER:
            raise SchemaError(f"the database {where} has an older schema; type: monitor db upgrade")
        case Standing.EMPTY:
            words = "is empty, or lost the number of its schema; type: monitor db upgrade"
            raise SchemaError(f"the database {where} {words}")
        case Standing.NEWER:
            raise SchemaError(
                f"the database {where} has a newer schema than this program; update the program"
            )
        case Standing.FOREIGN:
            raise SchemaError(f"{where} is another program's database; choose one with --db URL")


def require_unchanged(connection: Connection) -> None:
    """Raise SchemaError where the schema is not this program's any more; asks for one value."""
    query = text("SELECT version_num FROM alembic_version")
    if connection.execute(query).scalar() != HEAD:
        require_current(connection)
        raise SchemaError(f"the schema of {shown(connection.engine.url)} changes at this moment")


def upgrade(engine: Engine) -> None:
    """Bring the schema up to date; each migration is one transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations()).replace("%", "%%"))
    with (
        said_plainly(engine),
        alone(engine, "upgrade"),
        engine.connect().execution_options(writes=True) as connection,
    ):
        # With foreign keys on, rebuilding a parent table would delete its children.
        _foreign_keys(connection, enforced=False)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _foreign_keys(connection, enforced=True)
    with writing(engine) as connection:
        evaluation.note_new(connection)


def _foreign_keys(connection: Connection, *, enforced: bool) -> None:
    """Switch the enforcement of foreign keys, outside a transaction (SQLite only)."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(f"PRAGMA foreign_keys={'ON' if enforced else 'OFF'}")
