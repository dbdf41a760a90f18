"""The clinic's day on a screen: one line a patient, in the gravest of the groups it belongs to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.commands.options import AsOf, Db, Json, KnownAt, parse_day

if TYPE_CHECKING:
    from monitor.service.asking.today import Notice


def today(
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="The day; default today.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the sheet to print to a new file."),
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """List the clinic's day: urgent warnings, booked infusions, what is overdue, and what is due.

    Booked is shown for 7 days, due for 14. Facts count up to the day, or to --as-of.
    Exit code 1: somebody could not be looked at.

    Example: monitor today --html today.html
    """
    from monitor.commands.days import written_out

    typed = written_out(locals())
    from monitor.commands import day_lines, day_sheet, render
    from monitor.commands.usual import ask

    day = parse_day(typed["on"], "--on")
    if html is not None:
        day_sheet.refuse_existing(html)
    service = _service(db)
    answer = ask(typed, lambda inquiry: inquiry.today(day, service))
    if html is not None:
        from monitor.commands.options import now

        day_sheet.write(answer, html, now())
        render.note(f"monitor: wrote the sheet of {answer.on} to {html}")
    if json or html is None:
        render.show(answer, day_lines.show_day, json=json)
    if answer.unknown:
        raise typer.Exit(1)


def _service(db: str | None) -> "list[Notice]":
    """Say what the doctor finds wrong now, whatever the day that is asked about."""
    from monitor.bootstrap.health import health
    from monitor.commands.options import now
    from monitor.service.asking.today import Notice

    return [
        Notice(name=one.name, message=one.message) for one in health(db, now=now()) if not one.well
    ]
