"""Write the record out: as the lines that `import` reads."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.options import Db

app = typer.Typer(no_args_is_help=True, help="Write the record to a file, or to another program.")

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="A new file, readable by you only. Default: here."),
]


@app.command("jsonl")
def jsonl(
    patient: Annotated[
        str | None, typer.Argument(metavar="[PATIENT]", help="Leave out for everybody.")
    ] = None,
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
