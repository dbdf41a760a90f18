"""What happened to a patient: infusions, results, symptoms, and files of facts."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.options import Db, Formula, Json, Named, On, Patient, Route
from monitor.commands.usual import Told, records

infusion = typer.Typer(no_args_is_help=True, help="Book and log infusions.")
result = typer.Typer(no_args_is_help=True, help="Log test results.")
symptom = typer.Typer(no_args_is_help=True, help="Log symptoms.")


@infusion.command("plan")
@records("PLAN")
def plan(
    patient: Patient,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day it is booked for.")],
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
        str | None, typer.Option("--on", metavar="DATE", help="The day it was given up; today.")
    ] = None,
    protocol: Named = None,
) -> Told:
    """Give up the booking in force; no earlier one comes back.

    Example: monitor infusion cancel P-017
    """
    return "cancelled the booking of"


@infusion.command("log")
@records("INFUSION", "confirm", "second")
def log_infusion(
    patient: Patient,
    on: On,
    dose_mg: Annotated[str, typer.Option(metavar="MG", help="Milligrams given.")],
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


@result.command("log")
@records("RESULT", "confirm", "second")
def log_result(
    patient: Patient,
    code: Annotated[
        str,
        typer.Argument(
            metavar="CODE", help="For instance neutrophils, or anc; a wrong one lists all."
        ),
    ],
    value: Annotated[
        str | None,
        typer.Argument(
            metavar="VALUE", help="A number, or a word; none, or why, where it is unsuitable."
        ),
    ] = None,
    unit: Annotated[str | None, typer.Argument(metavar="UNIT", help="Numbers need one.")] = None,
    *,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day the sample was taken.")],
    uln: Annotated[
        str | None, typer.Option(metavar="LIMIT", help="This laboratory's upper limit.")
    ] = None,
    lln: Annotated[
        str | None, typer.Option(metavar="LIMIT", help="This laboratory's lower limit.")
    ] = None,
    method: Annotated[str | None, typer.Option(metavar="WORD", help="How it was measured.")] = None,
    status: Annotated[
        str | None,
        typer.Option(metavar="WORD", help="final (default), corrected, preliminary or unsuitable."),
    ] = None,
) -> Told:
    """Log a result; only final and corrected ones count.

    Example: monitor result log P-017 neutrophils 3.2 10*9/L --on 2025-05-28
    """
    return lambda fact: f"recorded {fact} on {on} for"


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
    at: Annotated[str, typer.Option("--at", metavar="MOMENT", help="RFC 3339, with the offset.")],
) -> Told:
    """Log a symptom, and hear at once what to do.

    Example: monitor symptom log P-017 fever 38.4 Cel --at 2025-03-15T20:00:00+00:00
    """
    return lambda fact: f"recorded {fact} at {at} for"


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="One JSON object a line.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only, store nothing.")] = False,
    accept_good: Annotated[
        Path | None,
        typer.Option(
            "--accept-good",
            metavar="FILE",
            help="Store what is without fault; write the rest, with reasons, to this new file.",
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

    Example: monitor import facts.jsonl --dry-run
    """
    from monitor.commands import render
    from monitor.commands.accepting import import_good
    from monitor.commands.importing import import_from
    from monitor.errors import BadOption

    left = None
    if accept_good is not None:
        if as_recorded:
            raise BadOption(
                "--as-recorded", "takes all of a file or nothing; leave out --accept-good"
            )
        if dry_run:
            raise BadOption("--accept-good", "stores; leave it or --dry-run out")
        left = import_good(file, accept_good, db=db)
        done = left.done
    else:
        done = import_from(file, db=db, dry_run=dry_run, as_recorded=as_recorded)
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
