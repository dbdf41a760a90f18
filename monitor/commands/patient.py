"""Patients: register, change, list, show, close, reopen."""

from typing import Annotated

import typer

from monitor.commands.options import AsOf, By, Confirm, Db, Json, KnownAt, On
from monitor.commands.usual import answer, record

app = typer.Typer(no_args_is_help=True, help="Register and look up patients.")

Patient = Annotated[str, typer.Argument(metavar="ID", help="The patient's identifier.")]
NewPatient = Annotated[str, typer.Argument(metavar="ID", help="Your identifier of the patient.")]
Sex = Annotated[str | None, typer.Option(metavar="WORD", help="female, male, other or unknown.")]
Born = Annotated[str | None, typer.Option(metavar="DATE", help="Date of birth (YYYY-MM-DD).")]
Zone = Annotated[str | None, typer.Option(metavar="ZONE", help="For instance Europe/London.")]
Language = Annotated[str | None, typer.Option(metavar="CODE", help="For instance en.")]
CanConceive = Annotated[
    bool | None,
    typer.Option("--can-conceive/--cannot-conceive", help="Biologically able to conceive."),
]
Name = Annotated[str | None, typer.Option(metavar="NAME", help="The patient's name; never sent.")]
Decided = Annotated[str, typer.Option("--by", metavar="WHO", help="Who says so.")]
Day = Annotated[str | None, typer.Option(metavar="DATE", help="The day; default today.")]


@app.command("add")
def add(
    patient: NewPatient,
    sex: Sex = None,
    born: Born = None,
    timezone: Zone = None,
    language: Language = None,
    can_conceive: CanConceive = None,
    name: Name = None,
    by: By = None,
    confirm: Confirm = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Register a patient.

    Example: monitor patient add P-017 --sex female --born 1993-04-02 --can-conceive
    """
    typed = dict(locals())  # what was typed, and nothing of below
    typed["id"] = typed.pop("patient")
    record("PATIENT", typed, said="registered")


@app.command("list")
def list_patients(
    db: Db = None, as_of: AsOf = None, known_at: KnownAt = None, json: Json = False
) -> None:
    """List the patients and where their courses stand.

    Example: monitor patient list
    """
    answer(locals(), lambda inquiry: inquiry.patients())


@app.command("show")
def show(
    patient: Patient,
    db: Db = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    json: Json = False,
) -> None:
    """Show what is known of a patient.

    Example: monitor patient show P-017
    """
    answer(locals(), lambda inquiry: inquiry.patient(patient))


@app.command("change")
def change(
    patient: Patient,
    on: On,
    sex: Sex = None,
    born: Born = None,
    timezone: Zone = None,
    language: Language = None,
    can_conceive: CanConceive = None,
    name: Name = None,
    by: By = None,
    confirm: Confirm = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Record a change of a patient's details from a given day.

    Example: monitor patient change P-017 --timezone Europe/Paris --on 2025-06-01
    """
    typed = dict(locals())  # what was typed, and nothing of below
    from monitor.errors import Refused

    words = {True: "yes", False: "no"}
    details = ("sex", "born", "timezone", "language", "name", "can_conceive")
    new = {key: typed[key] for key in details if typed[key] is not None}
    if not new:
        raise Refused("nothing to change; say what is new, for instance --timezone Europe/Paris")
    told = ", ".join(f"{key.replace('_', ' ')} {words.get(v, v)}" for key, v in new.items())
    record("PATIENT_CHANGE", typed, said=f"recorded {told} from {on} on for")


@app.command("close")
def close(
    patient: Patient,
    reason: Annotated[
        str, typer.Option(metavar="WHY", help="died, transferred or withdrew-consent.")
    ],
    by: Decided,
    on: Day = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Close a patient: no check and no message from that day on.

    Example: monitor patient close P-017 --reason transferred --by "Dr A"
    """
    record("CLOSE", locals(), said="closed")


@app.command("reopen")
def reopen(
    patient: Patient, by: Decided, on: Day = None, db: Db = None, json: Json = False
) -> None:
    """Reopen a closed patient.

    Example: monitor patient reopen P-017 --by "Dr A"
    """
    record("REOPEN", locals(), said="reopened")
