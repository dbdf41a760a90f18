"""The clinic's day as a sheet to print: one file, no script, one row a patient, a box to tick."""

import os
from collections.abc import Iterator
from datetime import date, datetime
from html import escape
from itertools import groupby
from pathlib import Path

from monitor.commands.day_lines import HEADINGS, Parts, by_patient, footer, heading, line_of
from monitor.commands.gate_words import ADVISES
from monitor.errors import BadFile, OutsideError
from monitor.service.asking.identity import Person
from monitor.service.asking.today import TodayAnswer

# Forty patients on one side of A4, in black on white; a row is never cut in two.
_STYLE = """
@page { size: A4; margin: 8mm }
body { font: 7.5pt/1.15 sans-serif; color: #000; background: #fff }
body { margin: 0 auto; max-width: 194mm }
h1 { font-size: 11pt; margin: 0 }
h2 { font-size: 8.5pt; margin: 1.2mm 0 0 }
p { margin: 0.4mm 0 }
.alarm { border: 0.4mm solid #000; padding: 0.4mm 1mm; font-weight: bold }
table { border-collapse: collapse; width: 100% }
tr { break-inside: avoid }
td { border-top: 0.2mm solid #777; padding: 0.2mm 0.8mm; vertical-align: top; text-align: left }
td.box { width: 3.5mm } td.who { width: 33% }
span.born { white-space: nowrap }
td.box span { display: inline-block; width: 1.9mm; height: 1.9mm; border: 0.2mm solid #000 }
"""


def refuse_existing(file: Path) -> None:
    """Raise BadFile where something is at the place of a new file."""
    if file.exists() or file.is_symlink():
        raise BadFile(f"--html: {file} exists already; name a new file")


def write(answer: TodayAnswer, file: Path, made_at: datetime) -> None:
    """Write the sheet to a new file that only its owner may read."""
    text = "\n".join(_page(answer, made_at)) + "\n"
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(text.encode(errors="replace"))
    except OSError as fault:
        raise OutsideError(f"cannot write {file}: {fault.strerror}") from fault


def _page(answer: TodayAnswer, made_at: datetime) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    yield f"<title>Clinic day {_day(answer.on)}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{answer.on:%A} {_time(answer.on)}</h1>"
    yield f"<p>Made {_day(made_at.date())} {made_at:%H:%M} UTC. {escape(ADVISES)}</p>"
    yield from (f'<p class="alarm">NOT KNOWN {escape(one.why)}</p>' for one in answer.unknown)
    if answer.service:
        said = (f"{escape(one.name)}: {escape(one.message)}" for one in answer.service)
        yield '<section id="service"><p class="alarm">The service is not well'
        yield "".join(f"<br>{words}" for words in said) + "</p></section>"
    listed = {
        name: list(found)
        for name, found in groupby(by_patient(answer), key=lambda parts: parts[0][0])
    }
    for name in HEADINGS:
        rows = listed.get(name, [])
        yield f'<section id="{name}"><h2>{escape(heading(name, rows))}</h2>'
        if rows:
            yield f"<table>{''.join(_row(parts) for parts in rows)}</table>"
        yield "</section>"
    yield f"<p>{escape('; '.join(footer(answer)))}</p></body></html>"


def _row(parts: Parts) -> str:
    _, entry = parts[0]
    rules = " ".join(dict.fromkeys(rule for _, one in parts for rule in one.rules))
    words = "; ".join(line_of(parts))
    return (
        f'<tr data-patient="{escape(entry.person.id)}" data-rule="{escape(rules)}" '
        f'data-state="{escape(entry.state)}"><td class="box"><span></span></td>'
        f'<td class="who">{_who(entry.person)}</td><td>{escape(words)}</td></tr>\n'
    )


def _who(person: Person) -> str:
    born = _day(date.fromisoformat(person.born)) if person.born else "not known"
    name = f" {escape(person.name)}," if person.name else ""
    return f'<b>{escape(person.id)}</b>{name} <span class="born">born {born}</span>'


def _day(day: date) -> str:
    """Write a day as staff reads it on paper, in English wherever it is printed."""
    return f"{day:%d-%b-%Y}"


def _time(day: date) -> str:
    return f'<time datetime="{day.isoformat()}">{_day(day)}</time>'
