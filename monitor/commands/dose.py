"""Drugs that are taken daily: start, change, interrupt, resume, stop."""

from typing import Annotated

import typer

from monitor.commands.options import (
    By,
    Confirm,
    Db,
    Json,
    Named,
    On,
    Patient,
    Second,
)
from monitor.commands.usual import record

app = typer.Typer(no_args_is_help=True, help="Start, change and stop drugs that are taken daily.")

Dose = Annotated[str | None, typer.Option("--dose-mg", metavar="MG", help="Milligrams a day.")]
NewDose = Annotated[str, typer.Option("--dose-mg", metavar="MG", help="Milligrams a day.")]
FirstDay = Annotated[
    str, typer.Option("--on", metavar="DATE", help="The first day without it (YYYY-MM-DD).")
]
Why = Annotated[str | None, typer.Option("--reason", metavar="WHY", help="Why.")]


@app.command("start")
def start(
    patient: Patient,
    on: On,
    dose_mg: Dose = None,
    reason: Why = None,
    protocol: Named = None,
    by: By = None,
    confirm: Confirm = False,
    second: Second = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Record the first day on which a daily drug is taken.

    Example: monitor dose start P-017 --on 2025-03-03 --dose-mg 12.5
    """
    _record("start", locals())


@app.command("change")
def change(
    patient: Patient,
    on: On,
    dose_mg: NewDose,
    reason: Why = None,
    protocol: Named = None,
    by: By = None,
    confirm: Confirm = False,
    second: Second = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Record the first day with another dose.

    Example: monitor dose change P-017 --on 2025-04-03 --dose-mg 300
    """
    _record("change", locals())


@app.command("interrupt")
def interrupt(
    patient: Patient,
    on: FirstDay,
    reason: Why = None,
    protocol: Named = None,
    by: By = None,
    confirm: Confirm = False,
    second: Second = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Record the first day on which it is not taken, for now.

    Example: monitor dose interrupt P-017 --on 2025-05-03 --reason "neutrophils 900"
    """
    _record("interrupt", locals())


@app.command("resume")
def resume(
    patient: Patient,
    on: On,
    dose_mg: Dose = None,
    reason: Why = None,
    protocol: Named = None,
    by: By = None,
    confirm: Confirm = False,
    second: Second = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Record the first day on which it is taken again; a long rest makes that a start.

    Example: monitor dose resume P-017 --on 2025-05-20 --dose-mg 12.5
    """
    _record("resume", locals())


@app.command("stop")
def stop(
    patient: Patient,
    on: FirstDay,
    reason: Why = None,
    protocol: Named = None,
    by: By = None,
    confirm: Confirm = False,
    second: Second = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Record the first day without it, for good; what follows a stop is watched still.

    Example: monitor dose stop P-017 --on 2025-06-03 --reason "switched to another drug"
    """
    _record("stop", locals())


def _record(action: str, typed: dict[str, object]) -> None:
    amount = f", {typed['dose_mg']} mg a day" if typed.get("dose_mg") else ""
    said = f"recorded {action} on {typed['on']}{amount} for"
    record("DOSE", {**typed, "action": action}, said=said)
