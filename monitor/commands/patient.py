"""Patients: register, list, show."""

from typing import Annotated, Any

import typer

from monitor.commands.options import AsOf, By, Confirm, Db, Json, KnownAt, recorder

app = typer.Typer(no_args_is_help=True, help="Register and look up patients.")


@app.command("add")
def add(
    patient: Annotated[str, typer.Argument(metavar="ID", help="Your identifier of the patient.")],
    sex: Annotated[str | None, typer.Option(help="female, male, other or unknown.")] = None,
    born: Annotated[str | None, typer.Option(help="Date of birth (YYYY-MM-DD).")] = None,
    timezone: Annotated[str | None, typer.Option(help="For instance Europe/London.")] = None,
    language: Annotated[str | None, typer.Option(help="For instance en.")] = None,
    can_conceive: Annotated[
        bool | None,
        typer.Option("--can-conceive/--cannot-conceive", help="Biologically able to conceive."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The patient's name; never sent.")] = None,
    by: By = None,
    confirm: Confirm = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Register a patient.

    Example: monitor patient add P-017 --sex female --born 1993-04-02 --can-conceive
    """
    from monitor.commands.recording import record

    line: dict[str, Any] = {"kind": "patient", "id": patient, "sex": sex, "born": born}
    line |= {"timezone": timezone, "language": language, "name": name}
    line |= {"can_conceive": can_conceive, "by": recorder(by), "confirm": confirm}
    record(line, db=db, json=json, said=f"registered {patient}")


@app.command("list")
def list_patients(
    db: Db = None, as_of: AsOf = None, known_at: KnownAt = None, json: Json = False
) -> None:
    """List the patients and where their courses stand.

    Example: monitor patient list
    """
    from monitor.commands import render
    from monitor.commands.recording import asked
    from monitor.service import queries
    from monitor.service.patients import patient_answer
    from monitor.wiring import asking

    with asking(db) as connection:
        found = [
            patient_answer(case) for case in queries.all_cases(connection, asked(as_of, known_at))
        ]
    if json:
        render.document({"patients": found})
        return
    rows = [
        (
            item["id"],
            item["sex"] or "",
            item["born"] or "",
            "; ".join(f"{c['protocol']}: {c['state']}" for c in item["courses"]) or "no course",
        )
        for item in found
    ]
    render.table(("patient", "sex", "born", "courses"), rows)


@app.command("show")
def show(
    patient: Annotated[str, typer.Argument(metavar="ID", help="The patient's identifier.")],
    db: Db = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    json: Json = False,
) -> None:
    """Show what is known of a patient.

    Example: monitor patient show P-017
    """
    from monitor.commands import render
    from monitor.commands.recording import asked
    from monitor.service import queries
    from monitor.service.patients import patient_answer
    from monitor.wiring import asking

    with asking(db) as connection:
        answer = patient_answer(queries.get_case(connection, patient, asked(as_of, known_at)))
    if json:
        render.document(answer)
        return
    known = {key: value for key, value in answer.items() if key != "courses"}
    render.table(
        ("", ""), [(key, "not recorded" if v is None else str(v)) for key, v in known.items()]
    )
    for course in answer["courses"]:
        until = f", {course['state']}" + (f" on {course['ended_on']}" if course["ended_on"] else "")
        render.say(
            f"course    {course['protocol']} {course['version']} since {course['on']}{until}"
        )
