"""The options that many commands share, and the clock. Typer only: help must be quick."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.errors import BadOption, NoFile, Refused


def _named(db: str | None) -> str | None:
    """Refuse an empty name: a variable that is not set would mean the default database."""
    if db is not None and not db.strip():
        raise Refused("--db is empty; write for instance clinic.db, or leave the option out")
    return db


Db = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="URL",
        help="The database: a file, e.g. clinic.db, or a URL. Default: MONITOR_DB, else the file "
        "of settings (monitor config show).",
        callback=_named,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help="Answer as of this day (YYYY-MM-DD, yesterday …)."
    ),
]
KnownAt = Annotated[
    str | None,
    typer.Option(
        "--known-at",
        metavar="MOMENT",
        help="Use only what had been recorded by this moment (RFC 3339).",
    ),
]
Patient = Annotated[str, typer.Argument(metavar="PATIENT", help="The patient's identifier.")]
On = Annotated[
    str,
    typer.Option(
        "--on", metavar="DATE", help="The day it happened: YYYY-MM-DD, today, yesterday, -3d, -2w."
    ),
]
TODAY = "today"  # the default of what was done, where the patient lives; an echo says the day
By = Annotated[str | None, typer.Option("--by", metavar="WHO", help="Who says so.")]
Confirm = Annotated[bool, typer.Option("--confirm", help="Record although unusual.")]
Second = Annotated[bool, typer.Option("--second", help="Record a second one of the same day.")]
Formula = Annotated[str | None, typer.Option(metavar="WORD", help="mosteller (default) or dubois.")]
Route = Annotated[
    str | None, typer.Option(metavar="WORD", help="Default: the way the protocol gives it.")
]


def protocol_names(incomplete: str) -> list[str]:
    """List the protocols that a shell may complete a word to."""
    from monitor import protocols

    return [name for name in protocols.names() if name.startswith(incomplete)]


Named = Annotated[
    str | None,
    typer.Option(
        "--protocol",
        metavar="NAME",
        help="The course, where two drugs are given.",
        autocompletion=protocol_names,
    ),
]


def now() -> datetime:
    """Ask what time it is: the one place where commands do."""
    return datetime.now(UTC)  # noqa: TID251  # time enters the program here


def parse_day(text: str | None, option: str) -> date | None:
    """Read an option's day; raises Refused with the right form."""
    if text is None:
        return None
    from monitor.service.input.as_written import day

    try:
        return day(text, lambda: now().date())
    except ValueError as fault:
        raise BadOption(option, fault) from fault


def need_day(text: str, option: str = "--on") -> date:
    """Read a required day."""
    parsed = parse_day(text, option)
    assert parsed is not None
    return parsed


def parse_moment(text: str | None, option: str) -> datetime | None:
    """Read an option's moment; raises Refused with the right form."""
    if text is None:
        return None
    from monitor.service.input.text_fields import moment

    try:
        return datetime.fromisoformat(moment(text)).astimezone(UTC)
    except ValueError as fault:
        raise BadOption(option, fault) from fault


def need_file(path: Path) -> None:
    """Make sure that there is a file to read; raises Refused."""
    if path.is_dir():
        raise NoFile(f"{path} is a folder; name a file in it")
    if not path.exists():
        raise NoFile(f"there is no file {path}")


def recorder(by: str | None) -> str:
    """Name who records: as told, else the login name."""
    if by is not None:
        return by
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
