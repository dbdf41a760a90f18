"""Patients: register, change, list, show, close, reopen."""

from typing import Annotated

import typer

from monitor.commands.options import TODAY, On
from monitor.commands.usual import Question, Told, asks, records
from monitor.errors import BadOption

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


@app.command("add")
@records("PATIENT", "confirm")
def add(
    patient: NewPatient,
    sex: Sex = None,
    born: Born = None,
    timezone: Zone = None,
    language: Language = None,
    can_conceive: CanConceive = None,
    name: Name = None,
) -> Told:
    """Register a patient.

    Example: monitor patient add P-017 --sex female --born 1993-04-02 --can-conceive
    """
    return "registered", {"patient": None, "id": patient}


@app.command("list")
@asks
def list_patients(
    find: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Only whom it may mean: parts of identifier or name, a birth day."
        ),
    ] = None,
) -> Question:
    """List the patients and where their courses stand.

    Example: monitor patient list --find "exam 5.5.1985"
    """
    if find is not None and not find.strip():
        raise BadOption("--find", "is empty; write for instance a name or a birth day")
    return lambda inquiry: inquiry.patients(find)


@app.command("show")
@asks
def show(patient: Patient) -> Question:
    """Show what is known of a patient.

    Example: monitor patient show P-017
    """
    return lambda inquiry: inquiry.patient(patient)


@app.command("change")
@records("PATIENT_CHANGE", "confirm")
def change(
    patient: Patient,
    on: On = TODAY,
    sex: Sex = None,
    born: Born = None,
    timezone: Zone = None,
    language: Language = None,
    can_conceive: CanConceive = None,
    name: Name = None,
) -> Told:
    """Record a change of a patient's details from a given day.

    Example: monitor patient change P-017 --timezone Europe/Paris --on 2025-06-01
    """
    from monitor.errors import NotSaid

    words: dict[object, str] = {True: "yes", False: "no"}
    given: dict[str, object] = {"sex": sex, "born": born, "timezone": timezone}
    given |= {"language": language, "name": name, "can_conceive": can_conceive}
    new = {key: value for key, value in given.items() if value is not None}
    if not new:
        raise NotSaid("nothing to change; say what is new, for instance --timezone Europe/Paris")
    told = ", ".join(
        f"{key.replace('_', ' ')} {words[v] if isinstance(v, bool) else v}"
        for key, v in new.items()
    )
    return f"recorded {told} from {on} on for"


@app.command("close")
@records("CLOSE")
def close(
    patient: Patient,
    reason: Annotated[
        str, typer.Option(metavar="WHY", help="died, transferred or withdrew-consent.")
    ],
    by: Decided,
    on: On = TODAY,
) -> Told:
    """Close a patient: no check and no message from that day on.

    Example: monitor patient close P-017 --reason transferred --by "Dr A"
    """
    return f"closed on {on}:"


@app.command("reopen")
@records("REOPEN")
def reopen(patient: Patient, by: Decided, on: On = TODAY) -> Told:
    """Reopen a closed patient.

    Example: monitor patient reopen P-017 --by "Dr A"
    """
    return f"reopened on {on}:"
