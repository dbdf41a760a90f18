r"""PostgreSQL for the tests: a server for a while, and a database of its own for each test.

One command starts a server, runs another command against it, and stops it:

    python -m tests.postgresql pytest tests/store tests/service tests/delivery tests/commands \
        tests/demo

Its folder lies in memory where the system has such a place: creating databases is quick there.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path

import pytest

from monitor.store import engine as database

URL = os.environ.get("TEST_POSTGRESQL", "")
# What only a server does cannot be asked of a file; `.ci/run` asks it of a server.
needs_postgresql = pytest.mark.skipif(
    not URL, reason="needs a server: python -m tests.postgresql pytest …"
)
# Modes, locks, bits and copies of a file: a server has none of its own to look at.
sqlite_only = pytest.mark.skipif(bool(URL), reason="about SQLite's file")

_NUMBERS = count(1)
_OTHER_USERS = ("postgres", "nobody")  # a server refuses to be run by root


class Server:
    """A server on loopback, in a folder of its own, with every safety on."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self._log = folder / "log"
        self.port = _free_port()
        self._run("initdb", "--pgdata", str(self._data), "--username=monitor", "--auth=trust",
                  "--encoding=UTF8", "--locale=C.UTF-8", *_dictionary_order())  # fmt: skip
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(
                f"listen_addresses = '127.0.0.1'\nport = {self.port}\n"
                "unix_socket_directories = ''\nmax_connections = 60\n"
            )

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://monitor@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        self._control("start", "--log", str(self._log), "--wait", "--timeout=60")

    def stop(self, mode: str = "fast") -> None:
        self._control("stop", "--mode", mode, "--wait", "--timeout=60")

    def kill(self) -> None:
        """Kill it with -9: the server and all that serve its connections."""
        lock = self._data / "postmaster.pid"
        leader = int(lock.read_text().split()[0])
        children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        killed = [leader, *map(int, children)]
        for process in killed:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(_is_alive(process) for process in killed):
            time.sleep(0.01)
        lock.unlink()  # a dead server that nobody has buried yet counts as running

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", arguments[0], "--pgdata", str(self._data), "--silent", *arguments[1:])

    def _run(self, program: str, *arguments: str) -> None:
        # not captured: the server that is started would keep the pipe open
        command = [*_as_somebody_else(), str(_binaries() / program), *arguments]
        done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            log = self._log.read_text()[-2000:] if self._log.exists() else ""
            raise RuntimeError(f"{program} failed with exit code {done.returncode}\n{log}")


@contextmanager
def server() -> Iterator[Server]:
    """Start a server; it is stopped and its folder removed at the end."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30
    with tempfile.TemporaryDirectory(dir=memory if roomy else None, prefix="pg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, _somebody_else())
        started = Server(folder)
        started.start()
        try:
            yield started
        finally:
            started.stop("immediate")


def create(template: str = "template0", *, server: str = URL) -> str:
    """Create a database from a template; gives its URL."""
    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    # In memory a copy of files takes half the time; before 15 there was no other way.
    how = " STRATEGY FILE_COPY" if _version(server) >= 150000 else ""
    _ask(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"{how}')
    return server.rpartition("/")[0] + f"/{name}"


def drop(url: str) -> None:
    """Drop a database, whoever has it open."""
    _ask(url.rpartition("/")[0] + "/postgres", f'DROP DATABASE "{name_of(url)}" WITH (FORCE)')


def in_errors(url: str) -> str:
    """Write a database's URL as an error does: that of a server may be somebody's secret."""
    return "postgresql+psycopg://…" if URL else url


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


_templates: dict[str, str] = {}


def clone(kind: str, fill: Callable[[str], None]) -> str:
    """Give a database as `fill` leaves one, which is done once for each kind; gives its URL."""
    if kind not in _templates:
        url = create()
        fill(url)
        _templates[kind] = name_of(url)
    return create(_templates[kind])


def with_schema(url: str) -> None:
    """Give a database the current schema."""
    from monitor.store import schema

    engine = database.open_engine(database.parse_url(url))
    schema.upgrade(engine)
    engine.dispose()


def drop_templates() -> None:
    """Remove what this process made to be cloned."""
    for name in _templates.values():
        drop(URL.rpartition("/")[0] + f"/{name}")
    _templates.clear()


@cache
def _version(url: str) -> int:
    import psycopg

    with closing(psycopg.connect(url.replace("+psycopg", ""))) as connection:
        return connection.info.server_version


def _ask(url: str, statement: str) -> None:
    import psycopg

    plain = url.replace("+psycopg", "")
    with closing(psycopg.connect(plain, autocommit=True)) as connection:
        connection.execute(statement)


def _binaries() -> Path:
    """Find the newest server that is installed."""
    found = [
        path.parent
        for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")
        if path.parent.parent.name.isdecimal()
    ]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    somewhere = shutil.which("postgres")
    if somewhere is None:
        raise RuntimeError("no PostgreSQL server is installed; type: apt-get install postgresql")
    return Path(somewhere).parent


def _dictionary_order() -> list[str]:
    """Have the server sort as a dictionary does, so that what relies on its order is noticed."""
    told = subprocess.run(
        [str(_binaries() / "initdb"), "--help"], capture_output=True, text=True, check=True
    )
    return ["--locale-provider=icu", "--icu-locale=en"] if "icu" in told.stdout else []


def _as_somebody_else() -> list[str]:
    return ["runuser", "-u", _somebody_else(), "--"] if os.geteuid() == 0 else []


def _somebody_else() -> str:
    import pwd

    known = {one.pw_name for one in pwd.getpwall()}
    return next(name for name in _OTHER_USERS if name in known)


def _is_alive(process: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def main(command: list[str]) -> int:
    """Run a command against a server that is there for it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server is stopped then too
    with server() as started:
        surroundings = {**os.environ, "TEST_POSTGRESQL": started.url}
        return subprocess.run(command, env=surroundings, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
