"""What happened to a patient: infusions, symptoms, and files of facts."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.options import TODAY, Db, Formula, Json, Named, On, Patient, Route
from monitor.commands.usual import Told, records

infusion = typer.Typer(no_args_is_help=True, help="Book and log infusions.")
symptom = typer.Typer(no_args_is_help=True, help="Log symptoms.")


@infusion.command("plan")
@records("PLAN")
def plan(
    patient: Patient,
    on: Annotated[
        str,
        typer.Option("--on", metavar="DATE", help="The day it is booked for: YYYY-MM-DD, +3w."),
    ],
    protocol: Named = None,
) -> Told:
    """Book the day of the next infusion.

    Example: monitor infusion plan P-017 --on 2026-12-01
    """
    return f"booked the next infusion on {on} for"


@infusion.command("cancel")
@records("CANCEL")
def cancel(
    patient: Patient,
    on: Annotated[
        str, typer.Option("--on", metavar="DATE", help="The day it was given up.")
    ] = TODAY,
    protocol: Named = None,
) -> Told:
    """Give up the booking in force; no earlier one comes back.

    Example: monitor infusion cancel P-017
    """
    return f"cancelled on {on} the booking of"


@infusion.command("log")
@records("INFUSION", "confirm", "second")
def log_infusion(
    patient: Patient,
    dose_mg: Annotated[str, typer.Option(metavar="MG", help="Milligrams given.")],
    on: On = TODAY,
    height_cm: Annotated[str | None, typer.Option(metavar="CM", help="Height that day.")] = None,
    weight_kg: Annotated[str | None, typer.Option(metavar="KG", help="Weight that day.")] = None,
    bsa_formula: Formula = None,
    bsa_m2: Annotated[
        str | None, typer.Option(metavar="M2", help="Body surface, instead of height and weight.")
    ] = None,
    bsa_unknown: Annotated[
        bool, typer.Option("--bsa-unknown", help="Nobody recorded it: lifetime dose unknown.")
    ] = False,
    route: Route = None,
    despite: Annotated[
        str | None, typer.Option(metavar="REASON", help="Why it was given against the gate.")
    ] = None,
    part_of: Annotated[
        str | None,
        typer.Option(
            metavar="EVENT", help="It is a further part of this infusion, of that day or the next."
        ),
    ] = None,
    protocol: Named = None,
) -> Told:
    """Log what was given. Never refused for a clinical reason.

    Example: monitor infusion log P-017 --on 2025-03-03 --dose-mg 21 --height-cm 175 --weight-kg 63
    """
    from monitor.errors import BadOption, NotSaid

    measured = height_cm is not None or weight_kg is not None or bsa_m2 is not None
    if measured and bsa_unknown:
        raise BadOption("--bsa-unknown", "a body surface is given; leave one of the two out")
    if not measured and not bsa_unknown:
        raise NotSaid(
            "no body surface: give --height-cm and --weight-kg, or --bsa-m2, or --bsa-unknown"
        )
    return f"recorded {dose_mg} mg on {on} for", {"bsa_unknown": None}


@symptom.command("log")
@records("SYMPTOM", "confirm", "second")
def log_symptom(
    patient: Patient,
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="For instance fever; a wrong one lists all.")
    ],
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="If measured.")] = None,
    unit: Annotated[
        str | None, typer.Argument(metavar="UNIT", help="For instance Cel or F.")
    ] = None,
    *,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            metavar="MOMENT",
            help="20:00, 'yesterday 22:30', now: where the patient lives; or RFC 3339.",
        ),
    ],
) -> Told:
    """Log a symptom, and hear at once what to do.

    Example: monitor symptom log P-017 fever 38.4 Cel --at 2025-03-15T20:00:00+00:00
    """
    return lambda fact: f"recorded {fact} at {at} for"


def import_file(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="One JSON object a line, or CSV; - is standard input."),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only, store nothing.")] = False,
    accept_good: Annotated[
        Path | None,
        typer.Option(
            "--accept-good",
            metavar="FILE",
            help="Store what is without fault; write the rest, with reasons, to this new file.",
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="FORM", help="jsonl or csv. Default: by the name."),
    ] = None,
    what: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            help="What rows of a CSV are: results, infusions or patients. Default: by its columns.",
        ),
    ] = None,
    as_recorded: Annotated[
        bool,
        typer.Option(
            "--as-recorded",
            help="Keep the moments of another database's export; into an empty database only.",
        ),
    ] = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Record a file of facts: all of it, or nothing. The same file twice stores nothing new.

    docs/files.md lists the kinds of lines, and the columns of a CSV.

    Example: monitor import facts.jsonl --dry-run
    """
    from monitor.commands import render
    from monitor.commands.accepting import import_good
    from monitor.commands.importing import import_from
    from monitor.errors import BadOption, NotOneOf

    if form not in (None, "jsonl", "csv"):
        raise NotOneOf("--format", str(form), ("jsonl", "csv"))
    is_csv = form == "csv" or (form is None and file.suffix.casefold() == ".csv")
    if what is not None and not is_csv:
        raise BadOption("--what", "is about CSV; add --format csv")
    if as_recorded and is_csv:
        raise BadOption("--as-recorded", "reads what `monitor export jsonl` wrote, and no CSV")
    left = None
    if accept_good is not None:
        if as_recorded or is_csv:
            kind = "CSV" if is_csv else "--as-recorded"
            raise BadOption("--accept-good", f"{kind} takes all of a file or nothing; leave it out")
        if dry_run:
            raise BadOption("--accept-good", "stores; leave it or --dry-run out")
        left = import_good(file, accept_good, db=db)
        done = left.done
    else:
        done = import_from(
            file, db=db, dry_run=dry_run, as_recorded=as_recorded, is_csv=is_csv, what=what
        )
    if json:
        render.document(left or done)
    else:
        for words in (*done.warnings, *done.advice):
            render.say(words)
        for words in done.remarks:
            render.note(f"monitor: {words}")
        stored = f"{'would store' if dry_run else 'stored'} {done.stored}"
        render.say(f"{done.lines} lines: {stored}, skipped {done.skipped} already on record")
        for words in left.words() if left else ():
            render.say(words)
    if left and left.lines:
        raise typer.Exit(1)
