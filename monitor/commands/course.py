"""Courses and the answers of people: start, pause, resume, end; fact set."""

from typing import Annotated

import typer

from monitor.commands.options import By, Confirm, Db, Json, Named, On, Patient, Second, recorder
from monitor.commands.usual import record
from monitor.errors import BadOption, Refused

app = typer.Typer(no_args_is_help=True, help="Start, pause, resume and end courses.")
facts = typer.Typer(no_args_is_help=True, help="Record what was asked of a person.")


@app.command("start")
def start(
    patient: Patient,
    protocol: Annotated[str, typer.Option(metavar="NAME", help="See: monitor protocol list.")],
    on: On,
    fact: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="An answer; may be repeated.")
    ] = None,
    by: By = None,
    confirm: Confirm = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Start a course, pinned to today's version of a protocol.

    Example: monitor course start P-017 --protocol PROTOCOL --on 2025-03-01 --fact ms_type=KIND
    """
    typed = dict(locals())  # what was typed, and nothing of below
    asked = dict(_pair(text) for text in fact or [])
    if len(asked) != len(fact or []):
        raise BadOption("--fact", "the same fact twice; keep one")
    del typed["fact"]
    said = f"started a course under {protocol} on {on} for"
    record("COURSE", {**typed, "facts": asked}, said=said)


@app.command("pause")
def pause(
    patient: Patient,
    on: On,
    protocol: Named = None,
    by: By = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Interrupt a course; the gate holds until it is resumed.

    Example: monitor course pause P-017 --on 2025-04-01
    """
    record("COURSE_PAUSE", locals(), said=f"paused on {on} the course of")


@app.command("resume")
def resume(
    patient: Patient,
    on: On,
    protocol: Named = None,
    by: By = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Take a paused course up again.

    Example: monitor course resume P-017 --on 2025-05-01
    """
    record("COURSE_RESUME", locals(), said=f"resumed on {on} the course of")


@app.command("end")
def end(
    patient: Patient,
    on: On,
    reason: Annotated[
        str, typer.Option(metavar="WHY", help="Why no further infusion is meant to follow.")
    ],
    protocol: Named = None,
    by: By = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """End a course; its follow-up goes on.

    Example: monitor course end P-017 --on 2026-06-01 --reason "lifetime dose reached"
    """
    typed = dict(locals())  # what was typed, and nothing of below
    said = f"ended on {on}, while follow-up goes on, the course of"
    record("COURSE_END", typed, said=said)


@app.command("move")
def move(
    protocol: Annotated[str, typer.Option(metavar="NAME", help="The protocol of the course.")],
    on: On,
    patient: Annotated[
        str | None, typer.Argument(metavar="PATIENT", help="One patient, or --all.")
    ] = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="Every running course of the protocol.")
    ] = False,
    by: By = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Take a running course to the current version of its protocol; its infusions stay its own.

    Example: monitor course move P-017 --protocol PROTOCOL --on 2026-12-01 --by "Dr Grey"
    """
    typed = dict(locals())  # what was typed, and nothing of below
    from monitor.commands import render
    from monitor.commands.opening import recording
    from monitor.commands.options import need_day, now
    from monitor.service.recording.moving import move_all

    if (patient is None) is not everybody:
        raise Refused("name one patient, or say --all for every running course")
    if patient is not None:
        del typed["everybody"]
        record("COURSE_MOVE", typed, said=f"moved to today's {protocol} the course of")
        return
    day = need_day(on).isoformat()
    with recording(db) as connection:
        moved = move_all(connection, protocol, on=day, by=recorder(by), now=now())
    if json:
        render.document({"moved": moved})
        return
    render.say(f"moved {len(moved)} courses" + (f": {', '.join(moved)}" if moved else ""))


@facts.command("set")
def set_fact(
    patient: Patient,
    fact: Annotated[
        str,
        typer.Argument(
            metavar="K=V", help="For instance hypersensitivity=no; a wrong K lists all."
        ),
    ],
    on: On,
    by: By = None,
    second: Second = False,
    confirm: Confirm = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Record an answer: yes, no, unknown, or what the question asks for.

    Example: monitor fact set P-017 active_infection=no --on 2025-03-01
    """
    typed = dict(locals())  # what was typed, and nothing of below
    name, value = _pair(fact)
    said = f"recorded {name} {value} on {on} for"
    record("FACT", {**typed, "fact": name, "value": value}, said=said)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name or not value:
        raise Refused(f"'{text}' is not K=V; write for instance hypersensitivity=no")
    return name, value
