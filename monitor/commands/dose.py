"""Drugs that are taken daily: start, change, interrupt, resume, stop."""

from typing import Annotated

import typer

from monitor.commands.options import TODAY, Named, On, Patient
from monitor.commands.usual import Told, records

app = typer.Typer(no_args_is_help=True, help="Start, change and stop drugs that are taken daily.")

Dose = Annotated[str | None, typer.Option("--dose-mg", metavar="MG", help="Milligrams a day.")]
NewDose = Annotated[str, typer.Option("--dose-mg", metavar="MG", help="Milligrams a day.")]
FirstDay = Annotated[
    str,
    typer.Option(
        "--on", metavar="DATE", help="The first day without it: YYYY-MM-DD, today, +3d, -2w."
    ),
]
Why = Annotated[str | None, typer.Option("--reason", metavar="WHY", help="Why.")]

_records = records("DOSE", "confirm", "second")


def _told(action: str, on: str, dose_mg: str | None = None) -> Told:
    amount = f", {dose_mg} mg a day" if dose_mg else ""
    return f"recorded {action} on {on}{amount} for", {"action": action}


@app.command("start")
@_records
def start(
    patient: Patient,
    on: On = TODAY,
    dose_mg: Dose = None,
    reason: Why = None,
    protocol: Named = None,
) -> Told:
    """Record the first day on which a daily drug is taken.

    Example: monitor dose start P-017 --on 2025-03-03 --dose-mg 12.5
    """
    return _told("start", on, dose_mg)


@app.command("change")
@_records
def change(
    patient: Patient,
    dose_mg: NewDose,
    on: On = TODAY,
    reason: Why = None,
    protocol: Named = None,
) -> Told:
    """Record the first day with another dose.

    Example: monitor dose change P-017 --on 2025-04-03 --dose-mg 300
    """
    return _told("change", on, dose_mg)


@app.command("interrupt")
@_records
def interrupt(
    patient: Patient, on: FirstDay = TODAY, reason: Why = None, protocol: Named = None
) -> Told:
    """Record the first day on which it is not taken, for now.

    Example: monitor dose interrupt P-017 --on 2025-05-03 --reason "neutrophils 900"
    """
    return _told("interrupt", on)


@app.command("resume")
@_records
def resume(
    patient: Patient,
    on: On = TODAY,
    dose_mg: Dose = None,
    reason: Why = None,
    protocol: Named = None,
) -> Told:
    """Record the first day on which it is taken again; a long rest makes that a start.

    Example: monitor dose resume P-017 --on 2025-05-20 --dose-mg 12.5
    """
    return _told("resume", on, dose_mg)


@app.command("stop")
@_records
def stop(
    patient: Patient, on: FirstDay = TODAY, reason: Why = None, protocol: Named = None
) -> Told:
    """Record the first day without it, for good; what follows a stop is watched still.

    Example: monitor dose stop P-017 --on 2025-06-03 --reason "switched to another drug"
    """
    return _told("stop", on)
