"""Reach a server, and say whether it and the way to it are fit for a record."""

import os
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from monitor.errors import OutsideError

_MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")
_OLDEST = 150000  # as servers number their versions
# A server that vanished without a word is given up within a minute or so.
_REACHED_BY = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10,
               "keepalives_count": 3, "tcp_user_timeout": 60_000}  # fmt: skip
_SERVER_IDLE = "2min"  # whoever stands still in a transaction for so long must not hold others up


def open_server(url: URL, *, busy_seconds: int) -> Engine:
    """Open a server's database; raises OutsideError where its driver is not installed."""
    try:
        engine = create_engine(
            url,
            connect_args={**_REACHED_BY, "application_name": "infusion-monitor"},
            use_native_hstore=False,  # not used; asking for it would cost a question each time
        )
    except ModuleNotFoundError as fault:
        raise OutsideError(
            f"the driver {fault.name} is not installed; "
            "type: pip install 'infusion-monitor[postgresql]'"
        ) from fault
    event.listen(engine, "connect", lambda driver, _: _on_connect(driver, busy_seconds))
    event.listen(engine, "do_execute", _on_execute)
    return engine


def _on_connect(driver: Any, busy_seconds: int) -> None:
    with driver.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{busy_seconds}s'")
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{_SERVER_IDLE}'")
    driver.commit()


def _on_execute(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
    """Send what is to be planned anew without preparing it; says whether it was sent."""
    if not context.execution_options.get("planned_anew"):
        return False
    cursor.execute(statement, parameters, prepare=False)
    return True


def describe_server(connection: Connection) -> tuple[str, list[str]]:
    """Name the server's version, and list what keeps it from being fit for a record."""
    version = connection.exec_driver_sql("SHOW server_version").scalar_one()
    doubts = [f"{name} is off: it can lose commits" for name in _MUST_BE_ON
              if connection.exec_driver_sql(f"SHOW {name}").scalar_one() == "off"]  # fmt: skip
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        doubts.append(f"the database's encoding is {encoding}, it must be UTF8")
    if int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) < _OLDEST:
        doubts.append("it must be 15 or newer")
    words, insecure = _describe_transport(connection)
    return f"PostgreSQL {version.split()[0]}, {words}", [*doubts, *insecure]


def _describe_transport(connection: Connection) -> tuple[str, list[str]]:
    """Say whether what goes to the server and back is kept from others' eyes."""
    url = connection.engine.url
    host = url.host or str(url.query.get("host", ""))
    if not host or host.startswith("/") or host in ("localhost", "127.0.0.1", "::1"):
        return "on this machine", []
    asked = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"
    version = connection.exec_driver_sql(asked).scalar()
    mode = str(url.query.get("sslmode", os.environ.get("PGSSLMODE", "prefer")))
    words = f"{version or 'no TLS'}, sslmode {mode}"
    if version is None:
        return words, ["what is sent can be read on the way; add ?sslmode=verify-full to the URL"]
    if mode not in ("verify-ca", "verify-full"):
        return words, ["nobody checks which server it is; add ?sslmode=verify-full to the URL"]
    return words, []
