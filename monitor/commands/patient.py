"""Patients: register, list, show."""

from typing import Annotated, Any

import typer

from monitor.commands.options import AsOf, By, Confirm, Db, Json, KnownAt, On, recorder

app = typer.Typer(no_args_is_help=True, help="Register and look up patients.")


@app.command("add")
def add(
    patient: Annotated[str, typer.Argument(metavar="ID", help="Your identifier of the patient.")],
    sex: Annotated[
        str | None, typer.Option(metavar="WORD", help="female, male, other or unknown.")
    ] = None,
    born: Annotated[
        str | None, typer.Option(metavar="DATE", help="Date of birth (YYYY-MM-DD).")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="For instance Europe/London.")
    ] = None,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="For instance en.")] = None,
    can_conceive: Annotated[
        bool | None,
        typer.Option("--can-conceive/--cannot-conceive", help="Biologically able to conceive."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The patient's name; never sent.")
    ] = None,
    by: By = None,
    confirm: Confirm = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Register a patient.

    Example: monitor patient add P-017 --sex female --born 1993-04-02 --can-conceive
    """
    from monitor.commands.recording import record_line

    line: dict[str, Any] = {"kind": "patient", "id": patient, "sex": sex, "born": born}
    line |= {"timezone": timezone, "language": language, "name": name}
    line |= {"can_conceive": can_conceive, "by": recorder(by), "confirm": confirm}
    record_line(line, db=db, json=json, said="registered")


@app.command("list")
def list_patients(
    db: Db = None, as_of: AsOf = None, known_at: KnownAt = None, json: Json = False
) -> None:
    """List the patients and where their courses stand.

    Example: monitor patient list
    """
    from monitor.commands import render, shown
    from monitor.commands.cases import Unknown
    from monitor.commands.opening import asking
    from monitor.commands.when import asked
    from monitor.service.asking import cases
    from monitor.service.asking.patients import patient_answer

    unknown = Unknown()
    with asking(db) as connection:
        found = [
            patient_answer(case)
            for case in cases.all_cases(connection, asked(as_of, known_at), report=unknown.add)
        ]
    answer = {"patients": found, **unknown.answer()}
    if json:
        render.document(answer)
    else:
        shown.show_unknown(answer)
        _show_list(found, is_whole="unknown" not in answer)
    if "unknown" in answer:
        raise typer.Exit(1)


def _show_list(found: list[dict[str, Any]], *, is_whole: bool) -> None:
    from monitor.commands import render

    if not found:
        if is_whole:
            render.say("no patient in the record")
        return
    rows = [
        (
            item["id"],
            item["name"] or "",
            item["sex"] or "",
            item["born"] or "",
            _standing(item),
        )
        for item in found
    ]
    render.table(("patient", "name", "sex", "born", "courses"), rows)


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
    from monitor.commands import render, shown
    from monitor.commands.opening import asking
    from monitor.commands.when import asked
    from monitor.service.asking import cases
    from monitor.service.asking.patients import patient_answer

    with asking(db) as connection:
        answer = patient_answer(cases.get_case(connection, patient, asked(as_of, known_at)))
    if json:
        render.document(answer)
        return
    shown.show_patient(answer)


@app.command("change")
def change(
    patient: Annotated[str, typer.Argument(metavar="ID", help="The patient's identifier.")],
    on: On,
    sex: Annotated[
        str | None, typer.Option(metavar="WORD", help="female, male, other or unknown.")
    ] = None,
    born: Annotated[
        str | None, typer.Option(metavar="DATE", help="Date of birth (YYYY-MM-DD).")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="For instance Europe/London.")
    ] = None,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="For instance en.")] = None,
    can_conceive: Annotated[
        bool | None,
        typer.Option("--can-conceive/--cannot-conceive", help="Biologically able to conceive."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The patient's name; never sent.")
    ] = None,
    by: By = None,
    confirm: Confirm = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Record that what is known of a patient changes from a day on.

    Example: monitor patient change P-017 --timezone Europe/Paris --on 2025-06-01
    """
    from monitor.commands.recording import record_line
    from monitor.errors import Refused

    new: dict[str, Any] = {"sex": sex, "born": born, "timezone": timezone, "language": language}
    new |= {"name": name, "can_conceive": can_conceive}
    new = {key: value for key, value in new.items() if value is not None}
    if not new:
        raise Refused("nothing to change; say what is new, for instance --timezone Europe/Paris")
    line = {"kind": "patient_change", "patient": patient, "on": on, "by": recorder(by), **new}
    line["confirm"] = confirm
    words = {True: "yes", False: "no"}
    told = ", ".join(f"{key.replace('_', ' ')} {words.get(v, v)}" for key, v in new.items())
    record_line(line, db=db, json=json, said=f"recorded {told} from {on} on for")


@app.command("close")
def close(
    patient: Annotated[str, typer.Argument(metavar="ID", help="The patient's identifier.")],
    reason: Annotated[
        str, typer.Option(metavar="WHY", help="died, transferred or withdrew-consent.")
    ],
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who says so.")],
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day; default today.")] = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Close a patient: nothing is asked for, and nothing leaves, from that day on.

    Example: monitor patient close P-017 --reason transferred --by "Dr A"
    """
    _closing("close", patient, on, by, db, json, said="closed", reason=reason)


@app.command("reopen")
def reopen(
    patient: Annotated[str, typer.Argument(metavar="ID", help="The patient's identifier.")],
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who says so.")],
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day; default today.")] = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Take a closing back.

    Example: monitor patient reopen P-017 --by "Dr A"
    """
    _closing("reopen", patient, on, by, db, json, said="reopened")


def _standing(item: dict[str, Any]) -> str:
    """Say where a patient's courses stand; first that a closed patient is not watched."""
    courses = [f"{course['protocol']}: {course['state']}" for course in item["courses"]]
    closed = []
    if item["closed_on"] is not None:
        reason = item["closed_reason"]
        closed = [f"closed since {item['closed_on']} ({reason}): nothing is watched"]
    return "; ".join([*closed, *(courses or ["no course"])])


def _closing(
    kind: str,
    patient: str,
    on: str | None,
    by: str,
    db: str | None,
    json: bool,
    *,
    said: str,
    reason: str | None = None,
) -> None:
    from monitor.commands.opening import recording
    from monitor.commands.recording import followed, given, show_recorded
    from monitor.commands.when import asked
    from monitor.service.asking import cases
    from monitor.service.recording import record

    with recording(db) as connection:
        day = on or cases.get_case(connection, patient, asked(None)).today.isoformat()
        line = {"kind": kind, "patient": patient, "on": day, "by": by, "reason": reason}
        entry = record.record(connection, given(line), now=asked(None).now)
        follow = followed(connection, entry)
    show_recorded(entry, follow, json=json, said=said)
