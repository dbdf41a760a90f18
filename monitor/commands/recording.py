"""What all recording commands do: one line in, stored or refused, and what follows from it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from monitor import bootstrap
from monitor.commands import options, render
from monitor.commands.asking_results import ask_results
from monitor.commands.opening import recording
from monitor.domain.checks import Check
from monitor.domain.facts import Kind
from monitor.domain.outcome import CheckState, Severity
from monitor.service.asking.history import own_words
from monitor.service.input.slip import is_slip
from monitor.service.recording import record, slips
from monitor.service.recording.echo import Echo, echo_of
from monitor.service.recording.input_lines import line_of
from monitor.service.recording.lines.base import Line
from monitor.service.recording.record import Entry
from monitor.service.recording.remarks import remarks


def record_line(kind: Kind, typed: Mapping[str, Any], *, said: str | Callable[[str], str]) -> None:
    """Record one line and say what was stored, and what a person should know about it.

    `typed` is what the command was given, its `locals()`: `db`, `json`, and the fields of the line.
    `said` ends where the patient is named: "recorded 21 mg on 2025-01-10 for"; or is made of what
    the fact says of itself.
    """
    db, json, by = typed["db"], typed["json"], options.recorder(typed["by"])
    fields = {key: value for key, value in typed.items() if key not in ("db", "json")}
    line = line_of(kind, **{**fields, "by": by})  # refused here, it leaves no new database behind
    with recording(db, creates=kind is Kind.PATIENT) as connection:
        entry = record.record(connection, line, now=options.now())
        echo = followed(connection, entry)
    show_recorded(
        echo, json=json, said=said if isinstance(said, str) else said(own_words(entry.first))
    )


def record_results(
    words: Sequence[str], said: Mapping[str, Any], *, db: str | None, json: bool
) -> None:
    """Record a result, all of a slip, or what is asked where no word was typed.

    What follows from them is said once.
    """
    said = {**said, "by": options.recorder(said["by"])}
    lines = _read(words, said, db) if words else ask_results(said["patient"], said, db=db)
    with recording(db) as connection:
        entry = record.record_all(connection, lines, now=options.now())
        several = not words or is_slip(words)
        events = {"events": [row.event for row in entry.stored]} if several else {}
        echo = followed(connection, entry, **events)
    found = _with_limits(entry) if several else own_words(entry.first)
    show_recorded(echo, json=json, said=f"recorded {found} on {entry.first.on} for")


def _read(words: Sequence[str], said: Mapping[str, Any], db: str | None) -> list[Line]:
    settings = bootstrap.settings(db)
    lines, typed = slips.read(words, settings.units, said)
    units = slips.units_words(typed, settings.file)
    if units is not None:
        render.note(f"monitor: {units}")
    return lines


def _with_limits(entry: Entry) -> str:
    """Say results back as they were read, with the limit that stood in the same word."""
    said = [(own_words(row), row.body.get("uln")) for row in entry.stored]
    return ", ".join(f"{words} (uln {uln})" if uln else words for words, uln in said)


def followed(connection: Connection, entry: Entry, **besides: Any) -> Echo:
    """Find what follows from what was recorded, before it is committed; say what is odd."""
    for words in remarks(connection, entry, now=options.now()):
        render.note(f"monitor: {words}")
    return echo_of(entry, **besides)


def show_recorded(echo: Echo, *, json: bool, said: str) -> None:
    """Say what was stored, once it is committed, whose it is, and what follows from it."""
    if json:
        render.document(echo)
        return
    numbers = echo.besides.get("events", [echo.event])
    several = "s" if len(numbers) > 1 else ""
    listed = ", ".join(map(str, numbers))
    render.say(f"{said} {echo.person.shown}, as event{several} {listed}")
    for warning in echo.warnings:
        if warning.severity is Severity.INFO:
            continue
        render.say(f"{warning.severity.upper()}  {warning.rule}: {warning.message}")
        if warning.patient_message:
            render.say(f"  tell the patient: {warning.patient_message}")
    for one in echo.ended or ():
        render.say(str(one))
    _show_checks(echo.checks)
    for words in echo.advice or ():
        render.say(words)


def _show_checks(checks: Sequence[Check]) -> None:
    """Show the checks in the order of their days, each rule once, overdue ones by themselves."""
    found: dict[tuple[str, str, str], list[date]] = {}
    for check in sorted(checks, key=lambda c: (c.due, c.rule)):
        state = "overdue" if check.state is CheckState.OVERDUE else "due"
        found.setdefault((state, check.rule, check.title), []).append(check.due)
    for (state, rule, title), due in found.items():
        days = sorted(set(due))
        more = f" and {len(days) - 1} more until {days[-1]}" if days[1:] else ""
        render.say(f"{state} {due[0]}{more}  {rule}: {title}")
