"""Urgent warnings that the lines of a file raise, or would raise if they are right."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from monitor.domain.outcome import Severity
from monitor.errors import Refused
from monitor.service import queries
from monitor.service.chart import Chart
from monitor.service.identity import person_of
from monitor.service.lines import IMPORTED, Line
from monitor.service.queries import Asked, case_of
from monitor.service.records import append_all, keep_protocols
from monitor.store.events import Appender

Read = tuple[str, Line]  # the kind of a line, and the line

# As a person would who has looked: it is so, or it is a second one of that day.
_DECISIONS = ({"confirm": "true"}, {"confirm": "true", "second": "true"})


def raised_by(connection: Connection, chart: Chart, now: datetime) -> list[str]:
    """Name the urgent warnings that stand today and rest on lines of this file."""
    case = case_of(connection, chart.who, chart.rows, Asked(now=now))
    found = [
        warning
        for warning in queries.warnings(case, least=Severity.URGENT)
        if chart.was_added(warning.anchor, *warning.facts)
    ]
    whom = person_of(case).shown
    return [f"{w.severity.upper()}  {w.rule}: {whom}: {w.message}" for w in found]


def suppose(
    connection: Connection, chart: Chart, appender: Appender, lines: Sequence[Read]
) -> None:
    """Take refused lines as right, as far as they can be; for a record that will not be kept.

    What must be confirmed is often what is worst: 9 platelets, a tenfold dose. Whoever is not
    registered is taken to be, for the same reason.
    """
    nameless = IMPORTED["patient"].model_construct(id=chart.who)
    for kind, line in lines:
        if kind != "patient" and not chart.registered:
            _suppose(connection, chart, appender, ("patient", nameless))
        _suppose(connection, chart, appender, (kind, line))


def _suppose(connection: Connection, chart: Chart, appender: Appender, read: Read) -> None:
    kind, line = read
    for decision in _DECISIONS:
        with suppress(Refused):
            decided = line.model_copy(update=decision)
            drafts = chart.admit(kind, decided, skip_equal=True)
            keep_protocols(connection, append_all(chart, appender, drafts))
            return
