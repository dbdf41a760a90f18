"""The clinic's own audit, as a table, a spreadsheet and a picture."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.commands.options import AsOf, Db, Json, KnownAt, need_day, now
from monitor.commands.usual import ask
from monitor.errors import BadFile, BadOption

if TYPE_CHECKING:
    from monitor.service.asking.report import Fates, ReportAnswer

_COUNTS = ("in time", "otherwise")


def report(
    since: Annotated[str, typer.Option(metavar="DATE", help="The first day (YYYY-MM-DD).")],
    until: Annotated[str, typer.Option(metavar="DATE", help="The last day (YYYY-MM-DD).")],
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the tables to a new file, too.")
    ] = None,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw them into a new file, too.")
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Count what came due, and how much of it was done in time, late or not; by rule and patient.

    Also infusions given against the gate, and how soon urgent warnings were acknowledged. Every
    figure says what it is a part of. Exit code 1: somebody could not be looked at.

    Example: monitor report --since 2026-01-01 --until 2026-06-30 --csv half-year.csv
    """
    from monitor.commands.days import written_out

    typed = written_out(locals())
    from monitor.commands import render
    from monitor.commands.new_file import writing
    from monitor.commands.paging import paged
    from monitor.commands.render import note
    from monitor.service.asking.report_files import as_csv, as_svg

    first, last = (need_day(typed[key], f"--{key}") for key in ("since", "until"))
    if last < first:
        raise BadOption("--until", f"{last} is before --since {first}; write the later day there")
    if first > now().date() and as_of is None:
        raise BadOption("--since", f"{first} is still to come: nothing of then has come due")
    for taken in filter(None, (csv, svg)):
        if taken.exists():
            raise BadFile(f"{taken} already exists; give a new name")
    found = ask(typed, lambda inquiry: inquiry.report(first, last))
    for file, write in ((csv, as_csv), (svg, as_svg)):
        if file is not None:
            with writing(file) as put:
                put(write(found))
            note(f"monitor: wrote {file}")
    with nullcontext() if json else paged():
        render.show(found, show_report, json=json)
    if found.unknown:
        raise typer.Exit(1)


def show_report(answer: "ReportAnswer") -> None:
    """Show the counts, then what each of them means."""
    from monitor.commands.render import say, table, values
    from monitor.service.asking.report import DEFINITIONS, words_of

    for line in words_of(answer):
        say(line)
    if answer.rules:
        say()
        rows = [(row.rule, *_counts(row.tally), str(row.unknown)) for row in answer.rules]
        rows.append(("all", *_counts(answer.whole), str(len(answer.unknown))))
        table(("rule", *_COUNTS, "unknown"), rows)
    behind = [row for row in answer.by_patient if row.tally.in_time < row.tally.due]
    behind.sort(key=lambda row: row.tally.in_time - row.tally.due)  # the most left undone first
    if behind:
        say()
        table(("patient", *_COUNTS), [(row.person.shown, *_counts(row.tally)) for row in behind])
    rest = len(answer.by_patient) - len(behind)
    if rest:
        say(f"{'the other ' if behind else ''}{rest} patients: all that came due was in time")
    for one in answer.unknown:
        say(f"{one.patient}: unknown: {one.why}")
    say()
    values([*DEFINITIONS.items()])


def _counts(tally: "Fates") -> tuple[str, str]:
    """Write how many of how many were in time, and what became of the others."""
    others = ("late", "missed", "waived", "open")
    told = [f"{count} {name}" for name in others if (count := getattr(tally, name))]
    overdue = f" ({tally.overdue} overdue)" if tally.overdue else ""
    return f"{tally.in_time} of {tally.due} ({tally.share})", ", ".join(told) + overdue
