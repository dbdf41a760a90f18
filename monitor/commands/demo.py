"""The main job on a throw-away database, or a database of an invented clinic to try it on."""

from typing import Annotated

import typer

from monitor.commands.usual import NoDb
from monitor.errors import BadOption, NotSaid

_UNTIL = "2026-11-01"  # fixed: the same seed makes the same clinic on every day


def demo(
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="DB", help="Fill this new database with an invented clinic."),
    ] = None,
    patients: Annotated[
        int | None,
        typer.Option(
            "--patients", metavar="N", min=1, max=9_999_999, help="Number of patients (1000)."
        ),
    ] = None,
    years: Annotated[
        int | None,
        typer.Option(
            "--years", metavar="Y", min=1, max=40, help="Their courses began within Y years (10)."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", metavar="S", min=0, help="The same seed invents the same clinic (1)."
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help=f"The last day of its record ({_UNTIL})."),
    ] = None,
    db: NoDb = None,
) -> None:
    """Show a real course, from the first gate to follow-up years later; or invent a clinic.

    The same numbers invent the same clinic on every day, to the last byte of an SQLite file.

    Example: monitor demo --patients 1000 --years 10 --seed 1 --to sqlite:///invented.db
    """
    if to is not None:
        _invent(to, patients or 1000, years or 10, 1 if seed is None else seed, until or _UNTIL)
        return
    asked = {"patients": patients, "years": years, "seed": seed, "until": until}
    for name, value in asked.items():
        if value is not None:
            raise NotSaid(f"--{name} is about an invented clinic; say where with --to DB")
    _show()


def _show() -> None:
    """Take the tour on a database that is thrown away afterwards."""
    import tempfile

    from monitor.bootstrap import open_database
    from monitor.commands import main
    from monitor.commands.render import say
    from monitor.demo.tour import tour

    with tempfile.TemporaryDirectory(prefix="monitor-demo-") as folder:
        database = f"sqlite:///{folder}/demo.db"
        open_database(database).dispose()
        tour(database, run=main, say=say)
    say("The database of this demo has been thrown away.")


def _invent(to: str, patients: int, years: int, seed: int, until: str) -> None:
    from monitor.bootstrap import populating
    from monitor.commands.options import need_day, now
    from monitor.commands.progress import progress
    from monitor.commands.render import say
    from monitor.demo.invented_clinic import Size, populate
    from monitor.service.recording.admission import EARLIEST

    last = need_day(until, "--until")
    if last >= now().date():
        raise BadOption("--until", f"{last} has not passed; the record would lie in the future")
    if last.year - years < EARLIEST.year:
        raise BadOption("--years", f"{years} years before {last} lie before {EARLIEST}")
    size = Size(patients=patients, years=years, seed=seed, until=last)
    with (
        populating(to) as (connection, scratch),
        progress("inventing") as show,
    ):
        facts = populate(connection, scratch, size, progress=show(size.steps))
    say(f"{patients} patients with {facts} facts up to {last}, all of it invented")
