"""Urgent warnings that the lines of a file raise, or would raise if they are right."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from monitor.domain.facts import Kind
from monitor.domain.outcome import Severity
from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, Case, case_of
from monitor.service.asking.identity import person_of
from monitor.service.recording.admission import Admission
from monitor.service.recording.input_lines import FACTS, IMPORTED
from monitor.service.recording.known import Known
from monitor.service.recording.lines.base import Line
from monitor.service.recording.lines.patient import PatientLine
from monitor.service.recording.record import append_all
from monitor.store.appender import Appender

Changes = dict[str, str | None]
Read = tuple[int, Line]  # the number of a line, and what it says

_BESIDES = ("uln", "lln", "method", "height_cm", "weight_kg", "bsa_m2", "bsa_formula")


def raised_if_watched(connection: Connection, admission: Admission, now: datetime) -> list[str]:
    """Name those of a closed patient too, with that: nothing is raised of one."""
    closed = admission.closings.closed(admission.today)
    turns = (Kind.CLOSE, Kind.REOPEN)
    rows = [row for row in admission.rows if closed is None or row.kind not in turns]
    found = raised_by(admission, case_of(connection, admission.who, rows, Asked(now=now)))
    but = f" ({admission.who} is closed since {closed.on}: nothing is watched)" if closed else ""
    return [words + but for words in found]


def raised_by(admission: Known, case: Case) -> list[str]:
    """Name the urgent warnings that stand today and rest on lines of this file."""
    found = [
        warning
        for warning in cases.warnings(case, least=Severity.URGENT)
        if admission.was_added(warning.anchor, *warning.facts)
    ]
    whom = person_of(case).shown
    return [f"{w.severity.upper()}  {w.rule}: {whom}: {w.message}" for w in found]


def as_meant(content: dict[str, object], now: datetime) -> Line | None:
    """Read of a faulty line what it seems to mean; None where that cannot be said.

    Keys that are not needed are left out; an unreadable day is taken to be today.
    """
    kind = str(content.get("kind"))
    if kind not in IMPORTED:
        return None
    model = IMPORTED[kind]
    kept = {key: content[key] for key in model.model_fields if key in content}
    replaced = {"on": now.date().isoformat(), "at": now.isoformat()}
    replaced["value"] = str(kept.get("value", "")).replace(",", ".")
    while True:
        try:
            return model.model_validate(kept)
        except ValidationError as error:
            for key in {str(fault["loc"][0]) for fault in error.errors()}:
                is_needed = model.model_fields[key].is_required()
                if is_needed or (kind, key) == (Kind.RESULT, "value"):
                    if replaced.get(key, kept.get(key)) == kept.get(key):
                        return None
                    kept[key] = replaced[key]
                else:
                    del kept[key]


def suppose(
    connection: Connection, admission: Admission, appender: Appender, lines: Sequence[Read]
) -> list[int]:
    """Take refused lines as right, as far as they can be; for a record that will not be kept.

    What must be confirmed is often what is worst: 9 platelets, a tenfold dose. Whoever is not
    registered is taken to be, for the same reason. Gives the numbers of those that cannot be.
    """
    nameless = PatientLine.model_construct(id=admission.who)
    unjudged = []
    for number, line in sorted(lines, key=lambda one: one[1].kind != Kind.PATIENT):
        if line.called() not in FACTS:  # what it would do to others, nobody can say
            unjudged += [number] if line.may_warn else []
            continue
        if line.kind != Kind.PATIENT and not admission.described:
            _suppose(connection, admission, appender, nameless)
        if not _suppose(connection, admission, appender, line) and line.may_warn:
            unjudged.append(number)
    return unjudged


def _suppose(connection: Connection, admission: Admission, appender: Appender, line: Line) -> bool:
    for meant in _meanings(admission, line):
        with suppress(Refused):
            drafts = admission.admit(meant, skip_equal=True)
            append_all(connection, admission, appender, drafts)
            return True
    return False


def _meanings(admission: Admission, line: Line) -> Iterator[Line]:
    """Give a line as a person would who has looked, then with one thing mended after the other."""

    def mended(**changes: Any) -> Line:
        known = {key: value for key, value in changes.items() if key in type(line).model_fields}
        return line.model_copy(update={"confirm": "true", **known})

    yield mended()
    second = {"second": "true"}  # it is one more of that day
    yield mended(**second)
    if line.kind == Kind.PATIENT:
        return
    yield mended(**second, id=None)
    day: Changes = {"on": admission.today.isoformat(), "at": admission.now.isoformat()}
    rest: Changes = dict.fromkeys(_BESIDES)
    code = admission.catalogue.results.get(str(getattr(line, "code", "")))
    units: list[Changes] = [{}]
    units += [{"unit": unit} for unit in code.units] if code else []
    for changes in (day, rest, *units, *({**day, **rest, **unit} for unit in units)):
        yield mended(**second, id=None, **changes)
