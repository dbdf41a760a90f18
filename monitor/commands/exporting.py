"""Write the record out: as the lines that `import` reads."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.options import AsOf, Db, KnownAt
from monitor.errors import BadOption, NotOneOf, NotSaid

app = typer.Typer(no_args_is_help=True, help="Write the record to a file, or to another program.")

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="A new file, readable by you only. Default: here."),
]


Patient = Annotated[
    str | None, typer.Argument(metavar="[PATIENT]", help="Leave out for everybody.")
]


@app.command("jsonl")
def jsonl(
    patient: Patient = None,
    out: Out = None,
    db: Db = None,
) -> None:
    """Write every fact, as the lines that `import` reads; guard them like the database.

    Another database answers the same after `import --as-recorded`. Messages are not carried along:
    what is due then is told from there. Exit code 3: a record cannot be read; it is named.

    Example: monitor export jsonl --out clinic.jsonl
    """
    from monitor.commands import render
    from monitor.commands.new_file import writing
    from monitor.commands.opening import asking
    from monitor.commands.progress import progress
    from monitor.errors import DamagedRecord
    from monitor.service.recording.exporting import export_lines

    with asking(db) as connection, progress("exporting") as show:
        exported = export_lines(connection, who=patient, progress=show)
    with writing(out) as write:
        for line in exported.lines:
            write(line)
    if exported.channels:
        render.note(
            f"monitor: {exported.channels} channels of contacts are written in full: keep them "
            "as secret as the database"
        )
    if exported.unread:
        raise DamagedRecord("\n".join(["all but these were written:", *exported.unread]))
    if out is not None:
        render.say(f"{len(exported.lines)} lines about {exported.patients} patients are in {out}")


@app.command("csv")
def csv(
    patient: Annotated[
        str | None, typer.Argument(metavar="PATIENT", help="Whom it is about; or --all.")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="About everybody.")] = False,
    what: Annotated[
        str, typer.Option(metavar="WHAT", help="results, infusions, checks or warnings.")
    ] = "results",
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Checks up to this day; default 90 days.")
    ] = None,
    out: Out = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = None,
) -> None:
    """Write a spreadsheet (CSV, UTF-8). Results and infusions can be imported again.

    Exit code 1: somebody could not be looked at, and is named.

    Example: monitor export csv --all --what results --out results.csv
    """
    from monitor.commands.days import written_out

    typed = written_out(locals())
    from monitor.commands import render
    from monitor.commands.new_file import writing
    from monitor.commands.options import parse_day
    from monitor.commands.usual import ask
    from monitor.interop import csv_files
    from monitor.service.asking.spreadsheet import rows

    if what not in csv_files.COLUMNS:
        raise NotOneOf("--what", what, csv_files.COLUMNS)
    if (patient is None) is not everybody:
        raise NotSaid("say about whom: a PATIENT, or --all for everybody")
    if until is not None and what != "checks":
        raise BadOption("--until", "is about --what checks; leave it out")
    day = parse_day(typed["until"], "--until")
    found = ask(typed, lambda inquiry: rows(inquiry, what, patient, until=day))
    with writing(out) as write:
        write(csv_files.write(what, found.rows))
    if out is not None:
        render.say(f"{len(found.rows)} {what} are in {out}")
    if found.unknown:
        raise typer.Exit(1)
