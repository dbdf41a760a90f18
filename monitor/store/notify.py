"""Work wakes whoever waits for it: LISTEN and NOTIFY on a server; else the timer alone."""

import logging
import os
import threading
import uuid
from collections.abc import Callable

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from monitor.store.engine import is_server
from monitor.store.locks import is_shared

_CHANNEL = "monitor_work"
_LOADED = uuid.uuid4().hex
_LOOKS_UP = 1.0  # seconds; so often the listener sees whether it must stop
_AWAY = 3.0  # seconds until a server that went away is tried again
_log = logging.getLogger(__name__)


def announce(connection: Connection) -> None:
    """Have others woken when this transaction is committed, once."""
    transaction = connection.get_transaction()
    if is_shared(connection) and connection.info.get("announced") is not transaction:
        connection.execute(select(func.pg_notify(_CHANNEL, _own_name())))
        connection.info["announced"] = transaction


def listen(engine: Engine, wake: Callable[[], None], stop: threading.Event) -> None:
    """Call `wake` whenever others have announced work, until told to stop; see `announce`.

    After the server was away it is called too: what was announced meanwhile was not heard.
    """
    while is_server(engine) and not stop.is_set():
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(f"LISTEN {_CHANNEL}"))
                wake()
                _hear(connection, wake, stop)
                connection.invalidate()  # no other use is to hear what this one asked for
        except DBAPIError:
            _log.info("nobody can be heard; the timer goes on")
            stop.wait(_AWAY)


def _hear(connection: Connection, wake: Callable[[], None], stop: threading.Event) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    while not stop.is_set():
        try:
            heard = list(driver.notifies(timeout=_LOOKS_UP, stop_after=1))
        except _driver_fault(connection) as fault:
            raise DBAPIError("LISTEN", {}, fault) from fault
        if any(one.payload != _own_name() for one in heard):
            wake()


def _own_name() -> str:
    """Name this program, also among those that were forked from one: its own news are none."""
    return f"{_LOADED}-{os.getpid()}"


def _driver_fault(connection: Connection) -> type[Exception]:
    """Give what the driver raises where it is used by itself."""
    dbapi = connection.dialect.dbapi
    assert dbapi is not None
    return dbapi.Error
