"""Courses and the answers of people: start, pause, resume, end; fact set."""

from typing import Annotated

import typer

from monitor.commands.options import (
    TODAY,
    By,
    Db,
    Json,
    Named,
    On,
    Patient,
    protocol_names,
    recorder,
)
from monitor.commands.usual import Told, records
from monitor.errors import BadOption, NotSaid, Refused

app = typer.Typer(no_args_is_help=True, help="Start, pause, resume and end courses.")
facts = typer.Typer(no_args_is_help=True, help="Record what was asked of a person.")


@app.command("start")
@records("COURSE", "confirm")
def start(
    patient: Patient,
    protocol: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="See: monitor protocol list.", autocompletion=protocol_names
        ),
    ],
    on: On = TODAY,
    fact: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="An answer; may be repeated.")
    ] = None,
) -> Told:
    """Start a course, pinned to today's version of a protocol.

    Example: monitor course start P-017 --protocol PROTOCOL --on 2025-03-01 --fact ms_type=KIND
    """
    asked = dict(_pair(text) for text in fact or [])
    if len(asked) != len(fact or []):
        raise BadOption("--fact", "the same fact twice; keep one")
    return f"started a course under {protocol} on {on} for", {"fact": None, "facts": asked}


@app.command("pause")
@records("COURSE_PAUSE")
def pause(patient: Patient, on: On = TODAY, protocol: Named = None) -> Told:
    """Interrupt a course; the gate holds until it is resumed.

    Example: monitor course pause P-017 --on 2025-04-01
    """
    return f"paused on {on} the course of"


@app.command("resume")
@records("COURSE_RESUME")
def resume(patient: Patient, on: On = TODAY, protocol: Named = None) -> Told:
    """Take a paused course up again.

    Example: monitor course resume P-017 --on 2025-05-01
    """
    return f"resumed on {on} the course of"


@app.command("end")
@records("COURSE_END")
def end(
    patient: Patient,
    reason: Annotated[
        str, typer.Option(metavar="WHY", help="Why no further infusion is meant to follow.")
    ],
    on: On = TODAY,
    protocol: Named = None,
) -> Told:
    """End a course; its follow-up goes on.

    Example: monitor course end P-017 --on 2026-06-01 --reason "lifetime dose reached"
    """
    return f"ended on {on}, while follow-up goes on, the course of"


@app.command("move")
def move(
    protocol: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="The protocol of the course.", autocompletion=protocol_names
        ),
    ],
    on: On = TODAY,
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
    from monitor.commands import render
    from monitor.commands.days import written_out
    from monitor.commands.opening import recording
    from monitor.commands.options import now
    from monitor.commands.recording import record_line
    from monitor.domain.facts import Kind
    from monitor.service.asking.identity import persons
    from monitor.service.recording.moving import move_all

    if (patient is None) is not everybody:
        raise NotSaid("name one patient, or say --all for every running course")
    # Of everybody, today is each patient's own.
    own_day = everybody and on == TODAY
    on = written_out({"patient": patient, "on": on, "db": db})["on"]
    if patient is not None:
        typed = {"patient": patient, "protocol": protocol, "on": on, "by": by}
        record_line(
            Kind.COURSE_MOVE,
            {**typed, "db": db, "json": json},
            said=lambda words: f"{words} from {on} on for",
        )
        return
    with recording(db) as connection:
        moved = move_all(
            connection, protocol, on=None if own_day else on, by=recorder(by), now=now()
        )
        whose = persons(connection, moved)
    if json:
        render.document({"moved": moved})
        return
    since = "" if own_day else f" from {on} on"
    named = f": {', '.join(whose[one].shown for one in moved)}" if moved else ""
    render.say(f"moved {len(moved)} courses{since}{named}")


@facts.command("set")
@records("FACT", "confirm", "second")
def set_fact(
    patient: Patient,
    fact: Annotated[
        str,
        typer.Argument(
            metavar="K=V", help="For instance hypersensitivity=no; a wrong K lists all."
        ),
    ],
    on: On = TODAY,
) -> Told:
    """Record an answer: yes, no, unknown, or what the question asks for.

    Example: monitor fact set P-017 active_infection=no --on 2025-03-01
    """
    name, value = _pair(fact)
    return f"recorded {name} {value} on {on} for", {"fact": name, "value": value}


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name or not value:
        raise Refused(f"'{text}' is not K=V; write for instance hypersensitivity=no")
    return name, value
