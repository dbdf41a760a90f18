"""Which database is meant: a file or a server, told by a path or an URL."""

import os
import re
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from monitor.errors import OutsideError, Refused

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+._-]+:")  # one letter alone is a disk's
_SECRETS = ("password", "passfile", "sslpassword", "oauth_client_secret",
            "scram_client_key", "scram_server_key")  # fmt: skip
# What may stand behind the `?` of a server's URL, for when its driver cannot be asked.
_OPTIONS = """
    application_name channel_binding client_encoding connect_timeout dbname
    fallback_application_name gssdelegation gssencmode gsslib host hostaddr keepalives
    keepalives_count keepalives_idle keepalives_interval krbsrvname load_balance_hosts
    max_protocol_version min_protocol_version oauth_client_id oauth_client_secret oauth_issuer
    oauth_scope options passfile password port replication require_auth requirepeer
    scram_client_key scram_server_key service ssl_max_protocol_version ssl_min_protocol_version
    sslcert sslcertmode sslcompression sslcrl sslcrldir sslkey sslkeylogfile sslmode
    sslnegotiation sslpassword sslrootcert sslsni target_session_attrs tcp_user_timeout user
"""
_SERVERS = {"postgresql": "postgresql+psycopg"}  # the one driver of each that is supported


def parse_url(text: str) -> URL:
    """Read a database: an URL, or the path of a file; raises Refused with an example."""
    if not _SCHEME.match(text):
        return _file_url(text)
    try:
        url = make_url(text)
        backend = url.get_backend_name()
        if backend in _SERVERS:
            url = _server_url(url.set(drivername=_SERVERS[backend]))
        elif url.drivername not in ("sqlite", "sqlite+pysqlite"):
            raise ArgumentError(backend)
    except (ArgumentError, ImportError, ValueError) as fault:
        without_secrets = re.sub(r"//.*@", "//***@", text)
        raise Refused(
            f"'{_plain(without_secrets)}' is no database URL; "
            "write for instance sqlite:///clinic.db, or the path of a file"
        ) from fault
    return url if backend in _SERVERS else _require_plain_file(url)


def _file_url(text: str) -> URL:
    """Take a path; nothing in it is special, as `?` and `%` are in an URL."""
    if not text.strip() or any(not character.isprintable() for character in text):
        raise Refused(f"'{_plain(text)}' is no name of a database; write for instance clinic.db")
    if re.match(r"[^/]*:[^/]*@", text):  # a login: an URL that lacks its beginning, and a secret
        raise Refused("'***@…' is no database URL; write for instance sqlite:///clinic.db")
    if text == ":memory:":
        raise Refused("':memory:' keeps nothing; write for instance clinic.db")
    return URL.create("sqlite", database=text)


def _require_plain_file(url: URL) -> URL:
    """Refuse what SQLite would read as something else than the name of a file."""
    name = url.database or ""
    odd = url.host or url.username or url.password or url.port or url.query
    if odd or name.startswith("file:") or not name.isprintable():
        raise Refused(
            f"'{_plain(shown(url))}' names more than a file; write for instance "
            "sqlite:///clinic.db, sqlite:////srv/clinic.db, or the path of the file"
        )
    return url


def _server_url(url: URL) -> URL:
    """Refuse what the driver would not take; raises ValueError."""
    if any(not part.isprintable() for part in (url.host or "", url.database or "")):
        raise ValueError
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import make_conninfo
    except ImportError:  # said, with what to install, when it is opened
        if set(url.query) - set(_OPTIONS.split()):
            raise ValueError from None
        return url
    try:
        words = {key: value for key, value in url.query.items() if isinstance(value, str)}
        make_conninfo("", **words)
    except ProgrammingError as fault:
        raise ValueError from fault
    return url


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)[:200]


def shown(url: URL) -> str:
    """Write a database's URL without its secrets."""
    query = {key: "***" if key in _SECRETS else value for key, value in url.query.items()}
    return url.set(query=query).render_as_string(hide_password=True)


def database_file(url: URL) -> Path | None:
    """Find the file of a SQLite database; None in memory or on a server."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database)).expanduser()


def exists(url: URL) -> bool:
    """Say whether there is a database to ask."""
    path = database_file(url)
    if path is None:
        return url.get_backend_name() != "sqlite"
    _require_regular(path)
    return path.exists() and path.stat().st_size > 0


def require_there(url: URL) -> None:
    """Refuse to open a database that is gone: SQLite would begin an empty one in its place."""
    if not exists(url):
        raise OutsideError(f"the database {shown(url)} is gone; put it back, or a backup of it")


def _require_regular(path: Path) -> None:
    """Refuse devices, pipes and folders: as root, a device's mode would change for everybody."""
    if path.exists() and not path.is_file():
        raise OutsideError(f"{path} is no file; write for instance clinic.db")


def prepare(url: URL) -> None:
    """Make the file of a new SQLite database readable by its owner only, an empty one too."""
    path = database_file(url)
    if path is None:
        return
    _require_regular(path)
    try:
        if path.exists():
            if path.stat().st_size == 0:
                path.chmod(0o600)
            return
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700, parents=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as fault:
        raise OutsideError(f"cannot create {path}: {fault.strerror}") from fault
